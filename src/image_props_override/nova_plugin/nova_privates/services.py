# SPDX-License-Identifier: Apache-2.0
"""Which manager a service of Nova runs."""

from __future__ import annotations

from nova import service


def run_with_manager(binary: str, manager: str) -> None:
    """Have a service of this process run another manager.

    Nova looks the class up by its name when it creates the service.

    Args:
        binary: The name of Nova's service, ``nova-compute`` say.
        manager: The name of the class, with its module.
    """
    # Without it the assignment would have no effect, and say nothing.
    assert binary in service.SERVICE_MANAGERS
    service.SERVICE_MANAGERS[binary] = manager
