# SPDX-License-Identifier: Apache-2.0
"""Shows what many servers with overrides at once cost in a large cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks import estimates, plots
from benchmarks.page import Section, table, template
from benchmarks.results import Results

CREATE: Final = "create"
LIST: Final = "GET /servers/detail"
WITH: Final = "with"
WITHOUT: Final = "without"
# By metric, in words.
_CREATES: Final = {
    "p50_ms": "`POST /servers`, p50, ms",
    "p95_ms": "`POST /servers`, p95, ms",
    "per_second": "accepted per second",
    "running_per_second": "running per second",
    "statements": "SQL statements for each",
    "rows": "rows in the databases for each",
}
_LISTS: Final = {"wall_ms": "list of all, ms"}


def text(results: Results) -> str:
    """Return figures with and without overrides, and their ratios."""
    rows = []
    for case, metrics in ((CREATE, _CREATES), (LIST, _LISTS)):
        for metric, words in metrics.items():
            with_ = results.of(case, WITH, metric)
            without = results.of(case, WITHOUT, metric)
            if not with_:
                continue
            ratio = estimates.ratio(with_, without)
            rows.append(
                [
                    words,
                    f"{estimates.median(with_):.1f}",
                    f"{estimates.median(without):.1f}",
                    f"{ratio:.2f}",
                    estimates.in_words(ratio),
                ]
            )
    listed = results.of(LIST, WITH, "servers") or [0]
    return template(__file__).format(
        servers=f"{listed[0]:,.0f}",
        batches=len(results.of(CREATE, WITH, "rows")),
        lists=len(results.of(LIST, WITH, "wall_ms")),
        figures=table(
            ["", "with", "without", "with / without", "shows"], rows
        ),
    )


def picture(results: Results, path: Path) -> None:
    """Draw how long a create takes while the cloud fills."""
    panels = {}
    for metric in ("p50_ms", "p95_ms"):
        lines = {}
        for kind in (WITH, WITHOUT):
            figures = results.of(CREATE, kind, metric)
            lines[f"{kind} overrides"] = [
                ((number + 1), estimates.median([figure]))
                for number, figure in enumerate(figures)
            ]
        panels[metric.partition("_")[0]] = lines
    plots.curves(
        path,
        panels,
        ("batch", "POST /servers, ms"),
        log_x=False,
        log_y=False,
    )


SECTION: Final = Section(
    title="A thousand servers with overrides of their own",
    text=text,
    picture=picture,
    alternative="Milliseconds of POST /servers, batch by batch, with overrides"
    " and without",
)
