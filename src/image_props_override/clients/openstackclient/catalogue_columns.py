# SPDX-License-Identifier: Apache-2.0
"""The columns of ``openstack image property override list``.

A table shows those that fit a terminal, their values shortened or wrapped;
programs get all columns, and whole values.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cliff.columns import FormattableColumn
from osc_lib.cli import format_columns

from image_props_override.clients.openstackclient.values_in_words import (
    allowed_values,
    in_words,
    shortened,
)

if TYPE_CHECKING:
    _Column = FormattableColumn[Any]
else:
    # Older releases of cliff have no type parameter there.
    _Column = FormattableColumn

SHORT = ("Name", "Allowed Values")
LONG = ("Name", "Description", "Allowed Values", "Rule")

_SHORT_TABLE, _LONG_TABLE = 80, 120
_RULE = 18


@dataclass(frozen=True)
class Room:
    """How many characters the cells of a table have.

    Attributes:
        values: The allowed values.
        description: The description.
        has_all_values: Whether values are wrapped rather than shortened.
    """

    values: int
    description: int
    has_all_values: bool

    @classmethod
    def beside(
        cls, names: Iterable[str], *, is_long: bool, has_all_values: bool
    ) -> Room:
        """Return the room that a table's names leave.

        Args:
            names: All that the table shows.
            is_long: Whether it is to have many columns.
            has_all_values: Whether it shows all values.
        """
        longest = max(map(len, names))
        # Each column has a bar and two blanks, and there is one more bar.
        if not is_long:
            rest = _SHORT_TABLE - longest - 3 * len(SHORT) - 1
            return cls(rest, 0, has_all_values)
        rest = _LONG_TABLE - longest - _RULE - 3 * len(LONG) - 1
        return cls(rest - rest // 2, rest // 2, has_all_values)


def columns_of(told: Mapping[str, Any], room: Room) -> dict[str, Any]:
    """Return all columns of one property, by their headers.

    Args:
        told: The property, of the cloud's catalogue.
        room: What a table has for them.
    """
    return {
        "Name": told["name"],
        "Description": DescriptionColumn(told["description"], room),
        "Type": told["kind"],
        "Allowed Values": AllowedValuesColumn(told, room),
        "Allowed": told["allowed"],
        "Removal Allowed": told.get("removal_allowed"),
        "Rule": RuleColumn(told),
        "Class": told["class"],
        "Takes Effect": told.get("takes_effect"),
        "Legal Values": format_columns.ListColumn(told["legal_values"]),
        "Minimum": told["minimum"],
        "Maximum": told["maximum"],
        "Unsupported Values": told.get("unsupported_values"),
        "Legacy Names": format_columns.ListColumn(told["legacy_aliases"]),
    }


class _ColumnInRoom(_Column):
    """A column that knows how wide it may be."""

    def __init__(self, value: Any, room: Room) -> None:
        super().__init__(value)
        self._room = room


class AllowedValuesColumn(_ColumnInRoom):
    """What this user may set a property to."""

    def human_readable(self) -> str:
        """Return a line; or, on several lines, all values or why none."""
        parts = in_words(self._value)
        if not self._room.has_all_values:
            return shortened(parts, self._room.values)
        if not self._value["allowed"]:
            parts = (f"none: {self._value['rule']}",)
        return textwrap.fill(", ".join(parts), self._room.values)

    def machine_readable(self) -> Mapping[str, Any]:
        """Return it as the API has it."""
        return allowed_values(self._value)


class DescriptionColumn(_ColumnInRoom):
    """What a property is."""

    def human_readable(self) -> str:
        """Return the lines."""
        return textwrap.fill(self._value, self._room.description or 70)


class RuleColumn(_Column):
    """The rule that lets the user override a property, or not."""

    def human_readable(self) -> str:
        """Return it without where it stands."""
        if self._value.get("no_effect"):
            return "no effect"
        rule = re.sub(r" \(rule [0-9]+ of .*\)$", "", self._value["rule"])
        return textwrap.fill(rule, _RULE)

    def machine_readable(self) -> str:
        """Return it as the API has it."""
        return str(self._value["rule"])
