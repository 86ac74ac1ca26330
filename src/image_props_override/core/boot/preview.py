# SPDX-License-Identifier: Apache-2.0
"""What a boot's properties would be, and where each value comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from image_props_override.core.boot.flavor_wins import win_of_flavor
from image_props_override.core.boot.merge import canonical_properties
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.str_enum import StrEnum


class Origin(StrEnum):
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
        value: The effective value; None if the property is removed.
        origin: Where the value comes from.
        image_value: What the image itself says; None if nothing.
    """

    name: str
    value: str | None
    origin: Origin
    image_value: str | None


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
        In order of names. A list that is removed as a whole is shown by its
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
    if win := win_of_flavor(name, after, flavor_extra_specs):
        in_force = flavor_extra_specs[win.extra_spec]
        return PreviewEntry(name, in_force, Origin.FLAVOR, before)
    origin = Origin.OVERRIDE if is_overridden else Origin.IMAGE
    return PreviewEntry(name, after, origin, before)


def _texts(
    properties: Mapping[str, Any], catalogue: PropertyCatalogue
) -> dict[str, str]:
    """Return properties by canonical name, each value as a text."""
    canonical = canonical_properties(properties, catalogue)
    return {
        name: _text(value)
        for name, value in canonical.items()
        # Nova's client of Glance writes so what an image does not have.
        if value is not None
    }


def _text(value: Any) -> str:
    if isinstance(value, (list, dict)):
        # Block device mappings, which a few legacy names carry.
        return json.dumps(value, default=str)
    return str(value)
