# SPDX-License-Identifier: Apache-2.0
"""The table of docs/reference/lifecycle.md as a matrix to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_TABLE: Final = (
    Path(__file__).parents[2] / "docs" / "reference" / "lifecycle.md"
)

# A heading, and how the table's words for it begin.
_SOURCES: Final = {
    "metadata": ("system metadata",),
    "request": ("request specification",),
    "guest": ("the guest's description",),
    "image": ("Glance",),
    "snapshot": ("a snapshot", "the snapshot", "the backup"),
}
_NOTHING: Final = "nothing"
# What becomes of overrides.
_OUTCOMES: Final = {
    "kept": ("kept",),
    "as requested": (
        "replaced or dropped, as requested",
        "kept, replaced or dropped, as requested",
    ),
    "in the image": ("become the image's own",),
    "end": ("deleted", "ended"),
}
# The notes of the table that are about services.
_SERVICES: Final = ("1", "3")

_TOP: Final = """\
# The life cycle as a matrix

What each operation does to a server's overrides, and from where Nova reads
the image properties for it. [Life cycle](lifecycle.md) has the details and the
tests. This page is written by `python -m tools.reference` from that table.

| overrides | |
|---|---|
| **kept** | the server has the same overrides as before |
| **as requested** | the request can replace or drop them |
| **in the image** | the new image has them as properties of its own |
| **end** | they no longer exist |

| Nova reads | |
|---|---|
| **metadata** | the server's system metadata |
| **request** | the server's request specification |
| **guest** | the guest's description in libvirt |
| **image** | the image in Glance |
| **snapshot** | the snapshot or backup, created from system metadata |

A star (\\*) means that the operation needs
[two services](../operator/services.md) of this project to keep all overrides.
With Nova's own services, the API refuses it.

"""


class UnknownWordsError(Exception):
    """The table says something that the matrix has no column for."""


def text() -> str:
    """Return all of the page."""
    headings = ("operation", "overrides", *_SOURCES)
    centred = "|".join(":-:" for _ in headings[2:])
    return "\n".join(
        (
            f"{_TOP}| {' | '.join(headings)} |",
            f"|---|---|{centred}|",
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
        sources = set(_sources(read_from))
        cells = (
            operation,
            _column(_OUTCOMES, words) + (r" \*" if needs_services else ""),
            *("●" if source in sources else "" for source in _SOURCES),
        )
        yield f"| {' | '.join(cells)} |"


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
