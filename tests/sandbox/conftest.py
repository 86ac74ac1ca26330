# SPDX-License-Identifier: Apache-2.0
"""Clouds of the tests' own, beside whichever the developer is using."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import cloud as sandbox_cloud
from sandbox import machine_check
from sandbox.settings import Settings
from tests import PROJECT
from tests.sandbox import lacking
from tests.sandbox.leftovers import leftovers_of

# Those take minutes, and have make targets of their own.
_ASKED_FOR_BY = {
    "test_upgrade.py": "UPGRADE_FROM",
    "test_guest_volumes.py": "SANDBOX_VOLUMES",
    "test_distributed.py": "NOVA_PROCESSES",
}
collect_ignore = [
    module
    for module, variable in _ASKED_FOR_BY.items()
    if not os.environ.get(variable)
]


@pytest.fixture(scope="session")
def cloud() -> Iterator[Settings]:
    """A running cloud with real guests, shared by all tests of the session.

    On a machine that cannot run guests its tests are skipped with the
    reason; in CI they fail. Tests may stop it and must start it again
    (`sandbox.cloud.up` does nothing when it runs); they name their servers
    uniquely and delete them. With RELEASE=2025.1 it is a cloud of that
    release, which no test can stop and start.
    """
    require_guests()
    if release := os.environ.get("RELEASE"):
        with cloud_of_release(release, virt="auto", first_port=20000) as other:
            yield other
        return
    with new_cloud(virt="auto", first_port=20000) as settings:
        yield sandbox_cloud.up(settings)


@pytest.fixture(scope="session")
def fake_cloud() -> Iterator[Settings]:
    """A cloud on Nova's fake driver, which may be down or broken.

    Quicker than a real one; a test that needs it running starts with
    `sandbox.cloud.up`, which does nothing when it runs.
    """
    with new_cloud(virt="fake", first_port=24000) as settings:
        yield settings


@pytest.fixture
def fake_cloud_up(fake_cloud: Settings) -> Settings:
    """The cloud on Nova's fake driver, running."""
    return sandbox_cloud.up(fake_cloud)


@pytest.fixture(scope="module")
def nfv_cloud() -> Iterator[Settings]:
    """A cloud on Nova's stand-in for libvirt, never started."""
    with new_cloud(virt="nfv", first_port=26000) as settings:
        yield settings


@pytest.fixture
def new_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Makes settings of a cloud that was never started."""

    def make(**chosen: object) -> Settings:
        values: dict[str, object] = {
            "state_dir": tmp_path / "cloud",
            "port_base": free_port_base(28000),
            "virt": "fake",
        }
        return Settings(**(values | chosen))  # type: ignore[arg-type]

    return make


def require_guests() -> None:
    """End a test on a machine that cannot run guests."""
    problems = machine_check.guest_problems()
    if problems:
        lacking.skip_but_fail_in_ci(
            f"this machine cannot run guests: {'; '.join(problems)}"
        )


@contextlib.contextmanager
def cloud_of_release(
    release: str, virt: str, first_port: int
) -> Iterator[Settings]:
    """Run a cloud of another release, by its own environment's Python.

    Args:
        release: Which one; sandbox/install has made its environment.
        virt: How guests run.
        first_port: The first port base to try.
    """
    folder = Path(tempfile.mkdtemp(prefix="sandbox-test-"))
    asked = Settings(folder / "cloud", free_port_base(first_port), virt)
    python = PROJECT / f".venv-releases/{release}-sandbox/bin/python"
    try:
        yield run_sandbox(python, asked, "up")
    finally:
        run_sandbox(python, asked, "wipe")
        shutil.rmtree(folder)


def run_sandbox(python: Path, asked: Settings, command: str) -> Settings:
    """Run a command of the sandbox by the Python of another environment.

    Args:
        python: The environment's.
        asked: Folder, ports and kind of guests of the cloud.
        command: ``up``, ``down`` or ``wipe``.

    Returns:
        What the cloud was started with.
    """
    subprocess.run(
        [python, "-m", "sandbox", command],
        cwd=PROJECT,
        env={
            **os.environ,
            "SANDBOX_DIR": str(asked.state_dir),
            "SANDBOX_PORT_BASE": str(asked.port_base),
            "VIRT": asked.virt,
        },
        check=True,
    )
    return asked.in_use() or asked


@contextlib.contextmanager
def new_cloud(virt: str, first_port: int, **chosen: Any) -> Iterator[Settings]:
    """Settings of a cloud, which is removed at the end.

    Args:
        virt: How guests run.
        first_port: The first port base to try.
        **chosen: Other settings.
    """
    # Not pytest's own folder: its path is long, and sockets have a limit.
    folder = Path(tempfile.mkdtemp(prefix="sandbox-test-"))
    settings = Settings(
        state_dir=folder / "cloud",
        port_base=free_port_base(first_port),
        virt=virt,
        **chosen,
    )
    try:
        yield settings
    finally:
        sandbox_cloud.wipe(settings)
        assert not settings.state_dir.exists()
        shutil.rmtree(folder)
        assert leftovers_of(settings) == []


def free_port_base(first: int) -> int:
    """The first port base, from this one on, that nobody uses.

    Each kind of cloud has its own `first`: settings may be made long before
    the cloud takes their ports.
    """
    # Two runs of the tests at the same time start at different ones.
    for base in range(first + os.getpid() % 10 * 200, first + 4000, 200):
        if all(_is_free(port) for port in range(base, base + 15)):
            return base
    raise AssertionError(f"no free ports from {first} on")


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
