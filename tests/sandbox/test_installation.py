# SPDX-License-Identifier: Apache-2.0
"""What proves that a machine runs from its own disk."""

from __future__ import annotations

import pytest

from sandbox.demo.installation import line_from_disk

SAID = "This is machine, running from its own disk, installed at 1"
FROM_DISK = "kernel command line: BOOT_IMAGE=vmlinuz booted_by=extlinux"


@pytest.mark.parametrize(
    ("console", "found"),
    [
        (f"{SAID}\r\n{FROM_DISK}\r\n", SAID),
        # The kernel is still to be seen, or is not the disk's.
        (SAID, None),
        (f"{SAID}\nkernel command line: console=ttyS0", None),
        (f"{SAID}\ninstaller: {FROM_DISK}", None),
        # Another machine, or the installer.
        (SAID.replace("machine", "copy") + f"\n{FROM_DISK}", None),
        ("installer: machine is installed: poweroff", None),
    ],
)
def test_line_from_disk(console: str, found: str | None) -> None:
    """It takes the machine's name, and a kernel that its disk has loaded."""
    assert line_from_disk(console, "machine") == found
