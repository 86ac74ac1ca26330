# SPDX-License-Identifier: Apache-2.0
"""A server's overrides with some more, or with some less.

The cloud replaces a whole set; for commands that change a part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from image_props_override.clients.cloud_catalogue import (
    catalogue_of,
    read_with,
)
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import (
    VMWARE_ADAPTER_TYPE,
    VMWARE_ADAPTER_TYPE_SETS,
    PropertyName,
    list_member,
    resolve_name,
)

Overrides = Mapping[str, "str | None"]


class NotOverriddenError(Exception):
    """The server has no such overrides; the text names them all."""


def with_more(
    recorded: Overrides,
    given: Overrides,
    properties: Iterable[Mapping[str, Any]],
) -> dict[str, str | None]:
    """Return a server's overrides with others added, or in their place.

    What is given stays as it is written: the cloud says what is wrong.

    Args:
        recorded: What the server overrides, by canonical names.
        given: Property to value, by any of its names; None removes the
            image's property. Empty drops all that the server overrides.
        properties: Of the answer to ``GET /os-image-props-override``.
    """
    if not given:
        return {}
    names = [
        each.name.canonical
        for each in read_with(given, properties).asked
        if each.name
    ]
    kept = {
        name: value
        for name, value in recorded.items()
        if not any(_overlap(name, other) for other in names)
    }
    return {**kept, **given}


def with_less(
    recorded: Overrides,
    names: Iterable[str],
    properties: Iterable[Mapping[str, Any]],
) -> dict[str, str | None]:
    """Return a server's overrides without some of them.

    Args:
        recorded: What the server overrides, by canonical names.
        names: Properties, by any of their names; a NUMA list stands for all
            its members.
        properties: Of the answer to ``GET /os-image-props-override``.

    Raises:
        NotOverriddenError: The server does not override one of them.
    """
    catalogue = catalogue_of(properties)
    dropped: set[str] = set()
    unknown: list[str] = []
    for spelling in names:
        meant = set(_meant(spelling, catalogue))
        found = {
            name
            for name in recorded
            if name in meant or _list_of(name) in meant
        }
        dropped |= found
        if not found:
            unknown.append(spelling)
    if unknown:
        has = ", ".join(sorted(recorded)) or "nothing"
        raise NotOverriddenError(
            f"not overridden for this server: {', '.join(unknown)}; the "
            f"server overrides: {has}"
        )
    return {n: v for n, v in recorded.items() if n not in dropped}


def _meant(spelling: str, catalogue: PropertyCatalogue) -> Iterator[str]:
    """Yield the canonical names that a spelling stands for."""
    if spelling == VMWARE_ADAPTER_TYPE:
        yield from VMWARE_ADAPTER_TYPE_SETS
        return
    found = resolve_name(spelling, catalogue)
    # What this release does not know, a server may have from another.
    yield found.canonical if isinstance(found, PropertyName) else spelling


def _overlap(one: str, other: str) -> bool:
    """Return whether names are the same, or a list and its member."""
    return one in (other, _list_of(other)) or _list_of(one) == other


def _list_of(name: str) -> str | None:
    member = list_member(name)
    return member[0] if member else None
