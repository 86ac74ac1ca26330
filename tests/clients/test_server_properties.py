# SPDX-License-Identifier: Apache-2.0
"""Where a server's properties are told to come from."""

from __future__ import annotations

from typing import Any

from image_props_override.clients.server_properties import (
    Origin,
    properties_of_server,
)
from tests.core.catalogue import CATALOGUE


def told(
    overrides: dict[str, str | None],
    recorded: dict[str, str] | None,
    image: dict[str, Any] | None,
) -> dict[str, tuple[str | None, str, str | None]]:
    """Return name to value, origin and the image's value."""
    found = properties_of_server(overrides, recorded, image, CATALOGUE)
    names = [each.name for each in found]
    assert names == sorted(set(names))
    return {
        each.name: (each.value, each.origin.value, each.image_value)
        for each in found
    }


def test_origins() -> None:
    """Each property comes from an override, the image or Nova."""
    assert told(
        overrides={"hw_disk_bus": "scsi", "hw_vif_model": None},
        recorded={
            "hw_disk_bus": "scsi",
            "hw_machine_type": "pc",
            "os_distro": "debian",
        },
        image={
            "hw_disk_bus": "ide",
            "hw_vif_model": "e1000",
            "os_distro": "debian",
            "owner_note": "no property of Nova's",
        },
    ) == {
        "hw_disk_bus": ("scsi", "override", "ide"),
        "hw_machine_type": ("pc", "nova", None),
        "hw_vif_model": (None, "removed", "e1000"),
        "os_distro": ("debian", "image", "debian"),
    }


def test_removed_and_chosen_by_nova() -> None:
    """In the place of what was removed can be what Nova chooses then."""
    recorded = {"hw_disk_bus": "virtio"}
    assert told({"hw_disk_bus": None}, recorded, {"hw_disk_bus": "ide"}) == {
        "hw_disk_bus": ("virtio", "nova", "ide")
    }


def test_image_changed_since() -> None:
    """The server has what it was booted with."""
    assert told({}, {"os_distro": "debian"}, {"os_distro": "fedora"}) == {
        "os_distro": ("debian", "image", "fedora")
    }


def test_default_replaced() -> None:
    """The value is the one that Nova has recorded, not the one asked for."""
    asked: dict[str, str | None] = {"os_command_line": "%default% b"}
    assert told(
        asked, {"os_command_line": "a b"}, {"os_command_line": "a"}
    ) == {"os_command_line": ("a b", "override", "a")}


def test_legacy_names() -> None:
    """A legacy name and the current one are one property."""
    image = {"architecture": "x86_64"}
    assert told({}, {"architecture": "x86_64"}, image) == {
        "hw_architecture": ("x86_64", "image", "x86_64")
    }
    both = {"architecture": "aarch64", "hw_architecture": "aarch64"}
    assert told({"hw_architecture": "aarch64"}, both, image) == {
        "hw_architecture": ("aarch64", "override", "x86_64")
    }


def test_members_and_traits() -> None:
    """Nova does not tell them; the image and the overrides do."""
    image = {
        "hw_numa_cpus.0": "0",
        "hw_numa_cpus.1": "1",
        "trait:HW_CPU_X86_AVX": "required",
        "trait:CUSTOM_GOLD": "required",
    }
    overrides = {"hw_numa_cpus.0": "0-1", "trait:CUSTOM_GOLD": None}
    assert told(overrides, {}, image) == {
        # The list is replaced as a whole.
        "hw_numa_cpus.0": ("0-1", "override", "0"),
        "trait:CUSTOM_GOLD": (None, "removed", "required"),
        "trait:HW_CPU_X86_AVX": ("required", "image", "required"),
    }


def test_image_unknown() -> None:
    """Without the image, image and Nova cannot be told apart."""
    found = told({"hw_disk_bus": "ide"}, {"os_distro": "debian"}, None)
    assert found["os_distro"] == ("debian", Origin.UNKNOWN.value, None)
    assert found["hw_disk_bus"] == ("ide", Origin.OVERRIDE.value, None)


def test_volume() -> None:
    """Of a server on a volume, only the overrides are known."""
    overrides = {
        "hw_disk_bus": "ide",
        "os_command_line": "%default% quiet",
        "os_distro": None,
        "os_version": "%default%",
    }
    assert told(overrides, None, None) == {
        "hw_disk_bus": ("ide", "override", None),
        # Nova does not tell what it was put together to.
        "os_command_line": (None, "override", None),
        "os_distro": (None, "removed", None),
        # Of other properties that is the value itself.
        "os_version": ("%default%", "override", None),
    }
