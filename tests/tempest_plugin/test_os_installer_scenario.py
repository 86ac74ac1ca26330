# SPDX-License-Identifier: Apache-2.0
"""The scenario of the OS installer passes for good reasons only."""

from __future__ import annotations

import importlib
import unittest
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tempest.lib import exceptions

from tests.tempest_plugin.conftest import Set

MODULE = "image_props_override.tempest_plugin.tests.scenario.test_os_installer"
OPTIONS = {
    "os_installer_kernel_ref": "kernel",
    "os_installer_ramdisk_ref": "ramdisk",
    "os_installer_disk_ref": "blank",
    "os_installer_command_line": "console=ttyS0 name={hostname}",
    "os_installer_proof": "^This is {hostname}$",
}
KERNEL = {"kernel_id": "kernel", "ramdisk_id": "ramdisk"}
ROUND = "test_install_and_boot_a_copy"
REBOOT = "test_installer_that_reboots"


@dataclass
class Server:
    """A server of the pretended cloud."""

    name: str
    image: str
    overrides: dict[str, str]
    config_drive: bool
    metadata: Mapping[str, str]
    # Of the system on its disk: whose name it was given, if there is one.
    installed: str | None = None
    status: str = "ACTIVE"
    console: str = ""
    # Whether the guest ends once somebody has seen it run.
    ends: bool = False


@dataclass
class CloudThatInstalls:
    """A cloud whose guests do at once what takes real ones a while.

    Attributes:
        faults: What goes wrong: ``kernel stays``, ``record lost``, ``image
            has kernel``, ``copy is blank``, ``reads no config drive``,
            ``installer hangs``, ``installs again``, ``denies change``.
        servers: All that were created, by id.
        changed: Whether somebody has asked for other overrides.
        images: Whose system an image has, and its properties, by id.
    """

    faults: tuple[str, ...] = ()
    servers: dict[str, Server] = field(default_factory=dict)
    images: dict[str, tuple[str | None, dict[str, str]]] = field(
        default_factory=lambda: {"blank": (None, {})}
    )
    changed: bool = False
    build_timeout: float = 1
    build_interval: float = 0

    def run(self, test: str) -> None:
        """Run a test of the scenario here."""
        tests = importlib.import_module(MODULE).OsInstallerTest

        class Here(tests):  # type: ignore[valid-type, misc]
            image_id = "blank"
            flavor_id = "flavor"
            kernel: dict[str, str] = KERNEL
            servers_client = self

        for name in (
            "create_server",
            "delete_server",
            "record_of",
            "create_image_of_server",
            "show_image",
        ):
            setattr(Here, name, staticmethod(getattr(self, name)))
        Here.needs = staticmethod(lambda *_: None)
        getattr(Here(test), test)()

    def create_server(
        self,
        overrides: Mapping[str, str] | None = None,
        wait_until: str | None = "ACTIVE",
        *,
        name: str,
        image_id: str = "blank",
        config_drive: bool = False,
        metadata: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """Create a server, and boot it."""
        assert wait_until in ("ACTIVE", None)
        server_id = f"server-{len(self.servers)}"
        server = Server(
            name, image_id, dict(overrides or {}), config_drive, metadata or {}
        )
        server.installed = self.images[image_id][0]
        self.servers[server_id] = server
        self._boot(server)
        return {"id": server_id}

    def _boot(self, server: Server) -> None:
        server.status, server.ends = "ACTIVE", False
        line = server.overrides.get("os_command_line")
        if line is not None or self.images[server.image][1]:
            words = (line or "name=asked").split()
            server.console = f"installer: {line}"
            if "installer hangs" in self.faults:
                return
            server.installed = words[1].removeprefix("name=")
            at_reboot = (
                server.metadata == {"os_installation": "pending"}
                and "installs again" not in self.faults
            )
            server.ends = "reboot" not in words or at_reboot
        elif server.installed is None:
            server.console = "no bootable device"
        else:
            reads = "reads no config drive" not in self.faults
            mine = server.config_drive and reads
            name = server.name if mine else server.installed
            server.console = f"This is {name}\n"

    def show_server(self, server_id: str) -> dict[str, Any]:
        """Return a server's status as Nova shows it."""
        server = self.servers[server_id]
        shown = {"status": server.status, "OS-EXT-STS:task_state": None}
        if server.ends:
            server.status = "SHUTOFF"
        return {"server": shown}

    def record_of(self, server_id: str) -> dict[str, str]:
        """Return what a server tells of its overrides."""
        lost = "record lost" in self.faults
        return {} if lost else self.servers[server_id].overrides

    def update_server(
        self, server_id: str, image_props_override: Mapping[str, str]
    ) -> dict[str, Any]:
        """Change overrides, or do not."""
        if "denies change" in self.faults:
            raise exceptions.Forbidden(
                "os_compute_api:servers:update:image_props_override"
            )
        self.changed = True
        server = self.servers[server_id]
        if "kernel stays" not in self.faults:
            server.overrides = dict(image_props_override)
        return {"server": {}}

    def start_server(self, server_id: str) -> None:
        """Boot a server again."""
        assert self.servers[server_id].status == "SHUTOFF"
        self._boot(self.servers[server_id])

    def stop_server(self, server_id: str) -> None:
        """Stop a server."""
        self.servers[server_id].status = "SHUTOFF"

    def delete_server(self, server_id: str) -> None:
        """Delete a server."""
        self.servers[server_id].status = "DELETED"

    def get_console_output(self, server_id: str) -> dict[str, str]:
        """Return a guest's console; Nova shows none of a guest that is off."""
        server = self.servers[server_id]
        if server.ends:
            server.status = "SHUTOFF"
        if server.status == "SHUTOFF":
            raise exceptions.NotFound("no console")
        return {"output": server.console}

    def create_image_of_server(self, server_id: str) -> str:
        """Make an image of a server's disk."""
        server = self.servers[server_id]
        assert server.status == "SHUTOFF"
        blank = "copy is blank" in self.faults
        self.images["copy"] = (
            None if blank else server.installed,
            {"kernel_id": "kernel"}
            if "image has kernel" in self.faults
            else {},
        )
        return "copy"

    def show_image(self, image_id: str) -> dict[str, Any]:
        """Return an image as Glance describes it."""
        return {"id": image_id, **self.images[image_id][1]}


@pytest.fixture
def options(set_options: Set) -> Set:
    """The options of an OS installer, and no patience."""
    set_options(
        **OPTIONS,
        os_installer_timeout=1,
        os_installer_reboot="reboot",
        console_timeout=1,
    )
    set_options("compute", build_interval=0)
    return set_options


@pytest.mark.parametrize("config_drive", [True, False])
def test_the_round(options: Set, config_drive: bool) -> None:
    """Without a config drive, the copy may not know that it is another."""
    options("compute-feature-enabled", config_drive=config_drive)
    cloud = CloudThatInstalls()
    cloud.run(ROUND)
    first, copy = cloud.servers.values()
    assert first.installed == copy.installed == first.name
    assert (copy.name != first.name, copy.image) == (True, "copy")
    assert copy.config_drive == config_drive
    assert {first.status, copy.status} == {"DELETED"}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("record lost", "os_command_line"),
        ("kernel stays", "os_command_line"),
        ("image has kernel", "kernel_id"),
        ("copy is blank", "(?s)did not print.*no bootable device"),
        ("reads no config drive", "(?s)did not print.*This is "),
        ("installer hangs", "(?s)did not power server .*installer: "),
    ],
)
def test_the_round_fails(options: Set, fault: str, message: str) -> None:
    """Whatever goes wrong on the way, with what tells of it."""
    options("compute-feature-enabled", config_drive=True)
    with pytest.raises(
        (AssertionError, exceptions.TimeoutException), match=message
    ):
        CloudThatInstalls((fault,)).run(ROUND)


