# SPDX-License-Identifier: Apache-2.0
"""``install_server`` of the SDK: an installer's way to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from image_props_override.clients.sdk import (
    InstallationError,
    Installer,
    Watcher,
    installation,
)
from tests.clients.conftest import ComputeRequests
from tests.clients.installing import Guest
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

NAME = "machine"
LINE = "console=ttyS0 hostname=machine"


class Seen(Watcher):
    """Keeps what it is called with."""

    wants_console = True

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.steps: list[str] = []
        self.text = ""

    def step(self, text: str) -> None:
        """Keep it."""
        self.steps.append(text)

    def console(self, text: str) -> None:
        """Keep it."""
        self.text += text


Boot = Callable[..., Guest]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the server without waiting."""
    monkeypatch.setattr(installation, "_INTERVAL_SECONDS", 0.01)


@pytest.fixture
def guest(nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch) -> Boot:
    """Return a function that says what the guest will write."""

    def guest(*consoles: str) -> Guest:
        (compute,) = nova.computes.values()
        guest = Guest(nova, NAME, *consoles)
        monkeypatch.setattr(
            compute.manager.driver, "get_console_output", guest.output
        )
        return guest

    return guest


@pytest.fixture
def installer(nova: NovaInProcess) -> Installer:
    """A kernel, a RAM disk and a line."""
    return Installer(nova.image_with(), nova.image_with(), LINE)


@pytest.fixture
def fields(nova: NovaInProcess) -> dict[str, Any]:
    """What a server needs beside an installer."""
    return {
        "image_id": nova.image_with(hw_vif_model="e1000"),
        "flavor_id": nova.flavor,
        "networks": "none",
    }


def domain(nova: NovaInProcess, server: Any) -> ElementTree.Element:
    """Return the definition of a server's guest."""
    return ElementTree.fromstring(nova.domains[server.id])


def test_whole_way(
    connection: Any,
    nova: NovaInProcess,
    guest: Boot,
    installer: Installer,
    fields: dict[str, Any],
) -> None:
    """It boots the installer, and then what the installer made."""
    guest("partitioning\n", "copying\n", "installed\n")
    at_work: dict[str, str] = {}

    class SeenAtWork(Seen):
        def console(self, text: str) -> None:
            super().console(text)
            if text and not at_work:
                at_work.update(nova.domains)

    seen = SeenAtWork()
    server = installation.install_server(
        connection,
        NAME,
        installer,
        image_props_override={"hw_disk_bus": "scsi"},
        watcher=seen,
        **fields,
    )
    assert (server.status, server.image_props_override) == (
        "ACTIVE",
        {"hw_disk_bus": "scsi"},
    )
    assert seen.text == "partitioning\ncopying\ninstalled\n"
    before = ElementTree.fromstring(at_work[server.id])
    assert before.findtext("os/cmdline") == LINE
    assert before.find("os/kernel") is not None
    done = domain(nova, server)
    for element in ("kernel", "initrd", "cmdline"):
        assert done.find(f"os/{element}") is None
    assert [text.split()[0] for text in seen.steps] == [
        *("creating", "waiting", "removing", "starting"),
    ]
    assert nova.instance({"id": server.id}).kernel_id == ""


def test_installed_already(
    connection: Any,
    compute_requests: ComputeRequests,
    guest: Boot,
    installer: Installer,
    fields: dict[str, Any],
) -> None:
    """Called again, it changes nothing, whatever else it is given."""
    guest("installed\n")
    asked = (connection, NAME, installer)
    seen = Seen()
    first = installation.install_server(*asked, watcher=seen, **fields)
    compute_requests.clear()
    again = installation.install_server(*asked, watcher=seen, **fields)
    assert again.id == first.id
    assert all(request.startswith("GET") for request, _ in compute_requests)


