# SPDX-License-Identifier: Apache-2.0
"""Shows how the core's work grows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks import estimates, plots
from benchmarks.page import Section, table, template
from benchmarks.results import Results
from image_props_override.core.str_enum import StrEnum


class Case(StrEnum):
    """What is timed, and what its sizes are."""

    OVERRIDES = "read, check and merge N overrides"
    NOVA = "Nova reads N image properties"
    RULES = "20 overrides against a file of N rules"
    ISOLATION = "20 overrides against what N aggregates isolate by"
    ISOLATION_READ = "make names of what N aggregates isolate by"
    PROTECTIONS = "20 overrides against N property protections"


_CURVES: Final = {
    Case.OVERRIDES: "overrides",
    Case.NOVA: "Nova's own reading",
    Case.RULES: "rules",
    Case.ISOLATION: "aggregates",
    Case.PROTECTIONS: "protections",
}


def _sizes(results: Results, case: str) -> list[int]:
    return sorted(map(int, results.subjects(case)))


def _growth(results: Results, case: str) -> float:
    sizes = _sizes(results, case)
    medians = [
        estimates.median(results.of(case, str(size), "cpu_ms")).value
        for size in sizes
    ]
    return estimates.growth(sizes, medians)


def text(results: Results) -> str:
    """Return the table, and what it says of growth."""
    rows = []
    for case in results.cases():
        sizes = _sizes(results, case)
        cells = (
            f"{size}: "
            f"{estimates.median(results.of(case, str(size), 'cpu_ms')):.3f}"
            for size in sizes
        )
        rows.append([case, *cells, f"{_growth(results, case):.2f}"])
    rows.sort(key=lambda row: [*Case].index(Case(row[0])))
    steepest = max(_growth(results, case) for case in results.cases())
    all_ours = results.of(Case.OVERRIDES, "86", "cpu_ms")
    quotient = estimates.ratio(all_ours, results.of(Case.NOVA, "86", "cpu_ms"))
    return template(__file__).format(
        rounds=len(all_ours),
        table=table(
            ["what", "N: ms", "N: ms", "N: ms", "exponent of growth"], rows
        ),
        linear="None is above linear."
        if steepest < 1.05
        else f"The steepest is {steepest:.2f}.",
        all=f"{estimates.median(all_ours).value:.1f} ms",
        quotient=quotient.value,
    )


def picture(results: Results, path: Path) -> None:
    """Draw the curves."""
    lines = {
        label: [
            (size, estimates.median(results.of(case, str(size), "cpu_ms")))
            for size in _sizes(results, case)
        ]
        for case, label in _CURVES.items()
    }
    plots.curves(path, {"": lines}, ("N", "ms of the processor"))


SECTION: Final = Section(
    title="The core",
    text=text,
    picture=picture,
    alternative="Milliseconds of the processor over the number of overrides, "
    "rules, aggregates and protections",
)