def test_a_kernel_that_stays_unseen_is_a_failure(
    options: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloud that hides the overrides starts the installer again."""
    options("compute-feature-enabled", config_drive=True)
    cloud = CloudThatInstalls(("kernel stays",))
    monkeypatch.setattr(
        cloud,
        "record_of",
        lambda server_id: (
            {} if cloud.changed else cloud.servers[server_id].overrides
        ),
    )
    with pytest.raises(
        AssertionError, match=r"started the installer again.*no console"
    ):
        cloud.run(ROUND)


@pytest.mark.usefixtures("options")
def test_a_user_who_may_change_nothing_is_skipped() -> None:
    """That is the operator's choice."""
    with pytest.raises(unittest.SkipTest, match="servers:update"):
        CloudThatInstalls(("denies change",)).run(ROUND)


@pytest.mark.usefixtures("options")
def test_an_installer_that_reboots() -> None:
    """The guest ends, and is as installed as one that powers off."""
    cloud = CloudThatInstalls()
    cloud.run(REBOOT)
    (server,) = cloud.servers.values()
    assert server.installed == server.name


@pytest.mark.usefixtures("options")
def test_an_installer_that_is_started_again() -> None:
    """That the guest ends is what the test is about."""
    with pytest.raises(exceptions.TimeoutException, match="did not power"):
        CloudThatInstalls(("installs again",)).run(REBOOT)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"os_installer_reboot": None}, "os_installer_reboot unset"),
        (
            {"services_keep_overrides": False},
            "services_keep_overrides is false",
        ),
    ],
)
def test_reboot_is_skipped(
    options: Set, changed: dict[str, Any], why: str
) -> None:
    """Without a word for it, and where Nova's own nova-compute runs."""
    options(**changed)
    with pytest.raises(unittest.SkipTest, match=why):
        CloudThatInstalls().run(REBOOT)


@pytest.mark.parametrize("name", OPTIONS)
def test_skipped_without_an_option(set_options: Set, name: str) -> None:
    """The reason names what is unset."""
    set_options(**{**OPTIONS, name: None})
    tests = importlib.import_module(MODULE).OsInstallerTest
    with pytest.raises(unittest.SkipTest, match=rf"\] {name} unset"):
        tests.skip_checks()


@pytest.mark.parametrize(
    "name", ["os_installer_command_line", "os_installer_proof"]
)
def test_hosts_need_names(set_options: Set, name: str) -> None:
    """Else one host could be taken for another."""
    set_options(**{**OPTIONS, name: "any"})
    tests = importlib.import_module(MODULE).OsInstallerTest
    with pytest.raises(exceptions.InvalidConfiguration, match=name):
        tests.skip_checks()


def test_the_command_line_proves_nothing(options: Set) -> None:
    """The installer's kernel prints it as well."""
    options(os_installer_proof="name={hostname}")
    with pytest.raises(AssertionError):
        CloudThatInstalls().run(ROUND)


def test_image_and_flavor_are_those_of_the_options(set_options: Set) -> None:
    """The flavor is that of all guests if there is none."""
    set_options(**OPTIONS, flavor_ref="any")
    tests = importlib.import_module(MODULE).OsInstallerTest
    found: Any = type("Found", (tests,), {})
    found.resource_setup()
    assert (found.image_id, found.flavor_id) == ("blank", "any")
    set_options(os_installer_flavor_ref="tiny")
    found.resource_setup()
    assert found.flavor_id == "tiny"
    assert found.kernel == KERNEL
