# SPDX-License-Identifier: Apache-2.0
"""Tempest is told the truth about the sandbox, and its results are read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tempest.config import TempestConfigProxy

from sandbox.settings import Settings
from sandbox.tempest import workspace
from sandbox.tempest.upstream import differences, last_results, table

PASSED = {
    "tempest.api.compute.servers.test_a.One.test_x": "success",
    "tempest.api.compute.servers.test_a.One.test_y": "fail",
    "tempest.api.compute.test_b.Two.test_z": "skip",
    "setUpClass (tempest.api.compute.test_b.Three)": "skip",
}
A_TEST = """
import unittest
class Test(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.fail()
    def test_is_skipped(self): self.skipTest("no")
"""


def test_every_option_is_one_that_tempest_has(
    tmp_path: Path, tempest_conf: TempestConfigProxy
) -> None:
    """oslo.config takes no notice of what it does not know."""
    names = (
        *(workspace.FLAVOR, workspace.RESIZE_FLAVOR),
        *(workspace.INSTALLER_FLAVOR, "image guest", "image installer"),
    )
    written = workspace.options(
        Settings(state_dir=tmp_path),
        workspace.Workspace(tmp_path),
        dict.fromkeys(names, "an-id"),
    )
    for group, options in written.items():
        for option in options:
            if group == "DEFAULT":
                assert hasattr(tempest_conf, option), option
            else:
                name = group.replace("-", "_")
                assert hasattr(getattr(tempest_conf, name), option), (
                    group,
                    option,
                )


def test_reads_the_results_of_a_run(tmp_path: Path) -> None:
    """Of Tempest's own runner, by the tests' names."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    (tmp_path / "tests" / "test_it.py").write_text(A_TEST)
    configuration = "[DEFAULT]\ntest_path=./tests\ntop_dir=./\n"
    (tmp_path / ".stestr.conf").write_text(configuration)
    subprocess.run(
        [sys.executable, "-m", "stestr.cli", "run", "--serial"],
        cwd=tmp_path,
        # stestr runs tests by it; make exports another.
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        check=False,
    )
    assert last_results(tmp_path) == {
        "tests.test_it.Test.test_passes": "success",
        "tests.test_it.Test.test_fails": "fail",
        "tests.test_it.Test.test_is_skipped": "skip",
    }


def test_the_same_results_do_not_differ() -> None:
    """Whether they passed or failed."""
    assert differences(PASSED, dict(PASSED)) == []
    text = table(PASSED, dict(PASSED), "servers", guests="none")
    assert "**0 results differ**" in text
    assert "the part `servers`" in text
    assert "| `servers.test_a` | 1, 0, 1 | 1, 0, 1 |" in text
    assert "| `test_b` | 0, 2, 0 | 0, 2, 0 |" in text
    assert "| all | 1, 2, 1 | 1, 2, 1 |" in text


@pytest.mark.parametrize("changed", ["fail", None])
def test_each_result_that_differs_is_listed(changed: str | None) -> None:
    """Other results, and tests that did not run at all."""
    name = "tempest.api.compute.servers.test_a.One.test_x"
    other = {**PASSED, name: changed}
    if changed is None:
        del other[name]
    results = {test: state for test, state in other.items() if state}
    assert differences(PASSED, results) == [name]
    text = table(PASSED, results, ".*", guests="none")
    assert f"- `{name}`: success without, {changed or 'not run'} with" in text
