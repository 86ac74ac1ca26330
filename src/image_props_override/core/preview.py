# SPDX-License-Identifier: Apache-2.0
"""What a boot's properties would be, and where each value comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from image_props_override.core.merge import canonical_properties
from image_props_override.core.property_catalogue import PropertyCatalogue
from image_props_override.core.property_values import FALSE_WORDS, TRUE_WORDS


class Origin(str, Enum):
    """Where an effective value comes from."""

    IMAGE = "image"
    OVERRIDE = "override"
    # The image's value is taken away.
    REMOVED = "removed"
    # An extra spec of the flavor wins over the image and its overrides.
    FLAVOR = "flavor"


@dataclass(frozen=True)
class PreviewEntry:
    """One property of a boot.

    Attributes:
        name: The canonical name; as the image has it where Nova knows no
            such property.
        value: What is in force; None if the property is removed.
        origin: Where the value comes from.
        image_value: What the image itself says; None if nothing.
    """

    name: str
    value: str | None
    origin: Origin
    image_value: str | None


@dataclass(frozen=True)
class FlavorWin:
    """Values of an extra spec that win over an image property in silence.

    Where Nova refuses the pair instead, or lets the image win, there is none.

    Attributes:
        image_property: The property.
        extra_spec: The flavor's extra spec.
        flavor_values: The extra spec's values that win, in lower case; None:
            all.
        image_values: The image's values that lose, in lower case; None: all.
        source: Where Nova decides that.
    """

    image_property: str
    extra_spec: str
    flavor_values: tuple[str, ...] | None
    image_values: tuple[str, ...] | None
    source: str

    def decides(self, flavor_value: str, image_value: str) -> bool:
        """Return whether the flavor's value is in force."""
        return (
            flavor_value != image_value
            and _is_one_of(flavor_value, self.flavor_values)
            and _is_one_of(image_value, self.image_values)
        )


_HARDWARE = "nova.virt.hardware"
_LIBVIRT = "nova.virt.libvirt.driver.LibvirtDriver"

# All there are in Nova 29 to 34. tests/nova_contract/test_flavor_wins.py asks
# Nova itself about each row.
FLAVOR_WINS = (
    FlavorWin(
        "hw_cpu_policy",
        "hw:cpu_policy",
        ("dedicated",),
        ("shared", "mixed"),
        f"{_HARDWARE}.get_cpu_policy_constraint",
    ),
    FlavorWin(
        "hw_cpu_policy",
        "hw:cpu_policy",
        ("mixed",),
        ("shared",),
        f"{_HARDWARE}.get_cpu_policy_constraint",
    ),
    FlavorWin(
        "hw_cpu_thread_policy",
        "hw:cpu_thread_policy",
        ("prefer",),
        ("isolate", "require"),
        f"{_HARDWARE}.get_cpu_thread_policy_constraint",
    ),
    FlavorWin(
        "hw_maxphysaddr_bits",
        "hw:maxphysaddr_bits",
        None,
        None,
        f"{_LIBVIRT}._get_guest_cpu_config_maxphysaddr",
    ),
    FlavorWin(
        "hw_viommu_model",
        "hw:viommu_model",
        None,
        None,
        f"{_LIBVIRT}._get_iommu_model",
    ),
    FlavorWin(
        "img_hide_hypervisor_id",
        "hw:hide_hypervisor_id",
        TRUE_WORDS,
        FALSE_WORDS,
        f"{_LIBVIRT}._set_features",
    ),
    FlavorWin(
        "img_hide_hypervisor_id",
        "hide_hypervisor_id",
        TRUE_WORDS,
        FALSE_WORDS,
        f"{_LIBVIRT}._set_features",
    ),
)


def preview_entries(
    image_properties: Mapping[str, Any],
    overrides: Mapping[str, str | None],
    effective: Mapping[str, Any],
    flavor_extra_specs: Mapping[str, str],
    catalogue: PropertyCatalogue,
) -> tuple[PreviewEntry, ...]:
    """Return each property that the image has or that is overridden.

    Args:
        image_properties: Those of the image, volume or snapshot.
        overrides: Canonical name to value; None removes the property.
        effective: The image's properties with the overrides in them.
        flavor_extra_specs: Those of the flavor that is booted.
        catalogue: The properties that exist.

    Returns:
        In order of names. A list that is removed as a whole is told by its
        members, if the image has any.
    """
    before = _texts(image_properties, catalogue)
    after = _texts(effective, catalogue)
    # What was removed, and was never there, is told too.
    absent = {
        name
        for name in overrides.keys() - before.keys() - after.keys()
        if not any(each.startswith(f"{name}.") for each in before)
    }
    return tuple(
        _entry(
            name,
            before.get(name),
            after.get(name),
            name in overrides,
            flavor_extra_specs,
        )
        for name in sorted(before.keys() | after.keys() | absent)
    )


def _entry(
    name: str,
    before: str | None,
    after: str | None,
    is_overridden: bool,
    flavor_extra_specs: Mapping[str, str],
) -> PreviewEntry:
    if after is None:
        return PreviewEntry(name, None, Origin.REMOVED, before)
    for win in FLAVOR_WINS:
        flavor_value = flavor_extra_specs.get(win.extra_spec)
        if (
            win.image_property == name
            and flavor_value
            and win.decides(flavor_value, after)
        ):
            return PreviewEntry(name, flavor_value, Origin.FLAVOR, before)
    origin = Origin.OVERRIDE if is_overridden else Origin.IMAGE
    return PreviewEntry(name, after, origin, before)


def _texts(
    properties: Mapping[str, Any], catalogue: PropertyCatalogue
) -> dict[str, str]:
    """Return properties by canonical name, each value as a text."""
    canonical = canonical_properties(properties, catalogue)
    return {name: _text(value) for name, value in canonical.items()}


def _text(value: Any) -> str:
    if isinstance(value, (list, dict)):
        # Block device mappings, which a few legacy names carry.
        return json.dumps(value, default=str)
    return str(value)


def _is_one_of(value: str, values: tuple[str, ...] | None) -> bool:
    return values is None or value.lower() in values
