# SPDX-License-Identifier: Apache-2.0
"""``openstack server install``: an installer's way to its end."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from image_props_override.clients.sdk import installation
from image_props_override.clients.sdk.console import ConsoleReader
from tests.clients.conftest import Shell, shown
from tests.clients.installing import Guest
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

NAME = "machine"
INSTALL = ("server", "install", NAME)
LINE = "console=ttyS0 hostname=machine"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the server without waiting."""
    monkeypatch.setattr(installation, "_INTERVAL_SECONDS", 0.01)


@pytest.fixture
def guest(nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch) -> Guest:
    """Let the guest write two lines and power off."""
    (compute,) = nova.computes.values()
    guest = Guest(nova, NAME, "partitioning\n", "installed\n")
    monkeypatch.setattr(
        compute.manager.driver, "get_console_output", guest.output
    )
    return guest


@pytest.fixture
def begin(nova: NovaInProcess) -> list[str]:
    """Return the words that begin an installation."""
    return [
        *INSTALL,
        *("--kernel", nova.image_with(), "--ramdisk", nova.image_with()),
        *("--append", LINE, "--image", nova.image_with()),
        *("--flavor", nova.flavor, "--network", "none"),
    ]


@pytest.mark.usefixtures("guest")
def test_whole_way(
    openstack: Shell, begin: list[str], nova: NovaInProcess, tmp_path: Path
) -> None:
    """The console goes to stderr, so that stdout is for programs."""
    answers = tmp_path / "answers"
    answers.write_text("partition everything\n")
    outcome = openstack(
        *begin,
        *("--user-data", str(answers), "--config-drive"),
        *("--image-prop-override", "hw_vif_model=e1000", "-f", "json"),
    )
    assert outcome.status == 0, outcome.stderr
    (server,) = nova.api.get_servers()
    assert shown(dataclasses.replace(outcome, stderr="")) == {
        "id": server["id"],
        "image_props_override": {"hw_vif_model": "e1000"},
        "name": NAME,
        "status": "ACTIVE",
    }
    assert "\npartitioning\ninstalled\n* removing kernel" in outcome.stderr
    instance = nova.instance(server)
    assert base64.b64decode(instance.user_data) == answers.read_bytes()
    assert instance.config_drive


@pytest.mark.parametrize("option", ["command's", "shell's"])
def test_quiet(
    openstack: Shell, begin: list[str], guest: Guest, option: str
) -> None:
    """Nothing is shown but the server."""
    guest.end_unseen()
    words = ["-q", *begin] if option == "shell's" else [*begin, "-q"]
    outcome = openstack(*words, "-f", "value", "-c", "status")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (
        0,
        "ACTIVE\n",
        "",
    )


@pytest.mark.usefixtures("guest")
def test_goes_on(
    openstack: Shell, begin: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted, it says how to go on; the name is enough for that."""

    def interrupt(_self: Any, _count: Any = None) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ConsoleReader, "news", interrupt)
        outcome = openstack(*begin)
    assert outcome.status == 1
    assert outcome.stderr.endswith(
        "continue the installation: openstack server install machine\n"
    )
    outcome = openstack(*INSTALL, "-f", "value", "-c", "status")
    assert (outcome.status, outcome.stdout) == (0, "ACTIVE\n")


@pytest.mark.usefixtures("guest")
def test_not_in_time(
    openstack: Shell,
    begin: list[str],
    nova: NovaInProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The exit status is 1, and the end of the console is shown."""
    monkeypatch.setattr(Guest, "_power_off", lambda _self: None)
    outcome = openstack(*begin, "--timeout", "0.1", "-q")
    assert (outcome.status, outcome.stdout) == (1, "")
    (server,) = nova.api.get_servers()
    nova._wait_for_state_change(server, "ACTIVE")
    outcome = openstack(*INSTALL, "--timeout", "0.1", "-q")
    assert (outcome.status, outcome.stdout) == (1, "")
    assert "The end of its console:\npartitioning\n" in outcome.stderr


def test_blank_volume(
    openstack: Shell,
    begin: list[str],
) -> None:
    """The disk may be an empty volume, which Nova creates."""
    place = begin.index("--image")
    begin[place : place + 2] = ["--boot-from-volume", "2"]
    outcome = openstack(*begin, "--timeout", "0.1", "-q")
    assert outcome.status == 1
    assert "not powered itself off" in outcome.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--append", "quiet"), "--ramdisk and --append need --kernel"),
        (("--kernel", "k"), "--kernel needs --flavor, too"),
        (("--kernel", "k", "--flavor", "f"), "the disk to install on"),
        ((), "give a kernel to start an installation"),
        (("--timeout", "nan"), "invalid positive float value: 'nan'"),
        (("--boot-from-volume", "0"), "invalid positive int value: '0'"),
    ],
)
def test_refused(
    openstack: Shell, words: tuple[str, ...], message: str
) -> None:
    """What is missing is said before anything is created."""
    outcome = openstack(*INSTALL, *words)
    assert (outcome.status != 0, outcome.stdout) == (True, "")
    assert message in outcome.stderr


def test_overrides_are_refused(
    openstack: Shell, begin: list[str], nova: NovaInProcess
) -> None:
    """All that is wrong is said at once, in the cloud's words."""
    outcome = openstack(
        *begin, *("--image-prop-override", "hw_disk_bus=virtoi")
    )
    assert outcome.status == 1
    assert "hw_disk_bus: 'virtoi' is not one of" in outcome.stderr
    assert nova.api.get_servers() == []
