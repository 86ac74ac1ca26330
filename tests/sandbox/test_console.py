# SPDX-License-Identifier: Apache-2.0
"""A guest's shell on its serial console, as whoever looks around has it."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from sandbox import accounts
from sandbox.settings import Settings
from tests import PROJECT

BUSY_MACHINE_SECONDS = 300
CTRL_C = "\x03"
CTRL_BRACKET = "\x1d"
PROMPT = "guest# "


class Console:
    """``python -m sandbox console SERVER`` at a terminal of its own."""

    def __init__(self, cloud: Settings, server: str) -> None:
        """Run the command."""
        self._keyboard, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "console", server],
            cwd=PROJECT,
            env=os.environ | {"SANDBOX_DIR": str(cloud.state_dir)},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        self._unread = ""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._keyboard, text.encode())

    def wait_for(self, pattern: str) -> None:
        """Read on until there is text like this."""
        deadline = time.monotonic() + BUSY_MACHINE_SECONDS
        while not (found := re.search(pattern, self._unread)):
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} after: {self._unread}"
            if select.select([self._keyboard], [], [], left)[0]:
                read = os.read(self._keyboard, 4096)
                self._unread += read.decode(errors="replace")
        self._unread = self._unread[found.end() :]

    def close(self) -> None:
        """End the command, if it runs."""
        self.process.kill()
        self.process.wait()
        os.close(self._keyboard)


@pytest.fixture
def console(cloud: Settings) -> Iterator[Console]:
    """The console of a guest that is about to boot, or has."""
    connection = accounts.connect(cloud, "demo")
    server = connection.create_server(
        "console", image="guest", flavor="tiny", auto_ip=False, wait=True
    )
    opened = Console(cloud, "console")
    yield opened
    opened.close()
    connection.delete_server(server.id, wait=True)


def test_a_shell_with_job_control_and_another_one_after_it(
    console: Console,
) -> None:
    """Ctrl-C ends a program, `exit` begins anew, Ctrl-] leaves."""
    console.wait_for(r"Escape character is")
    # The guest may have shown its prompt before anybody looked.
    console.type("\n")
    console.wait_for(PROMPT)
    # A program that says so itself: between two commands of its own, the
    # shell once took no notice of a Ctrl-C.
    console.type("sh -c 'echo started $((40 + 2)); sleep 100000'\n")
    console.wait_for("started 42")
    console.type(CTRL_C)
    console.wait_for(PROMPT)
    console.type("exit\n")
    console.wait_for("built-in shell")
    console.wait_for(PROMPT)
    console.type("echo again $((40 + 2))\n")
    console.wait_for("again 42")
    console.type(CTRL_BRACKET)
    assert console.process.wait(BUSY_MACHINE_SECONDS) == 0
