# SPDX-License-Identifier: Apache-2.0
"""Run benchmarks, and write docs/evidence/benchmarks.md of their results.

python -m benchmarks [NAME ...]      measure; all of them, if none is named
python -m benchmarks --write-only    write page and pictures again
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Sequence
from typing import Final

from benchmarks import clouds, page
from benchmarks.results import file_of, measured
from benchmarks.showing import (
    core,
    load,
    request,
    sandbox_start,
    service_start,
    workaround,
)

# In the order in which they are run. The sandbox's is the first: the clouds
# that it makes are used by others.
SECTIONS: Final = {
    "sandbox-start": sandbox_start.SECTION,
    "request": request.SECTION,
    "load": load.SECTION,
    "workaround": workaround.SECTION,
    "service-start": service_start.SECTION,
    "core": core.SECTION,
}
# In the order of a reader's questions.
ON_THE_PAGE: Final = (
    "workaround",
    "request",
    "load",
    "service-start",
    "core",
    "sandbox-start",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[*SECTIONS, []])
    parser.add_argument("--write-only", action="store_true")
    chosen = parser.parse_args(arguments)
    names = chosen.names or [*SECTIONS]
    try:
        for name in names:
            if not chosen.write_only:
                _measure(name)
            if file_of(name).exists():
                page.draw(name, SECTIONS[name])
    finally:
        if not chosen.write_only:
            clouds.wipe()
    page.write({name: SECTIONS[name] for name in ON_THE_PAGE})


def _measure(name: str) -> None:
    start = time.monotonic()
    module = importlib.import_module(
        f"benchmarks.measuring.{name.replace('-', '_')}"
    )
    results = measured(name, module.measure)
    results.write(file_of(name))
    seconds = time.monotonic() - start
    print(
        f"{name}: {len(results.samples)} samples, {seconds:.0f} s", flush=True
    )


if __name__ == "__main__":
    main()
