# SPDX-License-Identifier: Apache-2.0
"""Runs an operating system's installer to its end, and starts what it made.

A server boots an installer's kernel from overrides, on a disk of its own. Once
the guest has powered itself off, the overrides are taken off the server, which
then boots from its disk.

The server alone shows how far an installation has come: by a mark in its
metadata, its status and its overrides. So an interrupted one can go on from
any machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from openstack import exceptions, utils

from image_props_override.clients.sdk.console import ConsoleReader
from image_props_override.clients.sdk.server import (
    find_server,
    read_server,
)
from image_props_override.core.boot.installation import (
    DONE,
    MARK,
    PENDING,
    Installer,
    installer_of,
    without_installer,
)
from image_props_override.core.override_request import KEY

# How often the server is looked at. Nova cannot read the console of a guest
# that is off, so what was written since the last look is not seen.
_INTERVAL_SECONDS: Final = 1
# To start a server takes seconds, also where the installation takes hours.
_START_SECONDS: Final = 600
# What an error shows of a console.
_LAST_LINES: Final = 20


class InstallationError(exceptions.SDKException):
    """An installation cannot begin or go on; the message says what to do."""


class Watcher:
    """Is called as an installation goes on; does nothing itself."""

    #: Whether to read the guest's console, which takes a request each time.
    wants_console = False

    def step(self, text: str) -> None:
        """Called with what is done next, a sentence."""

    def console(self, text: str) -> None:
        """Called with what the guest has written since the last call."""


def installer_named(
    connection: Any,
    kernel: str,
    ramdisk: str | None = None,
    command_line: str | None = None,
) -> Installer:
    """Return an installer whose images are given by name or id.

    Args:
        connection: The SDK's.
        kernel: Its image.
        ramdisk: Its image; None for none.
        command_line: For the kernel; None for the image's.

    Raises:
        openstack.exceptions.NotFoundException: There is no such image.
    """

    def image_id(name_or_id: str) -> str:
        found = connection.image.find_image(name_or_id, ignore_missing=False)
        return str(found.id)

    return Installer(
        image_id(kernel), image_id(ramdisk) if ramdisk else None, command_line
    )


def install_server(
    connection: Any,
    name: str,
    installer: Installer | None = None,
    *,
    image_props_override: Mapping[str, str | None] | None = None,
    start: bool = True,
    timeout_seconds: float = 3600,
    watcher: Watcher | None = None,
    **attrs: Any,
) -> Any:
    """Return a server that an installer has installed; create it if need be.

    Called again after an interruption, it goes on where it was; of a server
    that is installed, it changes nothing.

    Args:
        connection: One that ``enable`` was called for.
        name: The server's name, or its id if there is one.
        installer: What it boots until it is installed. Needed to create it.
        image_props_override: Further overrides, which the server keeps.
        start: Whether to start the server once it is installed.
        timeout_seconds: How long the guest may take to power itself off, from
            now on.
        watcher: Called as it goes on.
        **attrs: As of ``connection.compute.create_server``: ``flavor_id``,
            ``networks``, ``image_id`` or ``block_device_mapping``, ...

    Raises:
        InstallationError: The guest has not powered itself off in time, the
            server has failed, it is being installed by something else, or
            there is a server of that name that is not being installed.
        openstack.exceptions.NotSupported: The cloud lacks the feature.
        openstack.exceptions.HttpException: The cloud refuses a request.
    """
    installation = _Installation(
        connection.compute, watcher or Watcher(), timeout_seconds
    )
    server = installation.find(name)
    if server is None:
        if installer is None:
            raise InstallationError(
                f"server {name} is not being installed; give a kernel to "
                "start an installation"
            )
        server = installation.begin(
            name, installer, image_props_override or {}, attrs
        )
    else:
        _check_is_same(server, installer)
    if server.metadata[MARK] == PENDING:
        server = installation.finish(server, start=start)
    return server


def _check_is_same(server: Any, installer: Installer | None) -> None:
    """Refuse to go on with what is another server, or another installer."""
    called = f"server {server.name} ({server.id})"
    if server.metadata.get(MARK) not in (PENDING, DONE):
        raise InstallationError(
            f"{called} already exists and is not being installed; choose "
            "another name, or delete the server first"
        )
    running = installer_of(server.image_props_override or {})
    if installer and running and running != installer:
        raise InstallationError(
            f"{called} is being installed with {running}, not with "
            f"{installer}; leave these out to continue, or delete the server "
            "first"
        )


@dataclass(frozen=True)
class _Installation:
    """The steps; each can be done again."""

    compute: Any
    watcher: Watcher
    timeout_seconds: float

    def find(self, name: str) -> Any:
        """Return the server with its overrides, or None."""
        found = find_server(self.compute, name)
        return None if found is None else self._read(found.id)

    def begin(
        self,
        name: str,
        installer: Installer,
        overrides: Mapping[str, str | None],
        attrs: Mapping[str, Any],
    ) -> Any:
        """Create the server, which boots the installer."""
        self.watcher.step(f"creating server {name}")
        created = self.compute.create_server(
            **{"networks": "auto", **attrs},
            name=name,
            metadata={**(attrs.get("metadata") or {}), MARK: PENDING},
            **{KEY: {**overrides, **installer.overrides()}},
        )
        return self._read(created.id)

    def finish(self, server: Any, *, start: bool) -> Any:
        """Wait for the installer's end, and boot what it made."""
        if installer_of(server.image_props_override or {}):
            self._wait_for_power_off(server)
            self._take_installer_off(server.id)
        if start:
            self._start(server.id)
        self.compute.set_server_metadata(server.id, **{MARK: DONE})
        return self._read(server.id)

    def _wait_for_power_off(self, server: Any) -> None:
        self.watcher.step(
            f"waiting until server {server.name} ({server.id}) powers itself "
            "off"
        )
        console = ConsoleReader(self.compute, server.id)
        try:
            for _ in utils.iterate_timeout(
                self.timeout_seconds,
                f"it has not powered itself off after "
                f"{self.timeout_seconds:g} seconds",
                wait=_INTERVAL_SECONDS,
            ):
                status = self._read(server.id).status
                if self.watcher.wants_console:
                    self.watcher.console(console.news())
                if status == "SHUTOFF":
                    return
        except exceptions.ResourceTimeout as error:
            raise InstallationError(
                f"server {server.name} ({server.id}): {error}. The server is "
                "unchanged. If the installer is still running, call this "
                "again to continue. The end of its console:\n"
                f"{console.last_lines(_LAST_LINES)}"
            ) from error

    def _take_installer_off(self, server_id: str) -> None:
        self.watcher.step("removing kernel, RAM disk and command line from it")
        server = self._read(server_id)
        overrides = without_installer(server.image_props_override)
        # Where the image itself has a kernel, only a removal leaves none.
        preview = self.compute.preview_image_props_override(
            server=server_id, image_props_override=overrides
        )
        effective = {
            each["name"]: each["value"]
            for each in preview.properties
            if each["value"] is not None
        }
        of_the_image = Installer.PROPERTIES & effective.keys()
        overrides |= dict.fromkeys(sorted(of_the_image))
        self.compute.update_server(server_id, **{KEY: overrides})

    def _start(self, server_id: str) -> None:
        if self._read(server_id).status == "SHUTOFF":
            self.watcher.step("starting it from its own disk")
            self.compute.start_server(server_id)
        for _ in utils.iterate_timeout(
            _START_SECONDS,
            f"server {server_id} is installed, but not active "
            f"{_START_SECONDS} seconds after its start; call this again to "
            "wait longer",
            wait=_INTERVAL_SECONDS,
        ):
            if self._read(server_id).status == "ACTIVE":
                return

    def _read(self, server_id: str) -> Any:
        server = read_server(
            self.compute, server_id, self.compute.microversion_to_send()
        )
        if server.status == "ERROR":
            fault = (server.fault or {}).get(
                "message", ("Nova reports no fault")
            )
            raise InstallationError(
                f"server {server.name} ({server.id}) is in status ERROR: "
                f"{fault}. Delete it before you try again"
            )
        return server
