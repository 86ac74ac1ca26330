# SPDX-License-Identifier: Apache-2.0
"""Start, recognise, watch and end the processes of a sandbox cloud."""

import contextlib
import dataclasses
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from sandbox.errors import SandboxError

POLL_SECONDS: Final = 0.1
# The first after standard input, output and errors.
LISTENER_FD: Final = 3
_TERM_GRACE_SECONDS: Final = 10.0
_KILL_GRACE_SECONDS: Final = 10.0
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_PROC: Final = Path("/proc")


@dataclasses.dataclass(frozen=True)
class Process:
    """One process for ever: pids are used again, this triple is not.

    Attributes:
        pid: Its process id.
        start_ticks: When it started, in clock ticks since the machine did.
        boot_id: Which start of the machine that was.
    """

    pid: int
    start_ticks: int
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The process that has this pid now; None if there is none.

        A zombie counts as none: it has ended, and holds nothing.
        """
        try:
            stat = (_PROC / str(pid) / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # Field 2 is the name in brackets, and may hold anything.
        fields = stat.rpartition(")")[2].split()
        if fields[0] in "ZX":
            return None
        return cls(pid, int(fields[19]), _BOOT_ID.read_text().strip())

    @classmethod
    def recorded_in(cls, record: Path) -> Self | None:
        """The process that `start` wrote down, whether it lives or not."""
        try:
            return cls(**json.loads(record.read_text()))
        except FileNotFoundError:
            return None

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        if Process.of(self.pid) == self:
            return True
        # Our own child? Then nobody else takes its zombie away.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return False

    def send(self, signal_number: signal.Signals) -> None:
        """Send it a signal, and never to a later process with its pid."""
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            try:
                if self.is_alive:
                    signal.pidfd_send_signal(handle, signal_number)
            finally:
                os.close(handle)


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    record: Path,
    listener: socket.socket | None = None,
) -> Process:
    """Start a process in a session of its own, and write down which it is.

    Args:
        command: The program's absolute path, and its arguments.
        environment: All of its environment variables.
        log: Takes its output, at the end of what is there.
        record: Takes the `Process`, for `Process.recorded_in`.
        listener: A listening socket, which it gets as `LISTENER_FD`.
    """
    hand_over = (
        [(os.POSIX_SPAWN_DUP2, listener.fileno(), LISTENER_FD)]
        if listener is not None
        else []
    )
    held_back = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    # A Ctrl-C between start and record would leave it unknown.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, held_back)
    try:
        pid = os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (
                    os.POSIX_SPAWN_OPEN,
                    1,
                    str(log),
                    os.O_WRONLY | os.O_CREAT | os.O_APPEND,
                    0o600,
                ),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                *hand_over,
            ],
            # Ctrl-C in the user's terminal must not reach it.
            setsid=True,
            setsigmask=mask - held_back,
            setsigdef=held_back,
        )
        process = Process.of(pid)
        if process is None:
            raise SandboxError(f"{command[0]} ended at once:\n{log_end(log)}")
        record.write_text(json.dumps(dataclasses.asdict(process)))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return process


def all_where(belongs: Callable[[Path], bool]) -> list[Process]:
    """Every process whose folder in ``/proc`` passes the test.

    Processes that end meanwhile, or that we may not look into, do not.
    """
    found = []
    for folder in _PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        process = Process.of(int(folder.name))
        with contextlib.suppress(OSError):
            if process is not None and belongs(folder):
                found.append(process)
    return found


def session_of(leader: Process) -> list[Process]:
    """Every process of the session that `start` has made, its leader too."""
    return all_where(lambda folder: os.getsid(int(folder.name)) == leader.pid)


def stop(find: Callable[[], Iterable[Process]]) -> None:
    """End all the processes that `find` finds, until it finds none.

    Asks politely (SIGTERM) first, and kills after 10 seconds.

    Raises:
        SandboxError: One cannot even be killed.
    """
    for signal_number, grace_seconds in (
        (signal.SIGTERM, _TERM_GRACE_SECONDS),
        (signal.SIGKILL, _KILL_GRACE_SECONDS),
    ):
        told: set[Process] = set()
        deadline = time.monotonic() + grace_seconds
        while left := {p for p in find() if p.is_alive}:
            for process in left - told:
                process.send(signal_number)
            told |= left
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)
        else:
            return
    pids = ", ".join(str(process.pid) for process in left)
    raise SandboxError(f"processes that do not end even when killed: {pids}")


def wait_until(
    condition: Callable[[], bool], *, deadline_seconds: float, what: str
) -> None:
    """Return as soon as the condition holds.

    Raises:
        SandboxError: It does not after `deadline_seconds`; names `what`.
    """
    deadline = time.monotonic() + deadline_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SandboxError(f"{what}: not after {deadline_seconds:.0f} s")
        time.sleep(POLL_SECONDS)


def log_end(log: Path, lines: int = 20) -> str:
    """The last lines of a log file; says so if there are none."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        text = ""
    return "\n".join(text.splitlines()[-lines:]) or f"({log} is empty)"
