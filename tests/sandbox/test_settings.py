# SPDX-License-Identifier: Apache-2.0
"""What the environment asks for, and what a cloud remembers."""

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox import cli
from sandbox.errors import SandboxError
from sandbox.settings import VARIABLES, Settings
from tests import PROJECT


def test_defaults() -> None:
    """Nothing asked for: real guests, in the checkout."""
    settings = Settings.from_environment({})
    assert settings == Settings(PROJECT / ".sandbox")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("VIRT", "xen", "VIRT=xen is not one of auto, kvm, qemu, fake"),
        ("SANDBOX_PORT_BASE", "http", "SANDBOX_PORT_BASE=http is not a port"),
        ("SANDBOX_PORT_BASE", "80", "SANDBOX_PORT_BASE=80 is not between"),
        ("SANDBOX_EXTENSION", "no", "SANDBOX_EXTENSION=no is neither 0 nor 1"),
        ("SANDBOX_STOCK_SERVICES", "2", "SERVICES=2 is neither 0 nor 1"),
        ("SANDBOX_VOLUMES", "yes", "SANDBOX_VOLUMES=yes is neither 0 nor 1"),
        ("SANDBOX_PINNED_CPUS", "2-", "CPUS=2- is not a list of CPUs such"),
        ("NOVA_PROCESSES", "many", "is not one of one, separate, dist"),
    ],
)
def test_a_senseless_value_is_named(
    variable: str, value: str, words: str
) -> None:
    """With its variable and what is allowed."""
    with pytest.raises(SandboxError, match=words):
        Settings.from_environment({variable: value})


def test_cpus_for_pinned_guests() -> None:
    """By numbers and ranges, as Nova lists them."""
    chosen = Settings.from_environment({"SANDBOX_PINNED_CPUS": "1,4-6"})
    assert chosen.pinned_cpu_numbers == {1, 4, 5, 6}
    with pytest.raises(SandboxError, match="only real guests run on CPUs"):
        Settings.from_environment({"SANDBOX_PINNED_CPUS": "1", "VIRT": "fake"})


def test_another_release_has_no_volumes() -> None:
    """Its environment lacks Cinder."""
    with pytest.raises(SandboxError, match="only the newest release has"):
        Settings.from_environment(
            {"RELEASE": "2025.1", "SANDBOX_VOLUMES": "1"}
        )


def test_another_release_is_not_distributed() -> None:
    """Its environment lacks gunicorn and PyMySQL."""
    with pytest.raises(SandboxError, match="only the newest release has"):
        Settings.from_environment(
            {"RELEASE": "2025.1", "NOVA_PROCESSES": "distributed"}
        )


def test_the_help_and_the_docs_tell_every_variable() -> None:
    """With the same words and defaults."""
    page = (PROJECT / "docs" / "start" / "sandbox.md").read_text()
    page = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", page.replace("`", ""))
    rows = re.findall(r"^\| ([A-Z_]+) \| (.*) \| (.*) \|$", page, re.M)
    assert {
        name: (meaning, default) for name, meaning, default in rows
    } == VARIABLES
    told = " ".join(cli.argument_parser().format_help().split())
    for name, (meaning, default) in VARIABLES.items():
        assert f"{name} {meaning} (default: {default})" in told


def test_no_other_variable_is_read() -> None:
    """What is not told of chooses nothing."""
    asked = set()

    class Environment(dict[str, str]):
        def get(self, name: str, default: object = None) -> Any:
            asked.add(name)
            return super().get(name, default)

    Settings.from_environment(Environment())
    assert asked == {*VARIABLES}


def test_a_cloud_remembers_what_it_was_started_with(tmp_path: Path) -> None:
    """So that `down` needs no variable but the folder's."""
    started = Settings(
        tmp_path,
        port_base=16000,
        virt="fake",
        extension=False,
        nova_processes="separate",
        stock_services=True,
        stock_processes=("nova-conductor", "nova-compute-2"),
    )
    started.save()
    assert Settings(tmp_path).in_use() == started


def test_a_folder_without_cloud_remembers_nothing(tmp_path: Path) -> None:
    """Nothing has been started there."""
    assert Settings(tmp_path).in_use() is None


def test_clouds_side_by_side_share_no_port() -> None:
    """Port bases 200 apart are enough, VNC displays included."""
    one, other = (
        Settings(Path(f"/{base}"), base, nova_processes="distributed")
        for base in (15000, 15200)
    )
    used = [
        {
            *each.ports.values(),
            *each.broker_ports.values(),
            each.database_port,
            *each.vnc_ports,
        }
        for each in (one, other)
    ]
    assert len(used[0]) == 6 + 3 + 1 + 100
    assert not used[0] & used[1]
