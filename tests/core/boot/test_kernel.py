# SPDX-License-Identifier: Apache-2.0
"""Which images can be a kernel or a RAM disk, and what is said of others."""

from __future__ import annotations

import pytest

from image_props_override.core.boot.kernel import problem_of_image

DISKS = {
    *("ami", "gpt", "iso", "ploop", "qcow2", "vdi", "vhd", "vhdx", "vmdk"),
}


def said(name: str, **image: object) -> str | None:
    """Return what is said of an image, or None."""
    found = problem_of_image(name, "ID", {"status": "active", **image})
    return str(found) if found else None


@pytest.mark.parametrize(
    ("name", "disk_format"),
    [
        *(("kernel_id", each) for each in ("aki", "raw", None, "own")),
        *(("ramdisk_id", each) for each in ("ari", "raw", None, "own")),
    ],
)
def test_accepted(name: str, disk_format: str | None) -> None:
    """A format that a kernel may have, and one that only a cloud knows."""
    assert said(name, disk_format=disk_format) is None
    assert said(name) is None


@pytest.mark.parametrize("disk_format", sorted(DISKS))
def test_disk(disk_format: str) -> None:
    """A disk is neither; the message says which formats are right."""
    found = f"image ID is a disk (disk_format {disk_format}), not a "
    assert said("kernel_id", disk_format=disk_format) == (
        f"kernel_id: {found}kernel; give the id of an image whose disk_format "
        "is aki or raw [image_format_invalid]"
    )
    assert said("ramdisk_id", disk_format=disk_format) == (
        f"ramdisk_id: {found}RAM disk; give the id of an image whose "
        "disk_format is ari or raw [image_format_invalid]"
    )


def test_swapped() -> None:
    """Each in the other's place: the message asks whether they are."""
    assert said("kernel_id", disk_format="ari") == (
        "kernel_id: image ID is a RAM disk (disk_format ari), not a kernel; "
        "did you swap kernel_id and ramdisk_id? [image_format_invalid]"
    )
    assert said("ramdisk_id", disk_format="aki") == (
        "ramdisk_id: image ID is a kernel (disk_format aki), not a RAM disk; "
        "did you swap kernel_id and ramdisk_id? [image_format_invalid]"
    )


def test_not_active() -> None:
    """One thing at a time: the format may be set until it is active."""
    assert said("kernel_id", status="queued", disk_format="qcow2") == (
        "kernel_id: image ID is queued; it can be used once it is active "
        "[image_not_found]"
    )


def test_absent() -> None:
    """Absent or somebody else's: the message fits both."""
    assert str(problem_of_image("ramdisk_id", "ID", None)) == (
        "ramdisk_id: there is no image ID that you can see; give the id of "
        "one, or null to boot without [image_not_found]"
    )
