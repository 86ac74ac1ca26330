# SPDX-License-Identifier: Apache-2.0
"""Renders the demo's table for a terminal of 100 columns."""

import itertools
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from sandbox.demo.comparison import Row, shown

# A value column takes ``console=ttyS0``, the longest word there is.
_HEADINGS: Final = (
    ("", 12),
    ("IMAGE", 13),
    ("OVERRIDE", 13),
    ("NOVA RECORDED", 13),
    ("GUEST HAS", 13),
    ("SEEN IN", 24),
)
_WIDTHS: Final = tuple(width for _, width in _HEADINGS)


def render(rows: Iterable[Row]) -> str:
    """Return the table, a property's rows under its name."""
    ruler = ["-" * width for width in _WIDTHS]
    lines = [*_line([heading for heading, _ in _HEADINGS]), *_line(ruler)]
    for name, group in itertools.groupby(rows, lambda row: row.image_property):
        lines.append(name)
        for row in group:
            lines += _line(_cells(row))
            lines += [f"  !! {problem}" for problem in row.problems]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    guest = (
        ("not verified", "fake driver, no guest")
        if row.seen is None
        else (shown(row.seen.value), row.seen.where)
    )
    values = (row.image, row.override, row.recorded)
    return [f"  {row.server}", *map(shown, values), *guest]


def _line(cells: Sequence[str]) -> list[str]:
    """Return a row of cells, each wrapped to its column."""
    wrapped = [
        [cell]
        if len(cell) <= width
        else textwrap.wrap(cell, width, break_on_hyphens=False)
        for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    return [
        "  ".join(
            part.ljust(width)
            for part, width in zip(parts, _WIDTHS, strict=True)
        ).rstrip()
        for parts in itertools.zip_longest(*wrapped, fillvalue="")
    ]
