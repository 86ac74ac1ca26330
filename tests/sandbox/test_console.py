# SPDX-License-Identifier: Apache-2.0
"""A guest's shell on its serial console, as whoever looks around has it."""

from collections.abc import Iterator

import pytest

from sandbox import accounts
from sandbox.settings import Settings
from tests.sandbox.guest_console import (
    BUSY_MACHINE_SECONDS,
    CTRL_C,
    PROMPT,
    Console,
)

CTRL_BRACKET = "\x1d"


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
