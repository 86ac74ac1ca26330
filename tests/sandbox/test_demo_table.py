# SPDX-License-Identifier: Apache-2.0
"""The demo's table is readable on a terminal of 100 columns."""

import dataclasses

import pytest

from image_props_override.tempest_plugin.guest.checks import Seen
from sandbox.demo.comparison import Row
from sandbox.demo.table import render

ROW = Row(
    image_property="hw_watchdog_action",
    server="overridden",
    image=None,
    override="poweroff",
    recorded="poweroff",
    seen=Seen("poweroff", "domain: watchdog action"),
    problems=(),
)


def test_a_row_shows_every_value() -> None:
    """A value that is not there shows as a dash."""
    assert render([ROW]).splitlines()[2:] == [
        "hw_watchdog_action",
        "  overridden  -              poweroff       poweroff"
        "       poweroff       domain: watchdog action",
    ]


def test_rows_of_one_property_stand_under_its_name() -> None:
    """The servers' values can be compared at a glance."""
    plain = dataclasses.replace(ROW, server="plain")
    lines = render([plain, ROW]).splitlines()[2:]
    assert [line.split()[0] for line in lines] == [
        "hw_watchdog_action",
        "plain",
        "overridden",
    ]


def test_long_values_wrap_at_words() -> None:
    """A kernel command line stays readable."""
    line = "console=ttyS0 quiet owner=demo"
    row = dataclasses.replace(
        ROW, image=line, override=line, seen=Seen(line, "guest: /proc/cmdline")
    )
    lines = render([row]).splitlines()
    assert max(map(len, lines)) <= 100
    assert [text.split()[0] for text in lines[4:]] == ["quiet", "owner=demo"]


def test_a_problem_stands_under_its_row() -> None:
    """The reader sees at once which line is wrong."""
    row = dataclasses.replace(ROW, problems=("it is off",))
    assert render([row]).splitlines()[-1] == "  !! it is off"


@pytest.mark.parametrize("words", ["not verified", "fake driver, no guest"])
def test_a_cell_without_guest_says_so(words: str) -> None:
    """Nothing looks verified that is not."""
    assert words in render([dataclasses.replace(ROW, seen=None)])
