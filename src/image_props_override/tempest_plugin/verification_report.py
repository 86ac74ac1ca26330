# SPDX-License-Identifier: Apache-2.0
"""The table that tells an operator which property was checked how."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from image_props_override.tempest_plugin.guest.checks import Seen

_HEADINGS: Final = ("PROPERTY", "CASE", "EXPECTED", "SEEN", "SEEN IN", "")
_WIDTHS: Final = (22, 21, 16, 16, 30, 0)


def add_check(
    path: Path,
    image_property: str,
    case: str,
    expected: str | None,
    seen: Seen,
) -> None:
    """Add a line to the table; tests that run side by side may.

    Args:
        path: The table's file. If there is none yet, it gets headings.
        image_property: What was checked.
        case: When: ``overridden``, ``removed``, ``after rebuild``, ...
        expected: The value to be; None for no such device or setting.
        seen: What the guest has.
    """
    cells = (
        image_property,
        case,
        _shown(expected),
        _shown(seen.value),
        seen.where,
        "ok" if seen.value == expected else "WRONG",
    )
    try:
        with path.open("x") as file:
            file.write(_line(_HEADINGS))
    except FileExistsError:
        pass
    # One write at the end of the file: lines of other tests stay whole.
    with path.open("a") as file:
        file.write(_line(cells))


def _shown(value: str | None) -> str:
    return "-" if value is None else value


def _line(cells: Sequence[str]) -> str:
    padded = (
        f"{_cut(cell, width):<{width}}"
        for cell, width in zip(cells, _WIDTHS, strict=True)
    )
    return "  ".join(padded).rstrip() + "\n"


def _cut(cell: str, width: int) -> str:
    """Return a cell that fits; the end of a value tells most."""
    return cell if not width or len(cell) <= width else f"~{cell[1 - width :]}"
