# SPDX-License-Identifier: Apache-2.0
"""Images that boot the sandbox's guest."""

from pathlib import Path
from typing import Any

from sandbox import images


def create_image(
    connection: Any, name: str, folder: Path, **properties: str
) -> Any:
    """Return a new image with the guest's kernel, and properties of its own.

    Args:
        connection: An openstacksdk connection of an admin.
        name: The image's.
        folder: Takes the file that is uploaded.
        **properties: What Glance knows of when the data comes in.
    """
    (guest,) = images.named(connection.image, images.GUEST)
    disk = folder / "disk"
    disk.write_bytes(b"\0" * 1024 * 1024)
    return connection.create_image(
        name,
        filename=str(disk),
        disk_format="raw",
        container_format="bare",
        visibility="public",
        wait=True,
        kernel_id=guest["kernel_id"],
        ramdisk_id=guest["ramdisk_id"],
        **properties,
    )
