# SPDX-License-Identifier: Apache-2.0
"""Shows what overriding adds to processes of Nova and of its users."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks import estimates, plots
from benchmarks.estimates import Estimate
from benchmarks.page import Section, table, template
from benchmarks.results import Results
from image_props_override.core.str_enum import StrEnum

COMMAND: Final = "openstack server create"


class Nova(StrEnum):
    """Whose process it is."""

    STOCK = "stock"
    OURS = "ours"


class Client(StrEnum):
    """What the command has, and is given."""

    WITHOUT = "without the client support"
    WITH = "with it, no override"
    OVERRIDE = "with it, one override"

    @property
    def options(self) -> tuple[str, ...]:
        """Of the command line."""
        if self is Client.OVERRIDE:
            return ("--image-prop-override", "hw_machine_type=q35")
        return ()


def _added(results: Results, binary: str, metric: str) -> Estimate:
    return estimates.difference(
        results.of(binary, Nova.OURS, metric),
        results.of(binary, Nova.STOCK, metric),
    )


def _binaries(results: Results) -> list[str]:
    return [case for case in results.cases() if case != COMMAND]


def _client_rows(results: Results) -> list[list[str]]:
    rows = []
    for client in Client:
        row = [str(client)]
        for metric in ("wall_ms", "cpu_ms"):
            figures = results.of(COMMAND, client, metric)
            without = results.of(COMMAND, Client.WITHOUT, metric)
            row += [
                f"{estimates.median(figures):.0f}",
                "-"
                if client is Client.WITHOUT
                else f"{estimates.difference(figures, without):+.0f}",
            ]
        rows.append(row)
    return rows


def text(results: Results) -> str:
    """Return what is added to services, and to the command."""
    services = []
    for binary in _binaries(results):
        low, high = results.loads([binary])
        memory = results.of(binary, Nova.STOCK, "memory_mib")
        services.append(
            [
                binary,
                f"{_added(results, binary, 'cpu_ms'):+.0f}",
                f"{estimates.median(memory).value:.0f}",
                f"{_added(results, binary, 'memory_mib'):+.1f}",
                f"{low:.1f} to {high:.1f}",
            ]
        )
    low, high = results.loads([COMMAND])
    return template(__file__).format(
        rounds=len(results.of(COMMAND, Client.WITH, "wall_ms")),
        services=table(
            [
                "process",
                "added ms of the processor",
                "MiB, stock",
                "added MiB",
                "load average",
            ],
            services,
        ),
        clients=table(
            [
                f"`{COMMAND}`",
                "ms, wall clock",
                "added",
                "ms of the processor",
                "added",
            ],
            _client_rows(results),
        ),
        client_load=f"{low:.1f} to {high:.1f}",
    )


def picture(results: Results, path: Path) -> None:
    """Draw what is added to the start of each service."""
    rows = [
        (f"{binary}, {unit}", _added(results, binary, metric))
        for metric, unit in (("cpu_ms", "ms"), ("memory_mib", "MiB"))
        for binary in _binaries(results)
    ]
    plots.dots(
        path, rows, "added: milliseconds of the processor, MiB", middle=0
    )


SECTION: Final = Section(
    title="Processes: time to start, and memory",
    text=text,
    picture=picture,
    alternative="Milliseconds and MiB that overriding adds to the start of "
    "each service",
)
