# SPDX-License-Identifier: Apache-2.0
"""Shows how many servers nova-api creates with many clients at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks import estimates, plots
from benchmarks.page import Section, table, template
from benchmarks.results import Results
from benchmarks.showing.request import COMPARED, Subject

_SUBJECTS: Final = (
    Subject.STOCK_PLAIN,
    Subject.OURS_NONE,
    Subject.STOCK_20,
    Subject.OURS_20,
)


def _clients(results: Results) -> list[str]:
    return sorted(results.cases(), key=int)


def text(results: Results) -> str:
    """Return rates, and how they compare."""
    rates = []
    for count in _clients(results):
        low, high = results.loads([count])
        figures = (
            f"{estimates.median(results.of(count, each, 'per_second')):.1f}"
            for each in _SUBJECTS
        )
        rates.append([count, *figures, f"{low:.1f} to {high:.1f}"])
    compared = []
    for count in _clients(results):
        for subject in (Subject.OURS_NONE, Subject.OURS_20):
            other = COMPARED[subject]
            row = [count, f"{subject} / {other}"]
            for metric in ("per_second", "cpu_ms"):
                ratio = estimates.ratio(
                    results.of(count, subject, metric),
                    results.of(count, other, metric),
                )
                row += [f"{ratio:.2f}", estimates.in_words(ratio)]
            compared.append(row)
    rounds = len(results.of(_clients(results)[0], _SUBJECTS[0], "cpu_ms"))
    return template(__file__).format(
        rounds=rounds,
        rates=table(["clients", *_SUBJECTS, "load average"], rates),
        compared=table(
            [
                "clients",
                "compared",
                "servers per second",
                "shows",
                "processor for each",
                "shows",
            ],
            compared,
        ),
    )


def picture(results: Results, path: Path) -> None:
    """Draw rates over the number of clients."""
    lines = {
        str(subject): [
            (
                int(count),
                estimates.median(results.of(count, subject, "per_second")),
            )
            for count in _clients(results)
        ]
        for subject in _SUBJECTS
    }
    plots.curves(
        path, {"": lines}, ("clients", "servers per second"), log_y=False
    )


SECTION: Final = Section(
    title="Creating servers under load",
    text=text,
    picture=picture,
    alternative="Servers per second over the number of clients, with stock "
    "Nova and with the extension",
)
