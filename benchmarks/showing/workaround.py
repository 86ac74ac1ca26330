# SPDX-License-Identifier: Apache-2.0
"""Shows what variants of an image cost: uploaded, and overridden."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks import plots
from benchmarks.estimates import Estimate
from benchmarks.page import Section, table, template
from benchmarks.results import Results
from image_props_override.core.str_enum import StrEnum


class Way(StrEnum):
    """How a user gets variants."""

    UPLOADS = "an upload for each"
    OVERRIDES = "overrides"

    def of(self, count: int) -> str:
        """Return the name of the subject: with a number of variants."""
        return f"{count:02d} variants, {self}"


def _counts(results: Results, case: str) -> list[int]:
    return sorted({int(each[:2]) for each in results.subjects(case)})


def _figure(
    results: Results, case: str, count: int, way: Way, metric: str
) -> float:
    (figure,) = results.of(case, way.of(count), metric)
    return figure


def _rows(results: Results) -> list[list[str]]:
    rows = []
    for case in sorted(results.cases(), key=_size):
        for count in _counts(results, case):
            row = [case, str(count)]
            for metric, scale, digits in (
                ("wall_seconds", 1, 1),
                ("store_bytes", 2**20, 0),
                ("cache_bytes", 2**20, 0),
                ("requests", 1, 0),
            ):
                figures = (
                    _figure(results, case, count, way, metric) / scale
                    for way in Way
                )
                row += [f"{figure:,.{digits}f}" for figure in figures]
            low, high = _loads(results, case, count)
            rows.append([*row, f"{low:.1f}, {high:.1f}"])
    return rows


def _size(case: str) -> int:
    return int(case.split()[0])


def _loads(results: Results, case: str, count: int) -> list[float]:
    return [
        each.load
        for way in Way
        for each in results.samples
        if (each.case, each.subject) == (case, way.of(count))
    ]


def text(results: Results) -> str:
    """Return the table, and the extremes."""
    quotients = {
        (case, count): _figure(
            results, case, count, Way.UPLOADS, "wall_seconds"
        )
        / _figure(results, case, count, Way.OVERRIDES, "wall_seconds")
        for case in results.cases()
        for count in _counts(results, case)
    }
    quicker = [each for each in quotients.values() if each > 1]
    columns = [
        f"{what}, {way}"
        for what in ("seconds", "MiB in store", "MiB in cache", "requests")
        for way in ("uploads", "overrides")
    ]
    return template(__file__).format(
        table=table(
            ["image", "variants", *columns, "load average"], _rows(results)
        ),
        quicker=len(quicker),
        rows=len(quotients),
        least=f"{min(quotients.values()):.1f}",
        most=f"{max(quotients.values()):.1f}",
    )


def picture(results: Results, path: Path) -> None:
    """Draw seconds over the number of variants, a panel for each size."""
    panels = {}
    for case in sorted(results.cases(), key=_size):
        panels[case] = {
            str(way): [
                (count, Estimate(seconds, seconds, seconds, 1))
                for count in _counts(results, case)
                for seconds in [
                    _figure(results, case, count, way, "wall_seconds")
                ]
            ]
            for way in Way
        }
    plots.curves(
        path, panels, ("variants", "seconds until all are ACTIVE"), log_y=False
    )


SECTION: Final = Section(
    title="Variants of an image",
    text=text,
    picture=picture,
    alternative="Seconds until all servers are ACTIVE, over the number of "
    "variants: an upload for each, and overrides, by size of the image",
)
