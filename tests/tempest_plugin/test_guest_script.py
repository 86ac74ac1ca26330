# SPDX-License-Identifier: Apache-2.0
"""The report's script runs in any Linux, not in the sandbox's guest only."""

import os
import subprocess
from pathlib import Path

from image_props_override.tempest_plugin.guest.report import (
    GUEST_REPORT,
    last_report,
)


def test_any_shell_prints_a_report_that_can_be_read() -> None:
    """Here: that of the machine that runs this test, which it leaves as is."""
    loglevel = Path("/proc/sys/kernel/printk").read_text()
    printed = subprocess.run(
        ["sh", GUEST_REPORT], capture_output=True, text=True, check=True
    )
    assert Path("/proc/sys/kernel/printk").read_text() == loglevel
    report = last_report(printed.stdout)
    assert report is not None
    assert len(report.cpus) == os.cpu_count()
    assert report.kernel == os.uname().release
