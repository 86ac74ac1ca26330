# SPDX-License-Identifier: Apache-2.0
"""How the sandbox's commands end, whatever happens."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from sandbox.errors import SandboxError

FAILED: Final = 1
# As a shell has it: 128 and the number of SIGINT.
INTERRUPTED: Final = 130


def exit_code_of(command: Callable[[], int]) -> int:
    """Run a command; return its exit code.

    What the user can mend, and an interruption, are told in one line.
    """
    # `kill`, and a terminal that closes, clean up as Ctrl-C does.
    for signal_number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, signal.default_int_handler)
    try:
        return command()
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # `... logs | head`: nobody reads on; Python must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
