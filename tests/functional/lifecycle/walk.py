# SPDX-License-Identifier: Apache-2.0
"""One server with overrides, and the four places that must tell of them.

The image says several things; the server sets some anew, adds some, and
removes one. What is not overridden has to stay as the image has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from tests.functional.services.two_hosts import TwoHosts

Server = dict[str, Any]
Operation = Callable[[TwoHosts, Server], Any]

IMAGE_PROPERTIES = {
    "hw_disk_bus": "ide",
    "hw_video_model": "vga",
    "hw_watchdog_action": "reset",
    "os_command_line": "console=ttyS0",
}
OVERRIDES = {
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_numa_nodes": "2",
    "hw_watchdog_action": None,
    "os_command_line": "%default% quiet",
}
# What holds after each operation; None: there is no such property.
EFFECTIVE = {
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_numa_nodes": "2",
    "hw_video_model": "vga",
    "hw_watchdog_action": None,
    "os_command_line": "console=ttyS0 quiet",
}


def _attribute(path: str, name: str) -> Callable[[Any], str | None]:
    def look(domain: ElementTree.Element) -> str | None:
        element = domain.find(path)
        return None if element is None else element.get(name)

    return look


# Where libvirt's description of a domain shows each property.
IN_DOMAIN: dict[str, Callable[[Any], str | None]] = {
    "hw_disk_bus": _attribute("devices/disk[@device='disk']/target", "bus"),
    "hw_machine_type": _attribute("os/type", "machine"),
    "hw_numa_nodes": lambda domain: str(len(domain.findall("cpu/numa/cell"))),
    "hw_video_model": _attribute("devices/video/model", "type"),
    "hw_watchdog_action": _attribute("devices/watchdog", "action"),
    "os_command_line": lambda domain: domain.findtext("os/cmdline"),
}


def boot(nova: TwoHosts, **server: Any) -> Server:
    """Return a new server of the image with the overrides."""
    image = nova.kernel_image_with(**IMAGE_PROPERTIES)
    return nova.boot(OVERRIDES, **{"imageRef": image, **server})


def active_server(nova: TwoHosts) -> Server:
    """Return a server with the overrides; a new one only if need be.

    So that one server goes through many operations, one after the other.
    """
    servers: list[Server] = nova.api.get_servers()
    active = [each for each in servers if each["status"] == "ACTIVE"]
    return active[0] if active else boot(nova)


def in_domain(nova: TwoHosts, server: Server) -> dict[str, str | None]:
    """Return the properties that a server's guest has."""
    domain = nova.domain(server)
    return {name: look(domain) for name, look in IN_DOMAIN.items()}


def in_system_metadata(
    nova: TwoHosts, server: Server
) -> dict[str, str | None]:
    """Return the properties that Nova will build the guest from."""
    metadata = nova.system_metadata(server)
    return {name: metadata.get(f"image_{name}") for name in EFFECTIVE}


def in_request_spec(nova: TwoHosts, server: Server) -> dict[str, str | None]:
    """Return the properties that the scheduler will be asked with."""
    asked = nova.request_spec(server).image.properties
    found = {name: asked.get(name) for name in EFFECTIVE}
    return {k: v if v is None else str(v) for k, v in found.items()}


def told(nova: TwoHosts, server: Server) -> dict[str, str | None]:
    """Return what the API says was overridden."""
    shown = nova.api.get_server(server["id"])
    record: dict[str, str | None] = shown["image_props_override"]
    return record


def assert_recorded(nova: TwoHosts, server: Server) -> None:
    """Nova's database and the API know the overrides."""
    assert in_system_metadata(nova, server) == EFFECTIVE
    assert in_request_spec(nova, server) == EFFECTIVE
    assert told(nova, server) == OVERRIDES


def assert_in_force(nova: TwoHosts, server: Server) -> None:
    """The guest has the overrides, and Nova's database and API know them."""
    assert in_domain(nova, server) == EFFECTIVE
    assert_recorded(nova, server)


def assert_survives(nova: TwoHosts, operate: Operation) -> None:
    """Guest, Nova's database and API tell the same before and after."""
    server = active_server(nova)
    assert_in_force(nova, server)
    operate(nova, server)
    assert_in_force(nova, server)
