# SPDX-License-Identifier: Apache-2.0
"""Run benchmarks, and write docs/evidence/benchmarks.md of their results.

python -m benchmarks [NAME ...]      measure; all of them, if none is named
python -m benchmarks --write-only    write page and pictures again
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence

from benchmarks import clouds, page
from benchmarks.results import file_of, measured
from benchmarks.sections import BY_ITSELF, CLOUDS, SECTIONS


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--write-only", action="store_true")
    chosen = parser.parse_args(arguments)
    if unknown := {*chosen.names} - {*CLOUDS}:
        parser.error(f"no benchmark {unknown.pop()}: {', '.join(CLOUDS)}")
    names = chosen.names or [n for n in CLOUDS if n not in BY_ITSELF]
    if not chosen.write_only:
        # Clouds are ended whoever ends the run.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        try:
            for name in names:
                _measure(name)
        finally:
            clouds.wipe({kind for name in names for kind in CLOUDS[name]})
    for name in names:
        if file_of(name).exists():
            page.draw(name, SECTIONS[name])
    page.write(SECTIONS)


def _measure(name: str) -> None:
    module = importlib.import_module(
        f"benchmarks.measuring.{name.replace('-', '_')}"
    )
    results = measured(name, module.measure)
    results.write(file_of(name))
    count, took = len(results.samples), results.about["took"]
    print(f"{name}: {count} samples, {took}", flush=True)


if __name__ == "__main__":
    main()
