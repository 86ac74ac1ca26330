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
