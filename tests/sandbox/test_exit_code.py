# SPDX-License-Identifier: Apache-2.0
"""How commands of the sandbox end."""

import subprocess
import sys

import pytest

from sandbox.exit_code import FAILED, INTERRUPTED

PROGRAM = """\
import os, signal, sys
from sandbox.errors import SandboxError
from sandbox.exit_code import exit_code_of
def command():
    {body}
    return 3
sys.exit(exit_code_of(command))
"""


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("pass", 3, ""),
        ("raise SandboxError('no disk')", FAILED, "sandbox: no disk\n"),
        ("raise KeyboardInterrupt", INTERRUPTED, "sandbox: interrupted\n"),
        *(
            (
                f"os.kill(os.getpid(), signal.{name}); signal.pause()",
                INTERRUPTED,
                "sandbox: interrupted\n",
            )
            for name in ("SIGTERM", "SIGHUP")
        ),
        ("raise BrokenPipeError", 0, ""),
    ],
)
def test_a_command_ends(body: str, status: int, said: str) -> None:
    """With its exit code, and with a line where it could not end well."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (status, said)
