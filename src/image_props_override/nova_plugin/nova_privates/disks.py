# SPDX-License-Identifier: Apache-2.0
"""Disks of libvirt's driver: their names, and the folder they are in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nova import exception
from nova.virt.libvirt import blockinfo
from nova.virt.libvirt import utils as libvirt_utils


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


def instance_folder(instance: Any) -> str:
    """Return the folder of a guest's files on its host."""
    folder: str = libvirt_utils.get_instance_path(instance)
    return folder
