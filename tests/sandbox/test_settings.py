# SPDX-License-Identifier: Apache-2.0
"""What the environment asks for, and what a cloud remembers."""

from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.settings import CHECKOUT, Settings


def test_defaults() -> None:
    """Nothing asked for: real guests, in the checkout."""
    settings = Settings.from_environment({})
    assert settings == Settings(
        CHECKOUT / ".sandbox", port_base=15000, virt="auto", extension=True
    )


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("VIRT", "xen", "VIRT=xen is not one of auto, kvm, qemu, fake"),
        ("SANDBOX_PORT_BASE", "http", "SANDBOX_PORT_BASE=http is not a port"),
        ("SANDBOX_PORT_BASE", "80", "SANDBOX_PORT_BASE=80 is not between"),
        ("SANDBOX_EXTENSION", "no", "SANDBOX_EXTENSION=no is neither 0 nor 1"),
        ("SANDBOX_STOCK_SERVICES", "2", "SERVICES=2 is neither 0 nor 1"),
        ("NOVA_PROCESSES", "many", "=many is not one of one, separate"),
    ],
)
def test_a_senseless_value_is_named(
    variable: str, value: str, words: str
) -> None:
    """With its variable and what is allowed."""
    with pytest.raises(SandboxError, match=words):
        Settings.from_environment({variable: value})


def test_a_cloud_remembers_what_it_was_started_with(tmp_path: Path) -> None:
    """So that `down` needs no variable but the folder's."""
    started = Settings(
        tmp_path,
        port_base=16000,
        virt="fake",
        extension=False,
        nova_processes="separate",
        stock_services=True,
    )
    started.save()
    assert Settings(tmp_path).in_use() == started


def test_a_folder_without_cloud_remembers_nothing(tmp_path: Path) -> None:
    """Nothing has been started there."""
    assert Settings(tmp_path).in_use() is None


def test_clouds_side_by_side_share_no_port() -> None:
    """Port bases 200 apart are enough, VNC displays included."""
    one, other = Settings(Path("/1")), Settings(Path("/2"), port_base=15200)
    used = [
        {
            *each.ports.values(),
            *each.broker_ports.values(),
            *each.vnc_ports,
        }
        for each in (one, other)
    ]
    assert len(used[0]) == 5 + 3 + 100
    assert not used[0] & used[1]
