# SPDX-License-Identifier: Apache-2.0
"""The serial console of a guest, at a terminal."""

import os
import pty
import re
import select
import subprocess
import sys
import time

from sandbox.settings import Settings
from tests import PROJECT

BUSY_MACHINE_SECONDS = 300
CTRL_C = "\x03"
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
