# SPDX-License-Identifier: Apache-2.0
"""Shows what requests cost nova-api, ours beside stock Nova's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks import estimates, plots
from benchmarks.estimates import Estimate
from benchmarks.page import Section, table, template
from benchmarks.properties import ALL
from benchmarks.results import Results
from image_props_override.core.str_enum import StrEnum


class Case(StrEnum):
    """What is sent."""

    CREATE = "POST /servers"
    REBUILD = "rebuild"
    PREVIEW = "preview of 20 overrides"
    CATALOGUE = "GET the catalogue"
    RENAME = "PUT, a new name"
    CHANGE = "PUT, 20 overrides of a stopped server"
    SHOW = "GET a server"
    LIST_1000 = "GET /servers, 1,000"
    DETAIL_100 = "GET /servers/detail, 100"
    DETAIL_1000 = "GET /servers/detail, 1,000"


class Subject(StrEnum):
    """Which nova-api, and what the server has."""

    STOCK_PLAIN = "stock, plain image"
    STOCK_1 = "stock, image with 1"
    STOCK_20 = "stock, image with 20"
    STOCK_ALL = "stock, image with all"
    OURS_NONE = "ours, plain image"
    OURS_IMAGE_20 = "ours, image with 20"
    OURS_1 = "ours, 1 override"
    OURS_20 = "ours, 20 overrides"
    OURS_ALL = "ours, all overrides"

    @property
    def host(self) -> str:
        """``stock`` or ``ours``."""
        return self.value.partition(",")[0]


# For each of the two places that a host of nova-api can have.
ROUNDS: Final[Mapping[Case, int]] = {
    Case.REBUILD: 3,
    Case.CREATE: 40,
    Case.PREVIEW: 30,
    Case.CATALOGUE: 30,
    Case.RENAME: 30,
    Case.CHANGE: 30,
    Case.SHOW: 30,
    Case.DETAIL_100: 6,
    Case.LIST_1000: 4,
    Case.DETAIL_1000: 2,
}
# What each is held against: as much, without the extension.
COMPARED: Final = {
    Subject.OURS_NONE: Subject.STOCK_PLAIN,
    Subject.OURS_IMAGE_20: Subject.STOCK_20,
    Subject.OURS_1: Subject.STOCK_1,
    Subject.OURS_20: Subject.STOCK_20,
    Subject.OURS_ALL: Subject.STOCK_ALL,
}


def _ratio(
    results: Results, case: str, subject: Subject, metric: str
) -> Estimate:
    return estimates.ratio(
        results.of(case, subject, metric),
        results.of(case, COMPARED[subject], metric),
    )


def _pairs(results: Results) -> list[tuple[Case, Subject]]:
    """Return what can be compared, in the order of the page."""
    return [
        (case, subject)
        for case in Case
        if case in results.cases()
        for subject, other in COMPARED.items()
        if {subject, other} <= {*results.subjects(case)}
    ]


def _ratio_rows(results: Results) -> list[list[str]]:
    rows = []
    for case, subject in _pairs(results):
        wall = _ratio(results, case, subject, "wall_ms")
        cpu = _ratio(results, case, subject, "cpu_ms")
        rows.append(
            [
                case,
                f"{subject} / {COMPARED[subject]}",
                f"{cpu:.3f}",
                estimates.in_words(cpu),
                f"{wall:.2f}",
                estimates.in_words(wall),
            ]
        )
    return rows


def _figure_rows(results: Results) -> list[list[str]]:
    rows = []
    for case in Case:
        for subject in Subject:
            wall = results.of(case, subject, "wall_ms")
            if not wall:
                continue
            low, high = results.loads([case])
            cpu = estimates.median(results.of(case, subject, "cpu_ms"))
            statements = results.of(case, subject, "statements")
            rows.append(
                [
                    case,
                    subject,
                    str(len(wall)),
                    *(
                        f"{estimates.percentile(wall, percent):.0f}"
                        for percent in (50, 95, 99)
                    ),
                    f"{cpu:.1f}",
                    f"{estimates.percentile(statements, 50):.0f}"
                    if statements
                    else "-",
                    f"{low:.1f} to {high:.1f}",
                ]
            )
    return rows


def _aim(words: str, ratio: Estimate, most: float) -> str:
    """Return whether an aim is reached, as far as the interval shows."""
    if ratio.is_of_few_rounds:
        verdict = "too few rounds to tell"
    elif ratio.high <= most:
        verdict = "reached"
    elif ratio.low > most:
        verdict = "missed"
    else:
        verdict = "not decided by these rounds"
    return f"- {words}: {ratio:.3f}, {verdict}."


def _findings(results: Results) -> str:
    lines = []
    if Case.CREATE in results.cases():
        none = _ratio(results, Case.CREATE, Subject.OURS_NONE, "cpu_ms")
        twenty = _ratio(results, Case.CREATE, Subject.OURS_20, "cpu_ms")
        lines += [
            "Aims, by time of the processor:",
            "",
            "- `POST /servers` without overrides, no difference: "
            f"{none:.3f}, {estimates.in_words(none)}.",
            _aim("`POST /servers` with 20, at most 1.02", twenty, 1.02),
        ]
    for case in (Case.DETAIL_100, Case.DETAIL_1000):
        if case in results.cases():
            ratio = _ratio(results, case, Subject.OURS_20, "cpu_ms")
            lines.append(_aim(f"`{case}`, at most 1.10", ratio, 1.10))
    if Case.PREVIEW in results.cases():
        preview = estimates.median(
            results.of(Case.PREVIEW, Subject.OURS_20, "cpu_ms")
        )
        create = estimates.median(
            results.of(Case.CREATE, Subject.OURS_20, "cpu_ms")
        )
        lines += [
            "",
            f"A preview of 20 overrides takes {preview:.1f} ms of the "
            f"processor, the create that it stands for {create:.1f}.",
        ]
    return "\n".join(lines)


def _interrupted(results: Results) -> str:
    """Return what an interrupted run lacks, as a paragraph, or nothing."""
    if "interrupted" not in results.about:
        return ""
    lacking = [
        case
        for case, rounds in ROUNDS.items()
        if not any(
            len(results.of(case, subject, "cpu_ms")) > rounds
            for subject in results.subjects(case)
        )
    ]
    return (
        "This run was ended before it was complete. In these, the two hosts "
        "have not changed places, so a difference may be one of hosts: "
        f"{', '.join(lacking) or 'none'}.\n\n"
    )


def text(results: Results) -> str:
    """Return what differs, and all figures."""
    return template(__file__).format(
        all=len(ALL),
        interrupted=_interrupted(results),
        ratios=table(
            [
                "request",
                "compared",
                "processor",
                "shows",
                "wall clock",
                "shows",
            ],
            _ratio_rows(results),
        ),
        findings=_findings(results),
        figures=table(
            [
                "request",
                "of",
                "rounds",
                "p50",
                "p95",
                "p99",
                "processor, median",
                "statements",
                "load average",
            ],
            _figure_rows(results),
        ),
    )


def picture(results: Results, path: Path) -> None:
    """Draw the ratios of the processor's time."""
    rows = [
        (
            f"{case}: {subject.partition(', ')[2]}",
            _ratio(results, case, subject, "cpu_ms"),
        )
        for case, subject in _pairs(results)
    ]
    plots.dots(path, rows, "processor's time of nova-api, ours / stock's")


SECTION: Final = Section(
    title="Requests to nova-api",
    text=text,
    picture=picture,
    alternative="Ratio of the processor's time of nova-api with the extension "
    "to stock Nova's, by request",
)
