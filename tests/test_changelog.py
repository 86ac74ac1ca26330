# SPDX-License-Identifier: Apache-2.0
"""What the next release will tell of is what ``changelog.d`` holds."""

import subprocess
import sys

from tests import PROJECT


def test_no_fragment_is_left_out() -> None:
    """towncrier passes over a fragment of a type that it does not know."""
    draft = subprocess.run(
        [
            *(sys.executable, "-m", "towncrier"),
            *("build", "--draft", "--version", "0"),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    fragments = sorted((PROJECT / "changelog.d").glob("[!.]*"))
    assert fragments
    for fragment in fragments:
        first_line = fragment.read_text().splitlines()[0]
        assert first_line in draft, fragment.name
