# SPDX-License-Identifier: Apache-2.0
"""All image properties of one Nova release, found by any of their names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from image_props_override.core.properties.definition import PropertyDefinition

# difflib compares character by character; no property's name is longer.
_SUGGEST_UP_TO_CHARACTERS = 64


class PropertyCatalogue(Mapping[str, PropertyDefinition]):
    """The definitions by canonical name.

    It is a read-only mapping; iteration is in the order of names.
    """

    def __init__(self, definitions: Iterable[PropertyDefinition]) -> None:
        """Hold the definitions, one for each name."""
        ordered = sorted(definitions, key=lambda each: each.name)
        self._by_name = {each.name: each for each in ordered}
        self._by_alias = {
            alias: each for each in ordered for alias in each.legacy_aliases
        }

    def __getitem__(self, name: str) -> PropertyDefinition:
        """Return the definition of a canonical name."""
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the canonical names."""
        return iter(self._by_name)

    def __len__(self) -> int:
        """Return how many properties there are."""
        return len(self._by_name)

    def by_alias(self, alias: str) -> PropertyDefinition | None:
        """Return the definition that a legacy name stands for, or None."""
        return self._by_alias.get(alias)

    def nearest(self, spelling: str) -> str | None:
        """Return the canonical name that the user may have meant, or None."""
        if len(spelling) > _SUGGEST_UP_TO_CHARACTERS:
            return None
        spellings = [*self._by_name, *self._by_alias]
        found = difflib.get_close_matches(
            spelling.lower(), spellings, n=1, cutoff=0.75
        )
        if not found:
            return None
        alias = self._by_alias.get(found[0])
        return alias.name if alias else found[0]
