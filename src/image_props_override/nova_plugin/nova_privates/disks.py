# SPDX-License-Identifier: Apache-2.0
"""How libvirt's driver names disks, in a nova-api that does not load it.

``nova.virt.libvirt.blockinfo`` imports all of the driver: that would cost each
worker most of a second at its start, and 30 MiB.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Final

from nova import block_device
from nova.conf import CONF

_PREFIXES: Final = {
    "fdc": "fd",
    "ide": "hd",
    "sata": "sd",
    "scsi": "sd",
    "usb": "sd",
    "virtio": "vd",
}
_MOST_ON_IDE: Final = 4


def first_name(bus: str, taken: Collection[str | None]) -> str | None:
    """Return the first device name that is free on a bus.

    Args:
        bus: As ``hw_disk_bus`` has it.
        taken: Names of other disks, like ``/dev/vdb``.

    Returns:
        A name like ``/dev/sda``; None for a bus whose names only the driver
        of the host knows, and where all names are taken.
    """
    prefix = CONF.libvirt.disk_prefix or _PREFIXES.get(bus)
    if prefix is None:
        return None
    most = CONF.compute.max_disk_devices_to_attach
    if bus == "ide":
        most = _MOST_ON_IDE
    in_use = {name.removeprefix("/dev/") for name in taken if name}
    for index in itertools.count() if most < 0 else range(most):
        name = block_device.generate_device_name(prefix, index)
        if name not in in_use:
            return f"/dev/{name}"
    return None
