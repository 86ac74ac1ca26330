# SPDX-License-Identifier: Apache-2.0
"""Names that look like image properties, and what they are instead.

Data: names from guides, from Glance's metadata definitions and from flavors
that Nova does not read in an image.
"""

from __future__ import annotations

_FIELD = "is a field of the image, not a property; it cannot be overridden"

# Each is the whole message about the name.
OTHER_NAMES = {
    "cinder_img_volume_type": (
        "Cinder reads it when it creates a volume from the image; choose "
        "the volume's type instead"
    ),
    "container_format": _FIELD,
    "disk_format": _FIELD,
    "hw_emulator_threads_policy": (
        "is not an image property; set the extra spec "
        "hw:emulator_threads_policy on the flavor"
    ),
    "hw_rng": (
        "is not an image property; every guest has a random number generator "
        "unless the flavor says hw_rng:allowed=false"
    ),
    "hw_scsi_queues": (
        "Nova never read it; hw_scsi_model=virtio-scsi chooses the controller"
    ),
    "min_disk": _FIELD,
    "min_ram": _FIELD,
    "os_secure_boot_signature": (
        "only the Hyper-V driver read it, and Nova no longer has that "
        "driver; use os_secure_boot for Secure Boot"
    ),
}

# The first parts of extra specs (nova.api.validation.extra_specs); resources
# and traits can be numbered, "resources1:VCPU".
_EXTRA_SPECS = (
    "accel",
    "aggregate_instance_extra_specs",
    "capabilities",
    "hw",
    "hw_rng",
    "hw_video",
    "os",
    "pci_passthrough",
    "quota",
    "resources",
    "vmware",
)


def is_extra_spec(name: str) -> bool:
    """Return whether a name is one of a flavor's extra specs."""
    scope, colon, _ = name.partition(":")
    return bool(colon) and scope.rstrip("0123456789") in _EXTRA_SPECS
