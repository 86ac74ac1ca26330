# SPDX-License-Identifier: Apache-2.0
"""Processes are recognised, watched and ended, and never mixed up."""

import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.errors import SandboxError
from sandbox.processes import Process


def start(command: list[str], tmp_path: Path) -> Process:
    """Start it with nothing in its environment."""
    return processes.start(
        command,
        environment={},
        log=tmp_path / "log",
        record=tmp_path / "record",
    )


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    """A process that sleeps until it is told to end."""
    process = start(["/bin/sleep", "600"], tmp_path)
    yield process
    process.send(signal.SIGKILL)


def test_a_started_process_is_written_down(
    sleeper: Process, tmp_path: Path
) -> None:
    """For the next command, which did not start it."""
    assert sleeper.is_alive
    assert Process.recorded_in(tmp_path / "record") == sleeper


def test_a_later_process_with_the_same_pid_is_another_one(
    sleeper: Process,
) -> None:
    """It neither counts as alive, nor gets the signal."""
    earlier = dataclasses.replace(sleeper, start_ticks=sleeper.start_ticks - 1)
    earlier.send(signal.SIGKILL)
    assert not earlier.is_alive
    assert sleeper.is_alive


def test_stop_ends_a_process_that_ignores_the_polite_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the grace period."""
    monkeypatch.setattr(processes, "_TERM_GRACE_SECONDS", 0.5)
    command = ["/bin/sh", "-c", "trap '' TERM; echo deaf; sleep 600 & wait"]
    deaf = start(command, tmp_path)
    processes.wait_until(
        lambda: "deaf" in (tmp_path / "log").read_text(),
        deadline_seconds=10,
        what="it is deaf",
    )

    def session() -> list[Process]:
        return processes.all_where(
            lambda folder: os.getsid(int(folder.name)) == deaf.pid
        )

    processes.wait_until(
        lambda: len(session()) == 2,
        deadline_seconds=10,
        what="its child has started",
    )
    processes.stop(session)
    assert not deaf.is_alive
    assert session() == []


def test_waiting_in_vain_says_for_what() -> None:
    """And how long it was."""
    with pytest.raises(SandboxError, match="the moon is full: not after 0 s"):
        processes.wait_until(
            lambda: False, deadline_seconds=0.2, what="the moon is full"
        )