def test_goes_on(
    connection: Any,
    nova: NovaInProcess,
    guest: Boot,
    installer: Installer,
    fields: dict[str, Any],
) -> None:
    """An interrupted installation goes on wherever it was."""

    class Interrupted(Seen):
        at = ""

        def step(self, text: str) -> None:
            super().step(text)
            if text.startswith(self.at):
                raise KeyboardInterrupt

    guest("partitioning\n", "installed\n")
    asked = (connection, NAME, installer)
    for at in ("waiting", "removing", "starting"):
        seen = Interrupted()
        seen.at = at
        with pytest.raises(KeyboardInterrupt):
            installation.install_server(*asked, watcher=seen, **fields)
    server = installation.install_server(connection, NAME)
    assert server.status == "ACTIVE"
    assert domain(nova, server).find("os/kernel") is None
    assert len(list(connection.compute.servers())) == 1


def test_image_has_a_kernel(
    connection: Any,
    nova: NovaInProcess,
    guest: Boot,
    installer: Installer,
    fields: dict[str, Any],
) -> None:
    """The image's own kernel is removed, too: it would be booted instead."""
    guest("installed\n")
    fields["image_id"] = nova.kernel_image_with(os_command_line="quiet")
    server = installation.install_server(
        connection, NAME, installer, watcher=Seen(), **fields
    )
    assert domain(nova, server).find("os/kernel") is None
    assert server.image_props_override == {
        "kernel_id": None,
        "os_command_line": None,
        "ramdisk_id": None,
    }


def test_no_start(
    connection: Any,
    guest: Boot,
    installer: Installer,
    fields: dict[str, Any],
) -> None:
    """The installed server may be left stopped, and stays so."""
    guest("installed\n")
    asked = (connection, NAME, installer)
    for _ in range(2):
        server = installation.install_server(
            *asked, start=False, watcher=Seen(), **fields
        )
        assert (server.status, server.image_props_override) == ("SHUTOFF", {})


def test_not_in_time(
    connection: Any,
    guest: Boot,
    installer: Installer,
    fields: dict[str, Any],
) -> None:
    """It says what the guest wrote last, and leaves the server as it is."""
    guest("what is your language?\n", "", "", "...")
    with pytest.raises(InstallationError):
        installation.install_server(
            connection, NAME, installer, timeout_seconds=0.1, **fields
        )
    server = connection.compute.find_server(NAME, ignore_missing=False)
    connection.compute.wait_for_server(server, interval=0.1)
    with pytest.raises(InstallationError) as caught:
        installation.install_server(connection, NAME, timeout_seconds=0.5)
    assert "not powered itself off after 0.5 seconds" in str(caught.value)
    assert str(caught.value).endswith("\nwhat is your language?")
    server = connection.compute.find_server(NAME, ignore_missing=False)
    assert server.status == "ACTIVE"
    assert server.image_props_override == installer.overrides()


def test_another_server(
    connection: Any, nova: NovaInProcess, installer: Installer
) -> None:
    """A server that nobody installs is never touched."""
    nova.boot(name=NAME)
    with pytest.raises(InstallationError, match="choose another name"):
        installation.install_server(connection, NAME, installer)


def test_another_installer(
    connection: Any,
    guest: Boot,
    installer: Installer,
    fields: dict[str, Any],
) -> None:
    """A server that is being installed by something else is not waited for."""
    guest("at work\n", "...")
    with pytest.raises(InstallationError):
        installation.install_server(
            connection, NAME, installer, timeout_seconds=0.1, **fields
        )
    other = Installer(installer.kernel, installer.ramdisk, "other")
    with pytest.raises(InstallationError, match="os_command_line='other'"):
        installation.install_server(connection, NAME, other, **fields)


def test_nothing_to_go_on_with(connection: Any) -> None:
    """Without an installer, there must be a server."""
    with pytest.raises(InstallationError, match="give a kernel"):
        installation.install_server(connection, NAME)


def test_refused(connection: Any, fields: dict[str, Any]) -> None:
    """What the cloud refuses, it says, and there is no server."""
    from openstack import exceptions

    wrong = Installer(fields["image_id"][::-1], None, LINE)
    with pytest.raises(exceptions.BadRequestException, match="kernel_id"):
        installation.install_server(connection, NAME, wrong, **fields)
    assert list(connection.compute.servers()) == []
