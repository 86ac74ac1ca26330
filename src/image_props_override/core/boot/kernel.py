# SPDX-License-Identifier: Apache-2.0
"""Kernel and RAM disk of a server, as Nova reads them from its image.

A RAM disk is nothing without a kernel. Nova starts such a guest from its
disk, but libvirt's driver gives a rescued one the RAM disk alone, with which
QEMU does not start. So a removal of the kernel takes the RAM disk along, as
Nova's own word for "no kernel" does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from image_props_override.core.problems import Problem, ProblemCode

KERNEL = "kernel_id"
RAMDISK = "ramdisk_id"

# An image's kernel_id that stands for none, and for no RAM disk either
# (nova.compute.api.API._handle_kernel_and_ramdisk).
_NO_KERNEL = "nokernel"

_KINDS: Final = {KERNEL: "kernel", RAMDISK: "RAM disk"}
# Glance's disk_format of each. Clouds have both as raw, too.
_FORMATS: Final = {KERNEL: "aki", RAMDISK: "ari"}
# What of Glance's others no kernel can be in. A format that is not here may
# be one of the operator's own.
_DISKS: Final = frozenset(
    {"ami", "gpt", "iso", "ploop", "qcow2", "vdi", "vhd", "vhdx", "vmdk"}
)


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


def problem_of_image(
    name: str, image_id: str, image: Mapping[str, Any] | None
) -> Problem | None:
    """Return why a server cannot boot an image as its kernel or RAM disk.

    Args:
        name: What the image is given as, ``kernel_id`` or ``ramdisk_id``.
        image_id: As the user is to read it.
        image: What Glance has; None if there is none, or none that the
            caller may see. The answer does not say which.
    """
    if image is None:
        return Problem(
            name,
            f"there is no image {image_id} that you can see; give the id of "
            "one, or null to boot without",
            ProblemCode.IMAGE_NOT_FOUND,
        )
    if image["status"] != "active":
        return Problem(
            name,
            f"image {image_id} is {image['status']}; it can be used once it "
            "is active",
            ProblemCode.IMAGE_NOT_FOUND,
        )
    disk_format = image.get("disk_format")
    is_swapped = disk_format == _FORMATS[_partner(name)]
    if not is_swapped and disk_format not in _DISKS:
        return None
    if is_swapped:
        found = _KINDS[_partner(name)]
        advice = f"did you swap {KERNEL} and {RAMDISK}?"
    else:
        found = "disk"
        advice = (
            "give the id of an image whose disk_format is "
            f"{_FORMATS[name]} or raw"
        )
    return Problem(
        name,
        f"image {image_id} is a {found} (disk_format {disk_format}), not a "
        f"{_KINDS[name]}; {advice}",
        ProblemCode.IMAGE_FORMAT_INVALID,
    )


def _partner(name: str) -> str:
    return RAMDISK if name == KERNEL else KERNEL


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
