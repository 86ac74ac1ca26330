# SPDX-License-Identifier: Apache-2.0
"""An installation: kernel and command line that a server has for one boot.

Nova has no notion of "once". A client gives them to the server, and takes
them off again when the guest has powered itself off. A mark in the server's
metadata says that an installation is under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from image_props_override.core.boot.kernel import KERNEL, RAMDISK
from image_props_override.core.properties.limits import COMMAND_LINE

# A key of the server's metadata, which its owner may read and write.
MARK: Final = "os_installation"
# Its values: the installer is at work or its overrides have to be taken off;
# the server has been installed.
PENDING: Final = "pending"
DONE: Final = "done"


@dataclass(frozen=True)
class Installer:
    """What a server boots until it is installed.

    Attributes:
        kernel: Id of the kernel's image.
        ramdisk: Id of the RAM disk's image; None for none.
        command_line: For the kernel; None for the image's.
    """

    #: The image properties that it overrides.
    PROPERTIES: ClassVar = frozenset({KERNEL, RAMDISK, COMMAND_LINE})

    kernel: str
    ramdisk: str | None = None
    command_line: str | None = None

    def overrides(self) -> dict[str, str | None]:
        """Return the overrides that make a server boot it."""
        given = {
            KERNEL: self.kernel,
            RAMDISK: self.ramdisk,
            COMMAND_LINE: self.command_line,
        }
        return {name: value for name, value in given.items() if value}

    def __str__(self) -> str:
        """Return the overrides, for messages."""
        return " ".join(f"{k}={v!r}" for k, v in self.overrides().items())


def installer_of(overrides: Mapping[str, str | None]) -> Installer | None:
    """Return the installer that a server's overrides make it boot.

    Args:
        overrides: The server's, by canonical name.
    """
    kernel = overrides.get(KERNEL)
    if not kernel:
        return None
    return Installer(
        kernel, overrides.get(RAMDISK), overrides.get(COMMAND_LINE)
    )


def without_installer(
    overrides: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Return a server's overrides without those that an installer needs.

    Args:
        overrides: The server's, by canonical name.
    """
    return {
        name: value
        for name, value in overrides.items()
        if name not in Installer.PROPERTIES
    }
