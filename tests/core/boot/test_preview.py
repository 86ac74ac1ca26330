# SPDX-License-Identifier: Apache-2.0
"""What a boot's properties would be, and where each value comes from."""

from __future__ import annotations

from typing import Any

import pytest

from image_props_override.core.boot.flavor_wins import FLAVOR_WINS
from image_props_override.core.boot.merge import canonical_properties
from image_props_override.core.boot.plan import plan_boot
from image_props_override.core.boot.preview import (
    Origin,
    PreviewEntry,
    preview_entries,
)
from tests.core.catalogue import CATALOGUE

Overrides = dict[str, "str | None"]


def entries(
    image: dict[str, Any],
    overrides: Overrides,
    extra_specs: dict[str, str] | None = None,
) -> list[PreviewEntry]:
    """Return the preview of a boot."""
    flavor = extra_specs or {}
    plan = plan_boot(image, overrides, flavor, CATALOGUE)
    return list(
        preview_entries(image, overrides, plan.properties, flavor, CATALOGUE)
    )


# the image, the overrides; name, value, origin and the image's value of each
PREVIEWS: dict[
    str,
    tuple[dict[str, Any], Overrides, list[tuple[str, Any, str, Any]]],
] = {
    "nothing": ({}, {}, []),
    "the image alone": (
        {"os_distro": "debian", "hw_disk_bus": "ide"},
        {},
        [
            ("hw_disk_bus", "ide", "image", "ide"),
            ("os_distro", "debian", "image", "debian"),
        ],
    ),
    "a value replaced, one added": (
        {"hw_disk_bus": "ide"},
        {"hw_disk_bus": "scsi", "hw_boot_menu": "true"},
        [
            ("hw_boot_menu", "true", "override", None),
            ("hw_disk_bus", "scsi", "override", "ide"),
        ],
    ),
    "the image's own value, said again": (
        {"hw_disk_bus": "ide"},
        {"hw_disk_bus": "ide"},
        [("hw_disk_bus", "ide", "override", "ide")],
    ),
    "a value removed": (
        {"hw_disk_bus": "ide"},
        {"hw_disk_bus": None},
        [("hw_disk_bus", None, "removed", "ide")],
    ),
    "what was not there, removed": (
        {},
        {"hw_disk_bus": None, "hw_numa_mem": None},
        [
            ("hw_disk_bus", None, "removed", None),
            ("hw_numa_mem", None, "removed", None),
        ],
    ),
    "a legacy alias in the image": (
        {"architecture": "x86_64"},
        {},
        [("hw_architecture", "x86_64", "image", "x86_64")],
    ),
    "a legacy alias overridden": (
        {"architecture": "x86_64"},
        {"hw_architecture": "aarch64"},
        [("hw_architecture", "aarch64", "override", "x86_64")],
    ),
    "both names in the image": (
        {"hw_architecture": "aarch64", "architecture": "x86_64"},
        {},
        [("hw_architecture", "aarch64", "image", "aarch64")],
    ),
    "one name that means two properties": (
        {"vmware_adaptertype": "lsilogic"},
        {"hw_disk_bus": "ide"},
        [
            ("hw_disk_bus", "ide", "override", "scsi"),
            ("hw_scsi_model", "lsilogic", "image", "lsilogic"),
        ],
    ),
    "a list replaced by a shorter one": (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1"},
        {"hw_numa_cpus.0": "0-1"},
        [
            ("hw_numa_cpus.0", "0-1", "override", "0"),
            ("hw_numa_cpus.1", None, "removed", "1"),
        ],
    ),
    "a list removed": (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1"},
        {"hw_numa_cpus": None},
        [
            ("hw_numa_cpus.0", None, "removed", "0"),
            ("hw_numa_cpus.1", None, "removed", "1"),
        ],
    ),
    "the image's value in a longer one": (
        {"os_command_line": "quiet", "kernel_id": "x"},
        {"os_command_line": "%default% splash"},
        [
            ("kernel_id", "x", "image", "x"),
            ("os_command_line", "quiet splash", "override", "quiet"),
        ],
    ),
    "what Nova does not know": (
        {"owner": "me", "count": 1, "mappings": [{"device": "a"}]},
        {},
        [
            ("count", "1", "image", "1"),
            (
                "img_mappings",
                '[{"device": "a"}]',
                "image",
                '[{"device": "a"}]',
            ),
            ("owner", "me", "image", "me"),
        ],
    ),
    "a forged record": (
        {"os_glance_override:hw_disk_bus": "scsi"},
        {"hw_boot_menu": "true"},
        [("hw_boot_menu", "true", "override", None)],
    ),
}


@pytest.mark.parametrize(
    ("image", "overrides", "expected"), PREVIEWS.values(), ids=PREVIEWS
)
def test_preview(
    image: dict[str, Any],
    overrides: Overrides,
    expected: list[tuple[str, Any, str, Any]],
) -> None:
    """Each property says what is in force and who said so."""
    assert entries(image, overrides) == [
        PreviewEntry(name, value, Origin(origin), image_value)
        for name, value, origin, image_value in expected
    ]


# the extra spec's value, the image's, whether the flavor's is in force
FLAVORS = {
    "dedicated over shared": ("dedicated", "shared", True),
    "mixed over shared": ("mixed", "shared", True),
    "the same": ("shared", "shared", False),
    "what Nova refuses": ("shared", "dedicated", False),
}


@pytest.mark.parametrize("image_says", ["image", "override"])
@pytest.mark.parametrize(
    ("flavor", "image", "wins"), FLAVORS.values(), ids=FLAVORS
)
def test_flavor(flavor: str, image: str, wins: bool, image_says: str) -> None:
    """An extra spec that wins over image and override is told as such."""
    properties = {"hw_cpu_policy": image} if image_says == "image" else {}
    overrides: Overrides = {} if properties else {"hw_cpu_policy": image}
    (entry,) = entries(properties, overrides, {"hw:cpu_policy": flavor})
    assert entry.value == (flavor if wins else image)
    assert entry.origin.value == ("flavor" if wins else image_says)
    assert entry.image_value == properties.get("hw_cpu_policy")


def test_flavor_says_nothing_of_a_removal() -> None:
    """What the image no longer says is no property of this boot."""
    (entry,) = entries(
        {"hw_cpu_policy": "shared"},
        {"hw_cpu_policy": None},
        {"hw:cpu_policy": "dedicated"},
    )
    assert (entry.value, entry.origin) == (None, Origin.REMOVED)


def test_flavor_wins_have_sources() -> None:
    """Each row names the function of Nova that decides so."""
    for win in FLAVOR_WINS:
        assert win.source.startswith("nova.")


def test_what_an_image_has_no_value_for() -> None:
    """Nova's client of Glance tells it as None, the preview not at all."""
    told = entries({"kernel_id": None, "hw_disk_bus": "virtio"}, {})
    assert [entry.name for entry in told] == ["hw_disk_bus"]


def test_canonical_properties_leave_the_image_alone() -> None:
    """The image's own properties are not changed."""
    image = {"vmware_adaptertype": "ide", "architecture": "x86_64"}
    assert canonical_properties(image, CATALOGUE) == {
        "hw_disk_bus": "ide",
        "hw_architecture": "x86_64",
    }
    assert image == {"vmware_adaptertype": "ide", "architecture": "x86_64"}
