# SPDX-License-Identifier: Apache-2.0
"""Nova's own checks of image against flavor, asked one by one.

nova-api makes some of the checks in ``nova.virt.hardware`` and ends with the
first refusal; of a volume, which has no name to be told by, even with 500.
The others are made by scheduler and virt driver, where all that is left of a
refusal is a server in ERROR. Here all are asked before the boot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova import exception, objects
from nova.virt import hardware

from image_props_override.core.problems import Problem, ProblemCode

# Functions of flavor and image metadata. Older releases lack some.
CHECKS = (
    "get_best_cpu_topology",
    "get_cpu_policy_constraint",
    "get_cpu_thread_policy_constraint",
    "get_ephemeral_encryption_constraint",
    "get_locked_memory_constraint",
    "get_maxphysaddr_mode",
    "get_mem_encryption_constraint",
    "get_number_of_serial_ports",
    "get_packed_virtqueue_constraint",
    "get_pci_numa_policy_constraint",
    "get_pmu_constraint",
    "get_realtime_cpu_constraint",
    "get_redirected_usb_ports",
    "get_secure_boot_constraint",
    "get_sound_model",
    "get_usb_model",
    "get_vif_multiqueue_constraint",
    "get_vtpm_constraint",
    "numa_get_constraints",
)


def flavor_conflicts(
    flavor: objects.Flavor, image: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return why Nova would refuse the boot, in its own words, each once.

    Args:
        flavor: The flavor that is booted.
        image: The image's metadata, with the effective properties.
    """
    try:
        # Some messages name the image, and a volume has no name. Nova
        # consumes the properties, hence the copy.
        image_meta = objects.ImageMeta.from_dict(
            {"name": "", **image, "properties": dict(image["properties"])}
        )
    except ValueError:
        # A property of the image itself that nova-api refuses in a moment.
        return ()
    checks = (getattr(hardware, name, None) for name in CHECKS)
    refusals = (
        _refusal(check, flavor, image_meta) for check in checks if check
    )
    return tuple(
        Problem("", refusal, ProblemCode.NOVA_REFUSES)
        for refusal in dict.fromkeys(refusals)
        if refusal
    )


def _refusal(
    check: Any, flavor: objects.Flavor, image_meta: objects.ImageMeta
) -> str | None:
    try:
        check(flavor, image_meta)
    except exception.NovaException as error:
        return str(error.format_message())
    return None
