# SPDX-License-Identifier: Apache-2.0
"""A real guest boots with a command line that Nova alone would cut."""

from __future__ import annotations

from sandbox import images
from sandbox.settings import Settings
from tests.sandbox.guest_server import KEY, GuestServer

OWN = images.PROPERTIES[images.GUEST]["os_command_line"]
# Names with a dot: the kernel hands no more than 32 others to init.
_OPTIONS = " ".join(f"installer.option{n:03}=value" for n in range(80))
ASKED = f"%default% {_OPTIONS}"[: 1500 - len(OWN) + len("%default%")]
LINE = ASKED.replace("%default%", OWN)


def test_the_guest_has_the_whole_line(cloud: Settings) -> None:
    """After its boot, and after a hard reboot, which describes it anew."""
    assert len(LINE) == 1500
    owner = GuestServer(cloud, "long-line", {"os_command_line": ASKED})
    try:
        first = owner.guest().report
        assert first.command_line == LINE
        owner.act("reboot", then="ACTIVE", arguments={"type": "HARD"})
        second = owner.guest().report
        assert second.boot_id != first.boot_id
        assert second.command_line == LINE
        assert owner.shown()[KEY] == {"os_command_line": ASKED}
    finally:
        owner.delete()
