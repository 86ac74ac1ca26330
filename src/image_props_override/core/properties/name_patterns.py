# SPDX-License-Identifier: Apache-2.0
"""Patterns of property names, as operators write them.

``*`` stands for any characters; all others stand for themselves.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Sequence

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import (
    NUMA_LISTS,
    SPEC_ALIASES,
    TRAIT_PREFIX,
    VMWARE_ADAPTER_TYPE,
    VMWARE_ADAPTER_TYPE_SETS,
    legacy_names,
    list_members,
)

# What of a pattern can stand for characters in the name of a trait.
_PART_OF_TRAIT = re.compile(r"[A-Z0-9_*]*")


def canonical_patterns(
    patterns: Iterable[str], catalogue: PropertyCatalogue
) -> tuple[str, ...]:
    """Return patterns with legacy and other spellings made canonical."""
    return tuple(
        canonical
        for pattern in patterns
        for canonical in _canonical(pattern.strip(), catalogue)
    )


def unknown_patterns(
    patterns: Iterable[str],
    catalogue: PropertyCatalogue,
    *,
    matches_legacy: bool,
) -> list[str]:
    """Return the canonical patterns that match no property of this Nova.

    An operator is warned of them: they are likely to be misspelled.

    Args:
        patterns: Canonical patterns.
        catalogue: The image properties that exist.
        matches_legacy: Whether they are held against legacy names, too, as
            those of a rule that refuses.
    """
    names = set(catalogue)
    for name in NUMA_LISTS:
        names.update(list_members(name))
    if matches_legacy:
        for definition in catalogue.values():
            names.update(legacy_names(definition))
    return [
        pattern
        for pattern in patterns
        if not name_matches(pattern, names) and not _may_match_trait(pattern)
    ]


def name_matches(pattern: str, names: Collection[str]) -> bool:
    """Return whether a pattern matches one of the names as a whole."""
    if "*" not in pattern:
        return pattern in names
    expression = _expression(pattern)
    return any(expression.fullmatch(name) for name in names)


def exact_names(patterns: Sequence[str]) -> frozenset[str]:
    """Return the patterns that are names, without a ``*``."""
    return frozenset(each for each in patterns if "*" not in each)


def _may_match_trait(pattern: str) -> bool:
    """Return whether a pattern of names, with ``*``, can match a trait."""
    before, star, after = pattern.partition("*")
    if star and TRAIT_PREFIX.startswith(before):
        return _PART_OF_TRAIT.fullmatch(after) is not None
    trait = pattern.removeprefix(TRAIT_PREFIX)
    return trait not in ("", pattern) and bool(_PART_OF_TRAIT.fullmatch(trait))


def _canonical(pattern: str, catalogue: PropertyCatalogue) -> tuple[str, ...]:
    if pattern == VMWARE_ADAPTER_TYPE:
        return VMWARE_ADAPTER_TYPE_SETS
    pattern = SPEC_ALIASES.get(pattern, pattern)
    alias_of = catalogue.by_alias(pattern)
    return (alias_of.name if alias_of else pattern,)


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    # Escaped, so that the dot of "hw_numa_cpus.0" matches only a dot.
    return re.compile(re.escape(pattern).replace(r"\*", ".*"))
