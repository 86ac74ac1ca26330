# SPDX-License-Identifier: Apache-2.0
"""Guards a cloud's state folder, and other folders from a cloud."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from typing import Final

from sandbox.errors import SandboxError
from sandbox.processes import wait_until
from sandbox.settings import Settings

# How long another command may take to end: a first start on a slow machine.
_LOCK_SECONDS: Final = 300.0


def refuse_foreign(settings: Settings) -> None:
    """Never put a cloud, and later `wipe`, where other things are.

    Raises:
        SandboxError: The folder is not a cloud's, and not empty.
    """
    folder = settings.state_dir
    if not folder.exists() or settings.in_use() is not None:
        return
    if not folder.is_dir():
        raise SandboxError(f"{folder} is no folder: choose another one")
    if any(entry.name != "lock" for entry in folder.iterdir()):
        raise SandboxError(
            f"{folder} holds other things than a sandbox cloud: choose an"
            " empty folder, or one that does not exist yet, with SANDBOX_DIR"
        )


@contextlib.contextmanager
def alone_in(settings: Settings) -> Iterator[None]:
    """Keep two commands from changing one cloud at the same time.

    Raises:
        SandboxError: The folder cannot be made, or the other command takes
            longer than five minutes.
    """
    folder = settings.state_dir
    problem = f"{folder} cannot be made: choose another with SANDBOX_DIR"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(f"{problem} ({error})") from error
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)

    def taken() -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        wait_until(
            taken,
            deadline_seconds=_LOCK_SECONDS,
            what=f"another sandbox command in {folder} ends",
        )
        yield
    finally:
        os.close(lock)
