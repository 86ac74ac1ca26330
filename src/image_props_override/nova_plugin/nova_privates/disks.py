# SPDX-License-Identifier: Apache-2.0
"""How libvirt's driver names disks; nova-api does not load the driver."""

from __future__ import annotations

from collections.abc import Collection

from nova import exception
from nova.virt.libvirt import blockinfo


def first_name(bus: str, taken: Collection[str | None]) -> str | None:
    """Return the first device name that is free on a bus.

    Args:
        bus: As ``hw_disk_bus`` has it.
        taken: Names of other disks, like ``/dev/vdb``.

    Returns:
        A name like ``/dev/sda``; None for a bus whose names only the driver
        of the host knows.
    """
    in_use = [name.removeprefix("/dev/") for name in taken if name]
    try:
        name = blockinfo.find_disk_dev_for_disk_bus({}, bus, in_use)
    except exception.NovaException:
        return None
    return f"/dev/{name}" if name else None
