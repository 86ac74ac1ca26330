# SPDX-License-Identifier: Apache-2.0
"""The table for operators says which property was checked how."""

from pathlib import Path

from image_props_override.tempest_plugin.guest.checks import Seen
from image_props_override.tempest_plugin.verification_report import add_check


def test_tells_what_was_expected_and_seen(tmp_path: Path) -> None:
    """Headings once, then a line for each check."""
    path = tmp_path / "report.txt"
    seen = Seen("q35", "guest: DMI pc-q35-7.2")
    add_check(path, "hw_machine_type", "overridden", "q35", seen)
    nothing = Seen(None, "guest: no PCI device")
    add_check(path, "hw_sound_model", "removed", None, nothing)
    add_check(path, "hw_sound_model", "overridden", "ich9", nothing)
    lines = [line.split("  ") for line in path.read_text().splitlines()]
    cells = [[cell.strip() for cell in line if cell] for line in lines]
    assert cells == [
        ["PROPERTY", "CASE", "EXPECTED", "SEEN", "SEEN IN"],
        [
            "hw_machine_type",
            "overridden",
            "q35",
            "q35",
            "guest: DMI pc-q35-7.2",
            "ok",
        ],
        ["hw_sound_model", "removed", "-", "-", "guest: no PCI device", "ok"],
        [
            "hw_sound_model",
            "overridden",
            "ich9",
            "-",
            "guest: no PCI device",
            "WRONG",
        ],
    ]


def test_keeps_the_end_of_what_is_too_long(tmp_path: Path) -> None:
    """Where command lines differ is mostly at their end."""
    path = tmp_path / "report.txt"
    long = f"{'x' * 300} owner=demo"
    add_check(path, "os_command_line", "boot", long, Seen(long, "guest"))
    assert "~" in path.read_text()
    assert path.read_text().count("xx owner=demo") == 2
    assert all(len(line) < 130 for line in path.read_text().splitlines())
