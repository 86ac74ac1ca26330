# SPDX-License-Identifier: Apache-2.0
"""What the operator lets users override."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from image_props_override.core.property_catalogue import PropertyCatalogue
from image_props_override.core.property_names import (
    SPEC_ALIASES,
    PropertyName,
    list_members,
)

SECTION = "nova.conf [image_props_override]"


@dataclass(frozen=True)
class Decision:
    """Whether a property may be overridden, and which rule says so."""

    allowed: bool
    reason: str


@dataclass(frozen=True)
class OverrideRules:
    """Patterns of names: first ``deny``, then ``allow``; else refused.

    A pattern is a canonical name in which ``*`` stands for any characters.
    For members of lists it is held against the member (``trait:HW_X``,
    ``hw_numa_cpus.0``) and against the list (``traits_required``,
    ``hw_numa_cpus``): either match counts.

    Attributes:
        allow: Patterns of what may be overridden.
        deny: Patterns of what may not, whatever ``allow`` says.
    """

    allow: tuple[str, ...]
    deny: tuple[str, ...]

    def decide(self, name: PropertyName) -> Decision:
        """Return whether the property may be overridden, and why.

        A list may be removed as a whole if each of its members may be.
        """
        if not name.is_whole_list:
            return self._decide({name.canonical, name.definition.name})
        decisions = [
            self._decide({member, name.canonical})
            for member in list_members(name.canonical)
        ]
        refusals = [each for each in decisions if not each.allowed]
        return (refusals or decisions)[0]

    def _decide(self, names: set[str]) -> Decision:
        if pattern := _first_match(names, self.deny):
            return Decision(False, f"deny pattern '{pattern}' of {SECTION}")
        if pattern := _first_match(names, self.allow):
            return Decision(True, f"allow pattern '{pattern}' of {SECTION}")
        return Decision(False, f"no allow pattern of {SECTION} matches")


def rules_from_patterns(
    allow: Iterable[str], deny: Iterable[str], catalogue: PropertyCatalogue
) -> OverrideRules:
    """Return rules whose patterns are canonical names.

    Args:
        allow: Patterns as the operator wrote them, in any spelling.
        deny: Likewise.
        catalogue: The properties that exist.
    """
    return OverrideRules(
        allow=tuple(_canonical(pattern, catalogue) for pattern in allow),
        deny=tuple(_canonical(pattern, catalogue) for pattern in deny),
    )


def _canonical(pattern: str, catalogue: PropertyCatalogue) -> str:
    pattern = pattern.strip()
    pattern = SPEC_ALIASES.get(pattern, pattern)
    alias_of = catalogue.by_alias(pattern)
    return alias_of.name if alias_of else pattern


def _first_match(names: set[str], patterns: Iterable[str]) -> str | None:
    for pattern in patterns:
        expression = _expression(pattern)
        if any(expression.fullmatch(name) for name in names):
            return pattern
    return None


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    # Escaped, so that the dot of "hw_numa_cpus.0" matches only a dot.
    return re.compile(re.escape(pattern).replace(r"\*", ".*"))
