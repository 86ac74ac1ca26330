# SPDX-License-Identifier: Apache-2.0
"""Nova's fake driver made to know its guests again after a restart."""

from typing import Any

from nova.compute import power_state
from nova.virt import fake


def start_them_again() -> None:
    """Let nova-compute's start bring back the make-believe guests.

    Nova asks the driver to, as ``resume_guests_state_on_host_boot`` says. The
    fake driver ignores it, and keeps its guests in memory: after a restart, a
    rebuild would find no guest, and stay in REBUILD for ever.
    """
    fake.FakeDriver.resume_state_on_host_boot = _start_again


def _start_again(
    driver: Any, _context: Any, instance: Any, *_more: Any, **_options: Any
) -> None:
    driver.instances[instance.uuid] = fake.FakeInstance(
        instance.name, power_state.RUNNING, instance.uuid
    )
