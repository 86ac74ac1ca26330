# SPDX-License-Identifier: Apache-2.0
"""Kernel and RAM disk of a server, as Nova reads them from its image.

A RAM disk is nothing without a kernel. Nova starts such a guest from its
disk, but libvirt's driver gives a rescued one the RAM disk alone, with which
QEMU does not start. So a removal of the kernel takes the RAM disk along, as
Nova's own word for "no kernel" does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

KERNEL = "kernel_id"
RAMDISK = "ramdisk_id"

# An image's kernel_id that stands for none, and for no RAM disk either
# (nova.compute.api.API._handle_kernel_and_ramdisk).
_NO_KERNEL = "nokernel"


def boot_images(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return what an instance of Nova's has as kernel and RAM disk.

    Args:
        properties: The effective properties of the server.

    Returns:
        An image's id by the name of the field; the empty text for none.
    """
    if properties.get(KERNEL) == _NO_KERNEL:
        return {KERNEL: "", RAMDISK: ""}
    return {name: properties.get(name) or "" for name in (KERNEL, RAMDISK)}


def drop_stray_ramdisk(
    properties: dict[str, Any], overrides: Mapping[str, str | None]
) -> None:
    """Take out, in place, the RAM disk of an image that loses its kernel.

    Args:
        properties: The image's.
        overrides: Canonical name to value; None removes the property.
    """
    if KERNEL in overrides and overrides[KERNEL] is None:
        properties.pop(RAMDISK, None)


def affected_with_kernel(
    names: Iterable[str], server_properties: Mapping[str, Any]
) -> set[str]:
    """Return names and, where the RAM disk went with the kernel, that too.

    Args:
        names: What is overridden before or after, by canonical names.
        server_properties: The effective properties of the server.
    """
    affected = {*names}
    if KERNEL in affected and not server_properties.get(KERNEL):
        affected.add(RAMDISK)
    return affected
