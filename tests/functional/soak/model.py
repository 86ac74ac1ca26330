# SPDX-License-Identifier: Apache-2.0
"""What has to be true of a server after any row of operations.

It knows nothing of Nova and of how overrides are kept: an image has
properties, a server sets or removes some of them, and all else is the image's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Properties = dict[str, str]
Overrides = dict[str, "str | None"]

LINE = "os_command_line"
MACHINE = "hw_machine_type"
NUMA = "hw_numa_nodes"

# Properties that do not depend on one another, with values that are valid on
# every image. The command line needs a kernel; see `problems`.
VALUES: Mapping[str, tuple[str, ...]] = {
    "hw_boot_menu": ("true", "false"),
    "hw_disk_bus": ("scsi", "sata", "virtio"),
    MACHINE: ("pc", "q35"),
    "hw_vif_model": ("e1000", "virtio", "rtl8139"),
    "hw_watchdog_action": ("reset", "poweroff", "none"),
    LINE: ("quiet", "%default% quiet", "%default%" + 40 * " long=word"),
}
# It decides where the guest runs, so it stays as it was at boot.
FIXED: Mapping[str, tuple[str, ...]] = {NUMA: ("1", "2")}
# Neither is ever valid.
INVALID: tuple[Overrides, ...] = (
    {"hw_nothing": "1"},
    {"hw_disk_bus": "floppy"},
    {"hw_rescue_bus": "ide"},
    {"hw_tpm_model": None},
)

ACTIVE = "ACTIVE"
SHUTOFF = "SHUTOFF"
RESCUE = "RESCUE"
SHELVED = "SHELVED"
OFFLOADED = "SHELVED_OFFLOADED"
RESIZED = "VERIFY_RESIZE"


@dataclass
class Image:
    """An image in Glance.

    Attributes:
        id: Its id.
        properties: Those that the soak deals with.
        has_kernel: Whether its servers boot with a kernel.
        has_ide: Whether it wants a CD-ROM on IDE, which machine q35 lacks.
            Nova notes that in the snapshot of any other machine.
    """

    id: str
    properties: Properties
    has_kernel: bool
    has_ide: bool = False


@dataclass
class Server:
    """A server.

    Attributes:
        id: Its id.
        image: What it was booted or last rebuilt from.
        base: The image's properties, as the server has them.
        overrides: What it overrides.
        flavor: The id of its flavor.
        status: As the API shows it.
        before_resize: Status and flavor to go back to.
    """

    id: str
    image: Image
    base: Properties
    overrides: Overrides
    flavor: str
    status: str = ACTIVE
    before_resize: tuple[str, str] = ("", "")

    @property
    def effective(self) -> Properties:
        """All properties that the server has."""
        return merged(self.base, self.overrides)

    def change(self, overrides: Overrides) -> None:
        """Replace the overrides: what no longer is one is the image's."""
        for name in {*self.overrides, *overrides}:
            self.base.pop(name, None)
            if name in self.image.properties:
                self.base[name] = self.image.properties[name]
        self.overrides = dict(overrides)

    def rebuild(self, image: Image, overrides: Overrides | None) -> None:
        """Start anew from an image; None keeps the overrides."""
        self.image = image
        self.base = dict(image.properties)
        if overrides is not None:
            self.overrides = dict(overrides)


def merged(base: Properties, overrides: Overrides) -> Properties:
    """Return an image's properties with overrides in force."""
    effective = dict(base)
    for name, value in overrides.items():
        if value is None:
            effective.pop(name, None)
        else:
            own = base.get(name, "")
            effective[name] = value.replace("%default%", own)
    return effective


def problems(image: Image, overrides: Overrides) -> list[str]:
    """Return the names that a boot of this image refuses to override."""
    return [
        name
        for name, value in overrides.items()
        if name not in {**VALUES, **FIXED}
        or (value is None and name not in image.properties)
        or (value is not None and value not in {**VALUES, **FIXED}[name])
        or (name == LINE and value is not None and not image.has_kernel)
        or (name == MACHINE and value == "q35" and image.has_ide)
    ]
