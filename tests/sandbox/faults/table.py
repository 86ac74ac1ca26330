# SPDX-License-Identifier: Apache-2.0
"""The page of faults: what was seen, by fault and operation."""

import datetime
import fcntl
import json
from pathlib import Path
from typing import Final

from tests import PROJECT
from tests.sandbox.faults.case import Outcome
from tests.sandbox.faults.injections import all_faults
from tests.sandbox.faults.operations import OPERATIONS

PAGE: Final = PROJECT / "docs" / "evidence" / "faults.md"
_ABOUT: Final = Path(__file__).with_name("about.md")
_COLUMNS: Final = (
    "fault",
    "operation",
    "answer with overrides",
    "without",
    "state with overrides",
    "without",
    "next operation",
)


class Table:
    """Rows as they come, beside those of earlier runs."""

    def __init__(self, page: Path = PAGE) -> None:
        """Go on with the table that is there.

        Args:
            page: The page; its rows are kept in a JSON file of that name.
        """
        self._page = page
        self._rows = page.with_suffix(".json")

    def add(
        self, fault: str, operation: str, with_: Outcome, without: Outcome
    ) -> None:
        """Add a row, and write the page."""
        self._add(
            fault,
            operation,
            (
                answer_in_words(with_),
                answer_in_words(without),
                f"{with_.state}, {_overrides_in_words(with_)}",
                without.state,
                with_.next_operation,
            ),
        )

    def skip(self, fault: str, operation: str, why: str) -> None:
        """Add a row of what cannot happen."""
        self._add(fault, operation, (why, "", "", "", ""))

    def _add(self, fault: str, operation: str, cells: tuple[str, ...]) -> None:
        # Several clouds may share the work.
        with self._rows.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            rows = json.loads(file.read() or "{}")
            rows.setdefault(fault, {})[operation] = cells
            file.truncate(0)
            json.dump(rows, file, indent=1)
            file.write("\n")
            file.flush()
            self._page.write_text(_page(rows))


def _page(rows: dict[str, dict[str, list[str]]]) -> str:
    now = datetime.datetime.now(datetime.UTC)
    lines = [
        _ABOUT.read_text().format(date=f"{now:%Y-%m-%d}"),
        "| " + " | ".join(_COLUMNS) + " |",
        "|---" * len(_COLUMNS) + "|",
    ]
    for fault in all_faults():
        for operation in OPERATIONS:
            cells = rows.get(fault.name, {}).get(operation.name)
            if cells is not None:
                row = [fault.name, operation.name, *cells]
                lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def answer_in_words(outcome: Outcome) -> str:
    """Return status code, and whether it came after the fault."""
    code = str(outcome.answer) if outcome.answer else "connection cut"
    return f"{code}, after the fault" if outcome.late else code


def _overrides_in_words(outcome: Outcome) -> str:
    shown = outcome.shown or {}
    words = [f"`{name}={value}`" for name, value in shown.items()]
    return ", ".join(words) or "no overrides"
