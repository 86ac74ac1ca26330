# SPDX-License-Identifier: Apache-2.0
"""Heat's engine beside Nova in-process, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests import PROJECT
from tests.clients import http_proxy
from tests.clients.identity_and_images import IDENTITY

Answer = dict[str, Any]
Command = Callable[[Any], Answer]


@contextlib.contextmanager
def running(project_id: str, said: Path) -> Iterator[Command]:
    """Run Heat's engine.

    Args:
        project_id: Whose stacks they are.
        said: The file that takes what the engine writes to stderr.

    Yields:
        A function that gives a command to it; see `heat_stack`.
    """
    with (
        http_proxy.running() as variables,
        said.open("w") as stderr,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.clients.heat_stack"),
                *(f"{IDENTITY}/v3", project_id),
            ],
            cwd=PROJECT,
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        stdin, stdout = process.stdin, process.stdout
        assert stdin
        assert stdout

        def command(arguments: Any) -> Answer:
            stdin.write(json.dumps(arguments) + "\n")
            stdin.flush()
            line = stdout.readline()
            assert line, said.read_text()
            answer: Answer = json.loads(line)
            return answer

        yield command
        stdin.close()
