# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run; how long they take is no test."""

from __future__ import annotations

import subprocess
import sys

from tests import PROJECT

FOLDER = PROJECT / "benchmarks"


def test_read_and_merge() -> None:
    """Every property of the installed Nova is read and merged."""
    result = subprocess.run(
        [sys.executable, str(FOLDER / "read_and_merge.py"), "--pairs", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    ours, novas, quotient = result.stdout.splitlines()
    assert ours.startswith("read and merge")
    assert novas.startswith("ImageMetaProps.from_dict")
    assert quotient.startswith("median quotient of 1 pairs")


def test_api_worker_start() -> None:
    """A stock worker imports nothing of ours; ours does not load a driver."""
    result = subprocess.run(
        [sys.executable, str(FOLDER / "api_worker_start.py"), "--pairs", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    milliseconds, mib = result.stdout.splitlines()
    assert " ms; switched on: " in milliseconds
    assert " MiB; switched on: " in mib
