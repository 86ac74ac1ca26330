# SPDX-License-Identifier: Apache-2.0
"""The report for an operator: how each property was checked."""

from __future__ import annotations

import datetime
import fcntl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEADINGS: Final = (
    "TIME (UTC)",
    "SERVER",
    "PROPERTY",
    "CASE",
    "EXPECTED",
    "SEEN",
    "SEEN IN",
    "RESULT",
)
# As Git does, a server is named by the beginning of its id. The last column
# is as wide as need be.
_WIDTHS: Final = (19, 8, 22, 21, 16, 16, 30, None)


@dataclass(frozen=True)
class Line:
    """The row of one check, or of one that could not be made.

    Attributes:
        image_property: What was to be checked.
        case: When: ``overridden``, ``removed``, ``after rebuild``, ...
        result: ``ok``, ``WRONG``, or ``not checked:`` and why.
        expected: The value to be; None for no such device or setting.
        seen: What the guest has.
        where: Where that was seen.
        server_id: The guest's.
    """

    image_property: str
    case: str
    result: str
    expected: str | None = None
    seen: str | None = None
    where: str = ""
    server_id: str = ""


def add_line(path: Path, line: Line) -> None:
    """Add a line to the table; tests that run side by side may.

    Args:
        path: The table's file, to which each run adds. If there is none
            yet, it gets headings.
        line: The line.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    cells = (
        f"{now:%Y-%m-%d %H:%M:%S}",
        line.server_id[:8] or "-",
        line.image_property,
        line.case,
        _shown(line.expected),
        _shown(line.seen),
        line.where or "-",
        line.result,
    )
    with path.open("a") as file:
        # Until the file is closed: whoever comes first writes headings.
        fcntl.flock(file, fcntl.LOCK_EX)
        if not path.stat().st_size:
            file.write(_text(_HEADINGS))
        file.write(_text(cells))


def _shown(value: str | None) -> str:
    return "-" if value is None else value


def _text(cells: Sequence[str]) -> str:
    padded = (_cut(cell, width) for cell, width in zip(cells, _WIDTHS))
    return "  ".join(padded).rstrip() + "\n"


def _cut(cell: str, width: int | None) -> str:
    """Return a cell that fits; the end of a value says most."""
    if width is None:
        return cell
    return (
        f"{cell:<{width}}" if len(cell) <= width else f"~{cell[1 - width :]}"
    )
