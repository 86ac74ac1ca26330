# SPDX-License-Identifier: Apache-2.0
"""What becomes of ``os_shutdown_timeout`` when Nova stops a server."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from nova.compute import manager
from nova.conf import CONF
from nova.context import get_admin_context
from nova.objects import Instance


class RecordingDriver:
    """A virt driver that notes how it is asked to power off."""

    def __init__(self) -> None:
        """Have been asked nothing."""
        self.asked: list[tuple[int, int]] = []

    def power_off(
        self, instance: Any, timeout: int = 0, retry_interval: int = 0
    ) -> None:
        """Note the timeout, and how often the guest is asked again."""
        del instance
        self.asked.append((timeout, retry_interval))


class NoShares:
    """A server without shares; the real one asks the database."""

    def get_share_info(self, *_args: Any) -> NoShares:
        """Return none."""
        return self

    def deactivate_all(self) -> None:
        """Deactivate nothing."""

    def umount_all(self, *_args: Any) -> None:
        """Unmount nothing."""


class Compute(manager.ComputeManager):  # type: ignore[misc]
    """As much of Nova's manager as the method looks at."""

    def __init__(self, driver: RecordingDriver) -> None:
        """Have a driver, and no shares."""
        self.driver = driver
        self.share_manager = NoShares()

    # Where the manager itself knows shares: in Nova 31 to 33.
    def _get_share_info(self, *_args: Any) -> NoShares:
        return NoShares()

    def _umount_all_shares(self, *_args: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("value", "is_clean", "timeout"),
    [
        ("7", True, 7),
        ("0", True, 0),
        (None, True, CONF.shutdown_timeout),
        ("7", False, 0),
    ],
)
def test_driver_gets_the_timeout(
    value: str | None, is_clean: bool, timeout: int
) -> None:
    """From system metadata, in seconds; none where Nova will not wait."""
    metadata = {"image_os_shutdown_timeout": value} if value else {}
    arguments = {
        "context": get_admin_context(),
        "instance": Instance(system_metadata=metadata),
        "clean_shutdown": is_clean,
    }
    driver = RecordingDriver()
    power_off = Compute(driver)._power_off_instance
    # Nova 29's takes no context.
    taken = inspect.signature(power_off).parameters
    power_off(**{name: arguments[name] for name in taken})
    retry = CONF.compute.shutdown_retry_interval if is_clean else 0
    assert driver.asked == [(timeout, retry)]
