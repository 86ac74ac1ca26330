# SPDX-License-Identifier: Apache-2.0
"""The table of docs/reference/lifecycle.md as a matrix to look at."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

_TABLE: Final = (
    Path(__file__).parents[2] / "docs" / "reference" / "lifecycle.md"
)

# A heading, and how the table's words for it begin.
_SOURCES: Final = {
    "system metadata": ("system metadata",),
    "request specification": ("request specification",),
    "guest in libvirt": ("the guest's description",),
    "image in Glance": ("Glance",),
    "snapshot": ("a snapshot", "the snapshot", "the backup"),
}
_NOTHING: Final = "nothing"
# What becomes of overrides, the most frequent first.
_OUTCOMES: Final = {
    "kept": ("kept",),
    "as requested": (
        "replaced or dropped, as requested",
        "kept, replaced or dropped, as requested",
    ),
    "in the new image": ("become the image's own",),
    "end": ("deleted", "ended"),
}
# The notes of the table that are about services.
_SERVICES: Final = ("1", "3")

_TOP: Final = """\
# The life cycle as a matrix

What each operation does to a server's overrides, and from where Nova reads
the image properties for it. [Life cycle](lifecycle.md) has the details and the
tests. This page is written by `python -m tools.reference` from that table.

- **kept**: the server has the same overrides as before.
- **as requested**: the request can replace or drop them.
- **in the new image**: a server that boots from the image has the values as
  properties of the image, and no overrides.
- **end**: the overrides no longer exist.
- **services**: needs [two services](../operator/services.md) of this project
  to keep all overrides. With Nova's own, the API refuses the operation.

"""


class UnknownWordsError(Exception):
    """The table says something that the matrix has no column for."""


def text() -> str:
    """Return all of the page."""
    headings = ("operation", *_OUTCOMES, *_SOURCES, "services")
    centred = "|".join(":-:" for _ in headings[1:])
    return "\n".join(
        (
            f"{_TOP}| {' | '.join(headings)} |",
            f"|---|{centred}|",
            *_rows(),
            "",
        )
    )


def _rows() -> Iterator[str]:
    table = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \|$",
        _TABLE.read_text(),
        re.MULTILINE,
    )
    for operation, read_from, outcome in table[1:]:
        words, _, notes = outcome.partition(" (")
        needs_services = set(re.findall(r"\d", notes)) & set(_SERVICES)
        marks = (
            *_marks(_OUTCOMES, {_column(_OUTCOMES, words)}),
            *_marks(_SOURCES, set(_sources(read_from))),
            "●" if needs_services else "",
        )
        yield f"| {operation} | {' | '.join(marks)} |"


def _sources(read_from: str) -> Iterator[str]:
    for part in read_from.split("; "):
        # What libvirt's driver adds was not kept anywhere.
        if not part.startswith((_NOTHING, "libvirt's driver adds")):
            yield _column(_SOURCES, part)


def _column(columns: Mapping[str, tuple[str, ...]], words: str) -> str:
    """Return the column of the table's words, by their longest beginning."""
    found = [
        (len(begin), column)
        for column, begins in columns.items()
        for begin in begins
        if words.startswith(begin)
    ]
    if not found:
        raise UnknownWordsError(words)
    return max(found)[1]


def _marks(columns: Iterable[str], marked: Container[str]) -> Iterator[str]:
    return ("●" if column in marked else "" for column in columns)
