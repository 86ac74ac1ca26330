# SPDX-License-Identifier: Apache-2.0
"""Shows how long the sandbox takes to start, and what memory it has."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks import plots
from benchmarks.page import Section, table, template
from benchmarks.results import Results
from image_props_override.core.str_enum import StrEnum


class Start(StrEnum):
    """Which start of a cloud."""

    FIRST = "first start"
    SEEDED = "databases there"


_KINDS: Final = {
    "fake": "`VIRT=fake`",
    "guests": "real guests",
    "distributed": "`NOVA_PROCESSES=distributed`, `VIRT=fake`",
}


def text(results: Results) -> str:
    """Return the table."""
    rows = []
    for kind in results.cases():
        seconds = [
            f"{results.of(kind, start, 'wall_seconds')[0]:.0f}"
            for start in Start
        ]
        memory = results.of(kind, Start.SEEDED, "memory_mib")[0]
        low, high = results.loads([kind])
        rows.append(
            [
                _KINDS[kind],
                *seconds,
                f"{memory:.0f}",
                f"{low:.1f} to {high:.1f}",
            ]
        )
    return template(__file__).format(
        table=table(
            [
                "cloud",
                "first start, s",
                "later starts, s",
                "memory, MiB",
                "load average",
            ],
            rows,
        )
    )


def picture(results: Results, path: Path) -> None:
    """Draw the seconds."""
    plots.bars(
        path,
        {
            str(start): {
                kind: results.of(kind, start, "wall_seconds")[0]
                for kind in results.cases()
            }
            for start in Start
        },
        "seconds until all services answer",
    )


SECTION: Final = Section(
    title="The sandbox",
    text=text,
    picture=picture,
    alternative="Seconds until all services answer, by kind of cloud, at the "
    "first start and with databases there",
)
