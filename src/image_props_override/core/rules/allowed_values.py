# SPDX-License-Identifier: Apache-2.0
"""What a caller may set a property to, so that a form can be made of it.

It says the same as ``OverrideRules.decide`` does value by value. Values are
told one by one where there are few, as ranges where they are numbers, and
otherwise as the clauses of the operator's rules.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.names import PropertyName
from image_props_override.core.properties.values import (
    LARGEST_INTEGER,
    LARGEST_PAGE_KIB,
    PAGE_SIZE_WORDS,
    SMALLEST_INTEGER,
    comparable_value,
)
from image_props_override.core.rules.ordered_rules import (
    Caller,
    Clause,
    OverrideRules,
)

_NUMBERS = (
    PropertyKind.INTEGER,
    PropertyKind.INTEGER_LIST,
    PropertyKind.PAGE_SIZE,
)


@dataclass(frozen=True)
class AllowedValues:
    """What one caller may set one property to.

    Attributes:
        values: Single values; None: not listed one by one.
        ranges: Numbers from the first to the last of each pair, in KiB for
            page sizes; None: not given as ranges.
        clauses: Ordered, the first that is about a value decides; None: not
            given as clauses.
    """

    values: tuple[str, ...] | None = None
    ranges: tuple[tuple[int, int], ...] | None = None
    clauses: tuple[Clause, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it is known that no value at all is among them."""
        open_to_some = any(clause.allow for clause in self.clauses or ())
        return not (self.values or self.ranges or open_to_some)

    def admits(self, definition: PropertyDefinition, value: str) -> bool:
        """Return whether a legal value of the property is among them."""
        if self.clauses is not None:
            return _decides(self.clauses, definition, value)
        text = comparable_value(definition, value)
        if text in (self.values or ()):
            return True
        return any(
            low <= int(text) <= high
            for low, high in self.ranges or ()
            if text.lstrip("-").isdecimal()
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as the catalogue shows it."""
        if self.clauses is not None:
            return _clauses_as_json(self.clauses)
        told: dict[str, Any] = {"values": list(self.values or ())}
        if self.ranges is not None:
            told["ranges"] = [list(each) for each in self.ranges]
        return told


def allowed_values(
    rules: OverrideRules, name: PropertyName, caller: Caller
) -> AllowedValues:
    """Return what a caller may set a property to.

    Args:
        rules: The operator's.
        name: The property; a member for a list of numbers or CPUs.
        caller: The caller.
    """
    return _told(name.definition, rules.clauses(name, caller))


def no_allowed_values(definition: PropertyDefinition) -> AllowedValues:
    """Return the answer for a property that cannot be set."""
    return _told(definition, ())


def _told(
    definition: PropertyDefinition, clauses: tuple[Clause, ...]
) -> AllowedValues:
    if few := definition.few_values:
        return AllowedValues(
            values=tuple(
                value for value in few if _decides(clauses, definition, value)
            )
        )
    has_patterns = any(
        clause.values and clause.values.pattern for clause in clauses
    )
    if definition.kind in _NUMBERS and not has_patterns:
        return _numbers(clauses, definition)
    return AllowedValues(clauses=clauses)


def _decides(
    clauses: Iterable[Clause], definition: PropertyDefinition, value: str
) -> bool:
    for clause in clauses:
        if clause.values is None or clause.values.match(
            value, definition, allow=clause.allow
        ):
            return clause.allow
    return False


def _numbers(
    clauses: tuple[Clause, ...], definition: PropertyDefinition
) -> AllowedValues:
    is_page_size = definition.kind is PropertyKind.PAGE_SIZE
    low, high = definition.minimum, definition.maximum
    if is_page_size:
        low, high = 1, LARGEST_PAGE_KIB
    low = SMALLEST_INTEGER if low is None else low
    high = LARGEST_INTEGER if high is None else high
    words = PAGE_SIZE_WORDS if is_page_size else ()
    ranges: list[tuple[int, int]] = []
    for first, last in _allowed_parts(clauses, definition, low, high):
        if ranges and ranges[-1][1] == first - 1:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    return AllowedValues(
        values=tuple(w for w in words if _decides(clauses, definition, w)),
        ranges=tuple(ranges),
    )


def _allowed_parts(
    clauses: Iterable[Clause],
    definition: PropertyDefinition,
    low: int,
    high: int,
) -> Iterator[tuple[int, int]]:
    """Return parts of a range of which all numbers are allowed, in order.

    Each number belongs to the first clause that is about it. A file can have
    thousands of rules, so no part is looked at again once it is decided.
    """
    ranges = [
        (max(first, low), min(last, high), clause.allow)
        for clause in clauses
        for first, last in _ranges_of(clause, definition, low, high)
        if first <= high and last >= low
    ]
    starts = sorted(
        {low, *(r[0] for r in ranges), *(r[1] + 1 for r in ranges)}
    )
    # Of each part, the next one that is undecided, from itself on.
    following = list(range(len(starts) + 1))

    def undecided(part: int) -> int:
        while following[part] != part:
            following[part] = following[following[part]]
            part = following[part]
        return part

    allowed = [False] * len(starts)
    for first, last, allow in ranges:
        part, end = bisect_left(starts, first), bisect_right(starts, last)
        while (part := undecided(part)) < end:
            allowed[part] = allow
            following[part] = part + 1
    for part, start in enumerate(starts):
        if start <= high and allowed[part]:
            yield start, ([*starts[part + 1 : part + 2], high + 1][0]) - 1


def _ranges_of(
    clause: Clause, definition: PropertyDefinition, low: int, high: int
) -> Iterator[tuple[int, int]]:
    """Return the numbers that a clause is about."""
    values = clause.values
    if values is None:
        yield low, high
        return
    if values.low is not None or values.high is not None:
        yield (
            low if values.low is None else values.low,
            high if values.high is None else values.high,
        )
    for text in values.listed_as(definition):
        if text.isascii() and text.lstrip("-").isdecimal():
            yield int(text), int(text)


def _clauses_as_json(clauses: tuple[Clause, ...]) -> dict[str, Any]:
    if not any(clause.allow for clause in clauses):
        return {"any": False}
    if clauses[0].values is None:
        return {"any": True}
    return {"clauses": [_clause_as_json(each) for each in clauses]}


def _clause_as_json(clause: Clause) -> dict[str, Any]:
    told: dict[str, Any] = {"allow": clause.allow}
    if clause.values is None:
        return told
    if clause.values.listed:
        told["values"] = list(clause.values.listed)
    if clause.values.low is not None or clause.values.high is not None:
        told["range"] = [clause.values.low, clause.values.high]
    if clause.values.pattern:
        told["pattern"] = clause.values.pattern.pattern
    return told
