# SPDX-License-Identifier: Apache-2.0
"""What a run has measured, as a CSV file that says where it comes from.

Its first lines are ``# key: value``: date, command, machine. Then comes one
line for each sample, with the machine's load average at that moment.
"""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import os
import platform
import random
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, TypeVar

CHECKOUT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = CHECKOUT / "docs" / "evidence" / "benchmarks"
_FIXED: Final = ("case", "subject", "round", "load")

T = TypeVar("T")


@dataclass(frozen=True)
class Sample:
    """One measurement.

    Attributes:
        case: What was done, ``POST /servers`` say.
        subject: By whom or how: subjects of one case are compared.
        round: Samples of a case with the same number were taken one after
            the other, in random order.
        load: The machine's load average of one minute.
        values: By metric; the unit is the end of its name (``cpu_ms``).
    """

    case: str
    subject: str
    round: int
    load: float
    values: dict[str, float]


@dataclass
class Results:
    """The samples of one benchmark.

    Attributes:
        about: Where they come from: what the head of the file says.
        samples: In the order in which they were taken.
    """

    about: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def add(
        self, case: str, subject: str, number: int, **values: float
    ) -> None:
        """Add a sample.

        Args:
            case: As in `Sample`.
            subject: As in `Sample`.
            number: Of the round; what has a negative one is dropped: it was
                for caches.
            **values: By metric.
        """
        if number >= 0:
            load = os.getloadavg()[0]
            self.samples.append(Sample(case, subject, number, load, values))

    def drop_last_round(self) -> None:
        """Leave out the round that the last sample is of: it is not whole."""
        if self.samples:
            last = self.samples[-1]
            self.samples = [
                each
                for each in self.samples
                if (each.case, each.round) != (last.case, last.round)
            ]

    def cases(self) -> list[str]:
        """Return the cases, in the order in which they came."""
        return list(dict.fromkeys(each.case for each in self.samples))

    def subjects(self, case: str) -> list[str]:
        """Return the subjects of a case, by name."""
        return sorted(
            {each.subject for each in self.samples if each.case == case}
        )

    def of(self, case: str, subject: str, metric: str) -> list[float]:
        """Return a metric of each round that has it, in order of rounds."""
        found = {
            each.round: each.values[metric]
            for each in self.samples
            if (each.case, each.subject) == (case, subject)
            and metric in each.values
        }
        return [found[number] for number in sorted(found)]

    def loads(self, cases: Iterable[str] = ()) -> tuple[float, float]:
        """Return the lowest and the highest load average of some cases.

        Args:
            cases: Which; none means all.
        """
        wanted = set(cases) or {each.case for each in self.samples}
        loads = [each.load for each in self.samples if each.case in wanted]
        return min(loads), max(loads)

    def write(self, path: Path) -> None:
        """Write the file, and its folder if need be."""
        metrics = list(
            dict.fromkeys(
                name for each in self.samples for name in each.values
            )
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            for key, text in self.about.items():
                file.write(f"# {key}: {text}\n")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*_FIXED, *metrics))
            for each in self.samples:
                writer.writerow(
                    (
                        each.case,
                        each.subject,
                        each.round,
                        f"{each.load:.1f}",
                        *(_short(each.values.get(name)) for name in metrics),
                    )
                )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what a file holds."""
        lines = path.read_text().splitlines()
        head = [line for line in lines if line.startswith("# ")]
        about = dict(line[2:].split(": ", 1) for line in head)
        samples = [
            Sample(
                row["case"],
                row["subject"],
                int(row["round"]),
                float(row["load"]),
                {
                    name: float(text)
                    for name, text in row.items()
                    if name not in _FIXED and text
                },
            )
            for row in csv.DictReader(lines[len(head) :])
        ]
        return cls(about, samples)


def _short(value: float | None) -> str:
    # More digits than any of these clocks is good for.
    return "" if value is None else f"{value:.6g}"


def file_of(name: str) -> Path:
    """Return the file that holds the results of a benchmark."""
    return FOLDER / f"{name}.csv"


def in_random_order(
    rounds: int, subjects: Sequence[T], warm_up: int = 1
) -> Iterator[tuple[int, T]]:
    """Yield each subject once in each round, in an order that changes.

    What else the machine does meanwhile falls on all of them.

    Args:
        rounds: How many count.
        subjects: What is compared.
        warm_up: How many come before, with negative numbers.
    """
    for number in range(-warm_up, rounds):
        for subject in random.sample(subjects, len(subjects)):
            yield number, subject


def measured(name: str, measure: Callable[[Results], None]) -> Results:
    """Return what a benchmark measures, with all that a reader must know.

    Ctrl-C ends it; what was measured until then counts.

    Args:
        name: The benchmark's.
        measure: Adds its samples.
    """
    results = Results(about_this_run(name))
    start = time.monotonic()
    try:
        measure(results)
    except KeyboardInterrupt:
        results.drop_last_round()
        results.about["interrupted"] = "the rounds that were done are here"
    results.about["took"] = f"{time.monotonic() - start:.0f} s"
    return results


def about_this_run(name: str) -> dict[str, str]:
    """Return date, command and machine."""
    now = datetime.datetime.now(tz=datetime.UTC)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": f"{now:%Y-%m-%d %H:%M} UTC",
        "command": f"python -m benchmarks {name}",
        "commit": _commit(),
        "machine": f"{_processor()}, {os.cpu_count()} CPUs, "
        f"{memory / 2**30:.0f} GiB, Linux {platform.release()}",
        "software": f"Nova {importlib.metadata.version('nova')}, "
        f"Python {platform.python_version()}",
    }


def _commit() -> str:
    ran = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout.strip() or "unknown"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
