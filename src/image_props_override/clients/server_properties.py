# SPDX-License-Identifier: Apache-2.0
"""Which image properties a server has, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from image_props_override.core.boot.merge import merge
from image_props_override.core.boot.record import DEFAULT_TOKEN
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import (
    TRAIT_PREFIX,
    list_member,
)
from image_props_override.core.str_enum import StrEnum


class Origin(StrEnum):
    """Where a server's property comes from."""

    OVERRIDE = "override"
    # The image has it; an override says that this server has not.
    REMOVED = "removed"
    IMAGE = "image"
    # Nova keeps its choice where the image has none (hw_disk_bus, ...).
    NOVA = "nova"
    # From the image or from Nova; the image could not be read.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ServerProperty:
    """One property of a server.

    Attributes:
        name: The canonical name.
        value: What the server has; None if the property was removed, or
            if the override's ``%default%`` stands for what is not known.
        origin: Where that comes from.
        image_value: What the image says today; None for nothing, or where
            the image is not known.
    """

    name: str
    value: str | None
    origin: Origin
    image_value: str | None


def properties_of_server(
    overrides: Mapping[str, str | None],
    recorded: Mapping[str, str] | None,
    image: Mapping[str, Any] | None,
    catalogue: PropertyCatalogue,
) -> list[ServerProperty]:
    """Return a server's image properties, in the order of their names.

    Args:
        overrides: What was overridden for the server, by canonical name.
        recorded: The properties that Nova returns with the server, members of
            lists and traits left out; None where it returns none.
        image: The image as Glance has it today; None if it is not known.
        catalogue: The properties that exist.
    """
    effective: dict[str, str] = {}
    for name, value in (recorded or {}).items():
        # The legacy twin of a current name has the same value.
        effective.setdefault(_canonical(name, catalogue), value)
    effective |= {
        n: v
        for n, v in overrides.items()
        if v and n not in effective and not _stands_for_more(n, v)
    }
    if image is not None:
        effective |= _members(merge(image, overrides, catalogue).effective)
    spelled = _by_canonical_name(image or {}, catalogue)
    return [
        ServerProperty(
            name,
            effective.get(name),
            _origin(
                name,
                effective,
                overrides,
                None if image is None else spelled,
            ),
            spelled.get(name),
        )
        for name in sorted(effective.keys() | overrides.keys())
    ]


def _origin(
    name: str,
    effective: Mapping[str, str],
    overrides: Mapping[str, str | None],
    image: Mapping[str, Any] | None,
) -> Origin:
    if overrides.get(name) is not None:
        return Origin.OVERRIDE
    if name in overrides:
        # Nova also chooses a value for what was removed.
        return Origin.NOVA if name in effective else Origin.REMOVED
    if image is None:
        return Origin.UNKNOWN
    return Origin.IMAGE if name in image else Origin.NOVA


def _stands_for_more(name: str, value: str) -> bool:
    """Return whether an override is put together with the image's value."""
    return name == "os_command_line" and DEFAULT_TOKEN in value


def _canonical(name: str, catalogue: PropertyCatalogue) -> str:
    definition = catalogue.by_alias(name)
    return definition.name if definition else name


def _by_canonical_name(
    image: Mapping[str, Any], catalogue: PropertyCatalogue
) -> dict[str, Any]:
    """Return what the image says; of two names, the current one counts."""
    legacy = {_canonical(name, catalogue): image[name] for name in image}
    return {**legacy, **image}


def _members(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return members of lists and traits, which Nova does not return."""
    return dict(_iterate_members(properties))


def _iterate_members(
    properties: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    for name, value in properties.items():
        if list_member(name) or name.startswith(TRAIT_PREFIX):
            yield name, value
