# SPDX-License-Identifier: Apache-2.0
"""Which values a rule is about, in whatever spelling they come."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from image_props_override.core.properties.definition import PropertyDefinition
from image_props_override.core.properties.limits import (
    LONGEST_VALUE_BYTES,
    longest_value_bytes,
)
from image_props_override.core.properties.values import (
    canonical_value,
    comparable_value,
)

# Bounded: Python raises an error for an integer of thousands of digits.
_INTEGER = re.compile(rf"-?[0-9]{{1,{LONGEST_VALUE_BYTES}}}")


# What a pattern may repeat, counted on the safe side: "\\*" repeats nothing.
_REPETITION = re.compile(r"[*+]|\{[0-9]*,[0-9]*\}")
_MOST_REPETITIONS_ON_LONG_VALUES = 2


@dataclass(frozen=True)
class Values:
    """Which values a rule is about; any of the three may match.

    Attributes:
        listed: These values, in any spelling that means the same to Nova.
        low: With ``high``, integers from here ...
        high: ... to here, both included; page sizes are in KiB.
        pattern: Values that this expression matches as a whole; see
            ``operator_expressions``.
    """

    listed: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    pattern: re.Pattern[str] | None = None

    def match(
        self, value: str, definition: PropertyDefinition, *, allow: bool
    ) -> bool:
        """Return whether the rule is about the value.

        Args:
            value: The property's new value.
            definition: The property; for a list's member, the list's.
            allow: Whether the rule allows what it is about. If so, a pattern
                has to match what Nova keeps of the value and what that is
                the same as; else any spelling is enough, the user's too.
        """
        if len(value) > longest_value_bytes(definition.name):
            # No server can have it; the length bounds what a pattern costs.
            return False
        comparable = comparable_value(definition, value)
        kept = canonical_value(definition, value)
        listed = self.listed_as(definition)
        if comparable in listed or self._has_in_range(comparable):
            return True
        if self._takes_long(value):
            # Not decided, so nothing is allowed by it.
            return not allow
        if allow:
            return self._pattern_matches((kept, comparable), all)
        return self._pattern_matches((value, kept, comparable), any)

    def listed_as(self, definition: PropertyDefinition) -> frozenset[str]:
        """Return the listed values as they are compared for a property."""
        return _comparable(self.listed, definition)

    def _pattern_matches(
        self,
        spellings: Iterable[str],
        enough: Callable[[Iterable[object]], bool],
    ) -> bool:
        return self.pattern is not None and enough(
            self.pattern.fullmatch(each) for each in spellings
        )

    def _takes_long(self, value: str) -> bool:
        """Return whether a user could keep nova-api busy with a value.

        The time grows with the length of the value to the power of the
        number of repetitions: three take seconds on a long command line.
        """
        return (
            self.pattern is not None
            and len(value) > LONGEST_VALUE_BYTES
            and len(_REPETITION.findall(self.pattern.pattern))
            > _MOST_REPETITIONS_ON_LONG_VALUES
        )

    def _has_in_range(self, value: str) -> bool:
        if self.low is None and self.high is None:
            return False
        return _INTEGER.fullmatch(value) is not None and (
            (self.low is None or self.low <= int(value))
            and (self.high is None or int(value) <= self.high)
        )


@functools.lru_cache(maxsize=4096)
def _comparable(
    listed: tuple[str, ...], definition: PropertyDefinition
) -> frozenset[str]:
    return frozenset(comparable_value(definition, each) for each in listed)
