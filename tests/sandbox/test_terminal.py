# SPDX-License-Identifier: Apache-2.0
"""A service outlives the guests whose consoles it has read."""

import subprocess
import sys

import pytest

READS_A_CONSOLE_THAT_ENDS = """\
import os, signal
from sandbox.runtime import terminal
# Whoever runs the tests may have started them with nohup.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
{prepare}
guest, console = os.openpty()
path = os.ttyname(console)
os.close(console)
with open(path): pass
os.close(guest)
print("still here")
"""


@pytest.mark.parametrize(
    ("prepare", "said"),
    [("terminal.take_one()", "still here\n"), ("", "")],
    ids=["with a terminal of its own", "without: it is ended"],
)
def test_the_end_of_a_console_does_not_end_its_reader(
    prepare: str, said: str
) -> None:
    """Even of one that leads a session, as services do."""
    program = READS_A_CONSOLE_THAT_ENDS.format(prepare=prepare)
    result = subprocess.run(
        [sys.executable, "-c", program],
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout, result.stderr) == (said, "")
