# SPDX-License-Identifier: Apache-2.0
"""The table for operators says which property was checked how."""

import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from image_props_override.tempest_plugin.verification_report import (
    Line,
    add_line,
)

SERVER_ID = "9168b536-cd40-4630-b43f-b259807c6e87"
CHECKED = Line(
    "hw_machine_type",
    "overridden",
    "ok",
    "q35",
    "q35",
    "guest: DMI pc-q35-7.2",
    SERVER_ID,
)


def cells_of(path: Path) -> list[list[str]]:
    """Return the table's cells, row by row."""
    return [re.split("  +", line) for line in path.read_text().splitlines()]


def test_tells_what_was_expected_and_seen(tmp_path: Path) -> None:
    """Headings once, then a line for each check, or for none and why."""
    path = tmp_path / "report.txt"
    add_line(path, CHECKED)
    why = "not checked: rule 1 of nova.conf [image_props_override] deny"
    add_line(path, Line("hw_pmu", "overridden", why))
    headings, checked, omitted = cells_of(path)
    assert headings == [
        *("TIME (UTC)", "SERVER", "PROPERTY", "CASE"),
        *("EXPECTED", "SEEN", "SEEN IN", "RESULT"),
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", checked[0])
    assert checked[1:] == [
        *("9168b536", "hw_machine_type", "overridden", "q35", "q35"),
        *("guest: DMI pc-q35-7.2", "ok"),
    ]
    assert omitted[1:] == ["-", "hw_pmu", "overridden", "-", "-", "-", why]


def test_each_run_adds_to_the_table(tmp_path: Path) -> None:
    """What an earlier run told stays, without headings in between."""
    path = tmp_path / "report.txt"
    path.write_text("an earlier run\n")
    add_line(path, CHECKED)
    assert cells_of(path)[0][0] == "an earlier run"
    assert len(cells_of(path)) == 2


def test_lines_of_tests_side_by_side_stay_whole(tmp_path: Path) -> None:
    """And the headings come first, whoever is first."""
    path = tmp_path / "report.txt"
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(add_line, [path] * 50, [CHECKED] * 50))
    headings, *rows = cells_of(path)
    assert headings[0] == "TIME (UTC)"
    assert [row[1:] for row in rows] == [rows[0][1:]] * 50


def test_keeps_the_end_of_what_is_too_long(tmp_path: Path) -> None:
    """Where command lines differ is mostly at their end."""
    path = tmp_path / "report.txt"
    long = f"{'x' * 300} owner=demo"
    add_line(path, Line("os_command_line", "boot", "ok", long, long))
    assert path.read_text().count("~xxxx owner=demo") == 2
    assert all(len(line) < 160 for line in path.read_text().splitlines())
