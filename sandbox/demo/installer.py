# SPDX-License-Identifier: Apache-2.0
"""The specification's first use case: an installer that asks nothing.

One image holds Debian's installer. The server that boots from it says how
it shall be installed, in its own kernel command line.
"""

from typing import Final

from sandbox import images
from sandbox.demo import boot
from sandbox.settings import Settings

SERVER: Final = "installer"
HOST_NAME: Final = "unattended"

# TERM=dumb and the text frontend make the console readable: the installer
# draws windows otherwise. auto and priority keep it from asking.
COMMAND_LINE: Final = (
    "console=ttyS0 quiet TERM=dumb DEBIAN_FRONTEND=text auto=true"
    f" priority=critical hostname={HOST_NAME}"
    ' preseed/early_command="echo The installer will name this machine'
    ' $(debconf-get netcfg/get_hostname) > /dev/console"'
)

# What proves that the installer took the command line. The installer alone
# can say it: it runs preseed/early_command, which asks the installer's own
# database of answers for the host name, where only a command line that it
# has understood can have put it. The text stands nowhere in the command
# line itself, so nobody who merely repeats that can print it; and a boot
# without the override stops at its first question, that for a language.
PROOF: Final = f"The installer will name this machine {HOST_NAME}"


def boot_installer(settings: Settings) -> None:
    """Boot the installer with that command line, without waiting for it."""
    overrides = {"os_command_line": COMMAND_LINE}
    command = boot.create_command(
        SERVER, images.INSTALLER, "installer", overrides
    )
    boot.run(settings, *command)


def wait_for_proof(settings: Settings) -> str:
    """Return the line on the installer's console that is the proof.

    Raises:
        SandboxError: It does not boot, or does not print that line.
    """
    server_id = boot.wait_for_server(settings, SERVER)
    return boot.wait_for_console(
        settings, server_id, proof_in, "the installer to run early_command"
    )


def proof_in(console: str) -> str | None:
    """Return the line that is the proof; None while the console lacks it."""
    lines = (line.strip() for line in console.splitlines())
    return next((line for line in lines if line == PROOF), None)
