# SPDX-License-Identifier: Apache-2.0
"""Starts clouds of the sandbox, and looks at their memory."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks import clouds
from benchmarks.results import Results
from benchmarks.sections import CLOUDS
from benchmarks.showing.sandbox_start import Start
from sandbox import cloud
from sandbox.settings import Settings

KINDS: Final = CLOUDS["sandbox-start"]


def measure(results: Results, kinds: Iterable[str] = KINDS) -> None:
    """Start each kind of cloud from nothing, and once more.

    Args:
        results: Where to add the samples.
        kinds: Of `clouds.settings_of`.
    """
    for kind in kinds:
        cloud.wipe(clouds.settings_of(kind))
        for subject in Start:
            start = time.monotonic()
            with clouds.running(kind) as settings:
                seconds = time.monotonic() - start
                results.add(
                    kind,
                    subject,
                    0,
                    wall_seconds=seconds,
                    memory_mib=_memory_mib(settings),
                )


def _memory_mib(settings: Settings) -> float:
    """Return what its processes have, what they share counted once."""
    kib = 0
    for process in cloud.processes_of(settings):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        (line,) = (
            line for line in rollup.splitlines() if line.startswith("Pss:")
        )
        kib += int(line.split()[1])
    return kib / 1024
