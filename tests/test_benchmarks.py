# SPDX-License-Identifier: Apache-2.0
"""The benchmarks' arithmetic, files and page; no figure is a test."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import estimates, page
from benchmarks.measuring import service_start
from benchmarks.results import (
    Results,
    Sample,
    about_this_run,
    file_of,
    in_random_order,
    measured,
)
from benchmarks.sections import CLOUDS, SECTIONS
from benchmarks.showing.service_start import Nova
from tests import PROJECT


def test_a_ratio_of_pairs() -> None:
    """Noise that falls on both of a pair is not in the interval."""
    noise = [1.0, 5.0, 2.0, 9.0, 3.0, 7.0, 4.0, 8.0, 6.0, 2.5]
    ratio = estimates.ratio([2 * each for each in noise], noise)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2, 2, 2))
    assert estimates.in_words(ratio) == "100 to 100 % more"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (estimates.Estimate(1.1, 0.9, 1.3, 30), "no difference shown"),
        (estimates.Estimate(1.1, 1.0, 1.2, 30), "no difference shown"),
        (estimates.Estimate(1.1, 1.05, 1.2, 30), "5 to 20 % more"),
        (estimates.Estimate(0.8, 0.7, 0.9, 30), "10 to 30 % less"),
        (estimates.Estimate(0.8, 0.7, 0.9, 9), "too few rounds to tell"),
    ],
)
def test_words_say_what_the_interval_shows(
    ratio: estimates.Estimate, words: str
) -> None:
    """Nothing, where it contains 1, or is of few rounds."""
    assert estimates.in_words(ratio) == words


def test_an_interval_holds_the_median() -> None:
    """It is within the figures, and each time the same."""
    figures = [float(number) for number in range(1, 30)]
    median = estimates.median(figures)
    assert median.value == 15
    assert 1 <= median.low < 15 < median.high <= 29
    assert estimates.median(figures) == median


def test_a_difference_of_pairs() -> None:
    """It is that of the medians."""
    added = estimates.difference([11.0, 12.0, 13.0], [1.0, 2.0, 3.0])
    assert (added.value, added.low, added.high) == (10, 10, 10)


@pytest.mark.parametrize(("power", "exponent"), [(0, 0), (1, 1), (2, 2)])
def test_growth(power: int, exponent: int) -> None:
    """A power law has its exponent."""
    sizes = [1, 10, 100]
    figures = [3.0 * size**power for size in sizes]
    assert estimates.growth(sizes, figures) == pytest.approx(exponent)


def test_rounds() -> None:
    """Each has all subjects; the first is for caches."""
    order = list(in_random_order(3, "abcdefgh"))
    assert Counter(number for number, _ in order) == dict.fromkeys(
        (-1, 0, 1, 2), 8
    )
    assert len(set(order)) == len(order)
    results = Results()
    for number, subject in order:
        results.add("case", subject, number, wall_ms=number)
    assert results.of("case", "a", "wall_ms") == [0, 1, 2]


def test_a_file_of_results(tmp_path: Path) -> None:
    """What is read is what was written, with where it comes from."""
    written = Results(
        about_this_run("core"),
        [
            Sample("1,000 servers", "ours", 0, 1.5, {"wall_ms": 1.25}),
            Sample("another", "stock", 0, 2.0, {"per_second": 3.0}),
        ],
    )
    assert {"date", "command", "machine"} <= written.about.keys()
    path = tmp_path / "folder" / "results.csv"
    written.write(path)
    assert Results.read(path) == written
    assert written.loads() == (1.5, 2.0)
    assert written.loads(["another"]) == (2.0, 2.0)


def test_a_run_that_is_interrupted() -> None:
    """The rounds that are whole count."""

    def measure(results: Results) -> None:
        for number, subject in in_random_order(3, "ab", warm_up=0):
            results.add("case", subject, number, wall_ms=1)
            if len(results.samples) == 5:
                raise KeyboardInterrupt

    results = measured("core", measure)
    assert [each.round for each in results.samples] == [0, 0, 1, 1]
    assert "interrupted" in results.about


def test_every_benchmark_is_run_and_shown() -> None:
    """Each has a module that measures."""
    assert sorted(CLOUDS) == sorted(SECTIONS)
    for name in CLOUDS:
        module = f"{name.replace('-', '_')}.py"
        assert (PROJECT / "benchmarks" / "measuring" / module).exists()


def test_the_page_is_that_of_the_results() -> None:
    """If not: ``python -m benchmarks --write-only``."""
    assert page.PAGE.read_text() == page.render(SECTIONS)


@pytest.mark.parametrize(
    "name", [name for name in SECTIONS if file_of(name).exists()]
)
def test_pictures_suit_light_and_dark_pages(name: str, tmp_path: Path) -> None:
    """They are small, have no background, and are drawn again alike."""
    pytest.importorskip("matplotlib")
    path = tmp_path / "picture.svg"
    SECTIONS[name].picture(Results.read(file_of(name)), path)
    kept = file_of(name).with_suffix(".svg")
    assert path.read_text() == kept.read_text()
    assert kept.stat().st_size < 60_000
    assert not {"#ffffff", "#000000"} & set(path.read_text().split('"'))
    assert ET.fromstring(kept.read_text()).tag.endswith("svg")


def test_the_core_is_measured() -> None:
    """No override of those that are timed is refused."""
    code = (
        "from benchmarks.measuring import core\n"
        "from benchmarks.results import Results\n"
        "results = Results()\n"
        "core.measure(results, rounds=1)\n"
        "print(len(results.samples))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "18\n", ran.stderr


@pytest.mark.parametrize(
    ("binary", "subject"),
    [
        ("nova-api", Nova.STOCK),
        ("nova-api", Nova.OURS),
        ("nova-conductor", Nova.OURS),
    ],
)
def test_what_a_process_imports(
    binary: str, subject: Nova, tmp_path: Path
) -> None:
    """A stock one nothing of ours; ours no more than it needs."""
    # Which it asserts by itself.
    figures = service_start.start(binary, subject, tmp_path)
    assert sorted(figures) == ["cpu_ms", "memory_mib"]
