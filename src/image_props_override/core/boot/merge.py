# SPDX-License-Identifier: Apache-2.0
"""The image's properties with the overrides in them, and what changed.

Pure: no argument is changed. What is not overridden stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from image_props_override.core.boot.kernel import drop_stray_ramdisk
from image_props_override.core.boot.record import DEFAULT_TOKEN, without_record
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import (
    NUMA_LISTS,
    VMWARE_ADAPTER_TYPE,
    VMWARE_ADAPTER_TYPE_SETS,
    list_member,
)


@dataclass(frozen=True)
class Change:
    """One property that differs from the image's; None means absent."""

    name: str
    old: Any
    new: str | None


@dataclass(frozen=True)
class MergeResult:
    """The effective properties and the story of how they came about.

    Attributes:
        effective: All properties, as Nova is to see them.
        changes: What was set, replaced or removed, in order of names.
    """

    effective: Mapping[str, Any]
    changes: tuple[Change, ...]


def merge(
    image_properties: Mapping[str, Any],
    overrides: Mapping[str, str | None],
    catalogue: PropertyCatalogue,
) -> MergeResult:
    """Return the image's properties with the overrides in them.

    Args:
        image_properties: As Glance or a volume gives them; values are
            strings, or structures for a few legacy names.
        overrides: Canonical name to value; None removes the property.
        catalogue: The properties that exist, for their legacy names.
    """
    effective = without_record(image_properties)
    drop_stray_ramdisk(effective, overrides)
    if overrides.keys() & set(VMWARE_ADAPTER_TYPE_SETS):
        _spell_out_adapter_type(effective)
    for name in _lists_in(overrides):
        for member in [n for n in effective if n.startswith(f"{name}.")]:
            del effective[member]
    for name, value in overrides.items():
        _set(effective, name, value, catalogue)
    return MergeResult(effective, _changes(image_properties, effective))


def with_defaults_resolved(
    image_properties: Mapping[str, Any],
    overrides: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Return the overrides with ``%default%`` replaced by the image's value.

    Only ``os_command_line`` knows the token. Where the image has no value,
    the token stands for nothing.
    """
    resolved = dict(overrides)
    line = overrides.get("os_command_line")
    if line is not None and DEFAULT_TOKEN in line:
        default = str(image_properties.get("os_command_line") or "")
        resolved["os_command_line"] = line.replace(DEFAULT_TOKEN, default)
    return resolved


def has_property(
    image_properties: Mapping[str, Any],
    name: str,
    catalogue: PropertyCatalogue,
) -> bool:
    """Return whether the image has a property, under any of its names."""
    definition = catalogue.get(name)
    aliases = definition.legacy_aliases if definition else ()
    if any(each in image_properties for each in (name, *aliases)):
        return True
    if name in VMWARE_ADAPTER_TYPE_SETS:
        spelled_out = dict(image_properties)
        _spell_out_adapter_type(spelled_out)
        return name in spelled_out
    return any(
        member and member[0] == name
        for member in map(list_member, image_properties)
    )


def canonical_properties(
    image_properties: Mapping[str, Any], catalogue: PropertyCatalogue
) -> dict[str, Any]:
    """Return an image's properties under the names that Nova has for them.

    Where the image has a property under its current and a legacy name, the
    current one counts, as for Nova. What Nova does not know keeps its name.
    """
    properties = without_record(image_properties)
    _spell_out_adapter_type(properties)
    by_alias = {
        definition.name: value
        for name, value in properties.items()
        if (definition := catalogue.by_alias(name))
    }
    current = {
        name: value
        for name, value in properties.items()
        if not catalogue.by_alias(name)
    }
    return by_alias | current


def _spell_out_adapter_type(properties: dict[str, Any]) -> None:
    """Replace vmware_adaptertype by the two properties that it stands for.

    Nova reads it before the current names, which win: so does setdefault.
    """
    adapter_type = properties.pop(VMWARE_ADAPTER_TYPE, None)
    if adapter_type == "ide":
        properties.setdefault("hw_disk_bus", "ide")
    elif adapter_type:
        properties.setdefault("hw_disk_bus", "scsi")
        properties.setdefault("hw_scsi_model", adapter_type)


def _lists_in(overrides: Mapping[str, str | None]) -> set[str]:
    """Return the lists that are overridden, which are replaced as a whole."""
    members = filter(None, map(list_member, overrides))
    whole = overrides.keys() & set(NUMA_LISTS)
    return {name for name, _ in members} | whole


def _set(
    properties: dict[str, Any],
    name: str,
    value: str | None,
    catalogue: PropertyCatalogue,
) -> None:
    definition = catalogue.get(name)
    for alias in definition.legacy_aliases if definition else ():
        if alias in properties:
            # Some of Nova's code reads only the legacy name (architecture,
            # vm_mode, auto_disk_config), so it must tell the same.
            _set_one(properties, alias, value)
    _set_one(properties, name, value)


def _set_one(properties: dict[str, Any], name: str, value: str | None) -> None:
    if value is None:
        properties.pop(name, None)
    else:
        properties[name] = value


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Change, ...]:
    names = sorted(before.keys() | after.keys())
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )
