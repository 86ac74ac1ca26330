# SPDX-License-Identifier: Apache-2.0
"""A cloud that the scenario tests are run against, all in memory.

It stands in for Tempest's edge alone: who boots, reads and deletes. What the
tests decide, ask for and assert is their own.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from image_props_override.tempest_plugin.guest.checks import Guest
from image_props_override.tempest_plugin.guest.domain import Domain
from image_props_override.tempest_plugin.guest.report import GuestReport
from image_props_override.tempest_plugin.tests.scenario import checking
from tests.tempest_plugin.guest_reports import report

Overrides = Mapping[str, "str | None"]

PCI_IDS = {
    "e1000": "0x8086 0x100e 0x020000",
    "virtio": "0x1af4 0x1000 0x020000",
    "netfront": "0x5853 0x0001 0xff8000",
}
DENIED = "deny pattern"


@dataclass
class PretendedCloud:
    """Images, servers, and what goes wrong.

    Attributes:
        images: Properties of images, by id; ``own`` is the tests'.
        denied: Names that no rule allows, with whatever value.
        denies_removals: Whether a rule allows values only.
        has_libvirt: Whether libvirt can be asked.
        has_network: Whether guests have network devices.
        large_pages_kib: What guests get where nobody asks for pages.
        loses_overrides: Whether guests are the image's nevertheless.
        records: Whether servers tell what was overridden; if not, they tell
            its names with other values.
        servers: What guests are to be like, by id.
        overrides: What was overridden, by id.
        flavors: With which flavor servers were booted, by id.
    """

    images: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"own": {}}
    )
    denied: tuple[str, ...] = ()
    denies_removals: bool = False
    has_libvirt: bool = True
    has_network: bool = True
    large_pages_kib: str | None = None
    loses_overrides: bool = False
    records: bool = True
    servers: dict[str, dict[str, str]] = field(default_factory=dict)
    overrides: dict[str, dict[str, str | None]] = field(default_factory=dict)
    flavors: dict[str, str] = field(default_factory=dict)

    def tests_of(
        self, tests: type[checking.CheckingTest], name: str
    ) -> checking.CheckingTest:
        """Return a test that is to be run here, ready to be called."""
        known = {"os_command_line", "hw_pmu", *_LOOKS}

        class Here(tests):  # type: ignore[valid-type, misc]
            catalogue = dict.fromkeys(known)
            image_id = "own"
            flavor_id = "flavor"
            own = self.images["own"]
            has_network = self.has_network
            left_out: dict[str, str] = {}  # noqa: RUF012 (as the class has it)
            servers_client = self

        for each in (
            self.boot,
            self.look_into,
            self.record_of,
            self.problems_of,
            self.copy_of_image,
        ):
            setattr(Here, each.__name__, staticmethod(each))
        Here.delete_server = staticmethod(self.servers.pop)
        Here._look_into_new = staticmethod(  # It waits for ACTIVE first.
            lambda server_id, *_: self.look_into(server_id)
        )
        return Here(name)

    def problems_of(
        self, overrides: Overrides, *_: str | None
    ) -> list[Mapping[str, Any]]:
        """Return what the preview says."""
        return [
            {"property": name, "code": "rule_denies", "message": DENIED}
            for name, value in overrides.items()
            if name in self.denied or (self.denies_removals and value is None)
        ]

    def copy_of_image(self, properties: Mapping[str, str]) -> str:
        """Return the id of an image with properties."""
        image_id = f"image-{len(self.images)}"
        self.images[image_id] = dict(properties)
        return image_id

    def boot(
        self, overrides: Overrides, image_id: str = "own", **wish: Any
    ) -> dict[str, str]:
        """Boot a server."""
        server_id = f"server-{len(self.overrides)}"
        self.flavors[server_id] = wish.get("flavor_id", "flavor")
        self.rebuild_server(server_id, image_id, overrides)
        return {"id": server_id}

    def rebuild_server(
        self, server_id: str, image_id: str, image_props_override: Overrides
    ) -> None:
        """Make a server one with other overrides."""
        own = self.images[image_id]
        lost = {} if self.loses_overrides else image_props_override
        self.overrides[server_id] = dict(image_props_override)
        self.servers[server_id] = {
            name: value
            for name, value in {**own, **lost}.items()
            if value is not None
        }

    def record_of(self, server_id: str) -> dict[str, str | None]:
        """Return what a server tells of its overrides."""
        told = self.overrides[server_id]
        return told if self.records else dict.fromkeys(told, "other")

    def show_server(self, server_id: str) -> dict[str, Any]:
        """Return a server as Nova shows it."""
        return {
            "server": {
                "image_props_override": self.record_of(server_id),
                "image": {"properties": self.servers[server_id]},
            }
        }

    def look_into(self, server_id: str, **_: str) -> Guest:
        """Return what a guest has."""
        properties = dict(self.servers[server_id])
        if self.large_pages_kib is not None:
            properties.setdefault("hw_mem_page_size", self.large_pages_kib)
        return Guest(
            _report(properties),
            _domain(properties) if self.has_libvirt else None,
            server_id,
        )


def _report(properties: Mapping[str, str]) -> GuestReport:
    machine = properties.get("hw_machine_type", "pc")
    family = "i440fx" if machine == "pc" else machine
    vif = PCI_IDS[properties.get("hw_vif_model", "virtio")]
    facts = [f"dmi chassis_version pc-{family}-7.2", f"pci 0:3 {vif}"]
    if properties.get("hw_qemu_guest_agent") == "true":
        facts.append("port a org.qemu.guest_agent.0")
    if "hw_tpm_version" in properties:
        facts.append("acpi TPM2 present")
    return report(*facts)


# Path and attribute in a domain, by property.
_LOOKS = {
    "hw_machine_type": None,
    "hw_vif_model": None,
    "hw_qemu_guest_agent": None,
    "hw_tpm_version": None,
    "hw_tpm_model": ("devices/tpm", "model"),
    "hw_watchdog_action": ("devices/watchdog", "action"),
    "hw_mem_page_size": ("memoryBacking/hugepages/page", "size"),
}


def _domain(properties: Mapping[str, str]) -> Domain:
    root = ElementTree.Element("domain")
    for name, place in _LOOKS.items():
        value = properties.get(name)
        if place is None or value in (None, "small"):
            continue
        element = root
        for tag in place[0].split("/"):
            element = ElementTree.SubElement(element, tag)
        element.set("model", "any")
        element.set(place[1], str(value))
    return Domain(root)
