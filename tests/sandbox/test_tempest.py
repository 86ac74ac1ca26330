# SPDX-License-Identifier: Apache-2.0
"""Tempest is told the truth about the sandbox, and its results are read."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tempest.config import TempestConfigProxy

from sandbox import cloud, images
from sandbox.errors import SandboxError
from sandbox.settings import Settings
from sandbox.tempest import upstream, workspace
from sandbox.tempest.upstream import (
    Run,
    differences,
    last_results,
    refuse_incomplete,
    table,
)

IDS = dict.fromkeys(
    (
        *(workspace.FLAVOR, workspace.RESIZE_FLAVOR),
        *(workspace.INSTALLER_FLAVOR, workspace.OS_INSTALLER_FLAVOR),
        *("image guest", "image installer"),
        *(f"image {name}" for name in images.OS_INSTALLER_IMAGES),
    ),
    "an-id",
)
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
    written = workspace.options(
        Settings(state_dir=tmp_path), workspace.Workspace(tmp_path), IDS
    )
    assert "os_installer_kernel_ref" in written["image_props_override"]
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


@pytest.mark.parametrize("lacks", ["image", "guests"])
def test_nothing_is_installed_without(lacks: str, tmp_path: Path) -> None:
    """Without one of the OS installer's images, or without real guests."""
    ids = dict(IDS)
    settings = Settings(state_dir=tmp_path)
    if lacks == "image":
        del ids[f"image {images.OS_INSTALLER_RAMDISK}"]
    else:
        settings = dataclasses.replace(settings, virt="fake")
    written = workspace.options(settings, workspace.Workspace(tmp_path), ids)
    assert [
        option
        for option in written["image_props_override"]
        if option.startswith("os_installer")
    ] == []


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
    text = table(Run(PASSED, {}), Run(PASSED, {}), guests="none")
    assert "**0 results differ**" in text
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
    text = table(Run(PASSED, {}), Run(results, {}), guests="none")
    assert f"- `{name}`: success without, {changed or 'not run'} with" in text


def test_the_page_tells_why_tests_failed_or_did_not_run() -> None:
    """With Nova alone too, or not at all."""
    results = {"tempest.api.compute.admin.test_hypervisor.A.test_get": "fail"}
    known = {
        "tempest.api.compute.admin.A.test_get_hypervisor_uptime": "fail",
    }
    run = Run({**results, **known}, {"volumes (Cinder)": 57})
    text = table(run, run, guests="none")
    assert "A.test_get`: not looked into" in text
    assert "uptime`: Nova's fake driver knows no uptime" in text
    assert "- 57 tests need volumes (Cinder)." in text


@pytest.mark.parametrize(
    ("results", "exit_code"),
    [
        pytest.param({}, 0, id="no test"),
        pytest.param({}, 2, id="no test to run"),
        pytest.param({"a": "success"}, 1, id="stestr failed, no test did"),
        pytest.param({"a": "success"}, 3, id="modules that do not load"),
        pytest.param({"a": "fail"}, 0, id="another run's results"),
        pytest.param({"a": "inprogress"}, 1, id="a worker that died"),
    ],
)
def test_a_run_that_did_not_end_is_no_result(
    results: dict[str, str], exit_code: int
) -> None:
    """Two of them would have no difference between them."""
    with pytest.raises(SandboxError, match=f"ended with {exit_code}"):
        refuse_incomplete(results, exit_code)


def test_failed_tests_are_results() -> None:
    """Tempest ends with 1 then."""
    refuse_incomplete({"a": "success", "b": "fail"}, 1)
    refuse_incomplete({"a": "success", "b": "skip"}, 0)


def test_a_run_begins_without_its_predecessors_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that comes to nothing would else have theirs."""
    place = workspace.Workspace(tmp_path)
    old = tmp_path / ".stestr"
    old.mkdir()
    monkeypatch.setattr(cloud, "up", lambda settings: settings)
    monkeypatch.setattr(cloud, "down", lambda _: True)
    monkeypatch.setattr(workspace, "prepare", lambda _: place)
    monkeypatch.setattr(workspace, "run", lambda *_, **__: int(old.exists()))
    with pytest.raises(SandboxError, match="ended with 0, 0 results"):
        upstream.run_against(Settings(state_dir=tmp_path), ".*")


@pytest.mark.parametrize("part", ["servers", None])
def test_only_all_tests_write_the_page(
    part: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is about all of them."""
    page = tmp_path / "page.md"
    monkeypatch.setattr(upstream, "TABLE", page)
    monkeypatch.setattr(upstream, "run_against", lambda *_: Run(PASSED, {}))
    monkeypatch.setenv("SANDBOX_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["upstream", *([part] if part else [])])
    assert upstream.main() == 0
    assert page.exists() == (part is None)
