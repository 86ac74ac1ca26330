# SPDX-License-Identifier: Apache-2.0
"""All image properties of one Nova release, found by any of their names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
)

# difflib compares character by character; no property's name is longer.
_SUGGEST_UP_TO_CHARACTERS = 64
# difflib's ratio. "disk_bus" is near to "hw_disk_bus" (0.84), but "os_version"
# is not near to "img_version" (0.76), nor "hw_gpu_model" to "hw_tpm_model"
# (0.83).
_NEAR = 0.84


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

    def nearest(self, spelling: str) -> PropertyDefinition | None:
        """Return the property that the user may have meant, or None.

        It is one that can be overridden.
        """
        if len(spelling) > _SUGGEST_UP_TO_CHARACTERS:
            return None
        spellings = {
            name: definition
            for name, definition in {**self._by_alias, **self._by_name}.items()
            if not definition.no_effect
            and definition.kind is not PropertyKind.STRUCTURED
        }
        found = difflib.get_close_matches(
            spelling.lower(), spellings, n=1, cutoff=_NEAR
        )
        return spellings[found[0]] if found else None
