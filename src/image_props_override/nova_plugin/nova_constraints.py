# SPDX-License-Identifier: Apache-2.0
"""Nova's own checks of image against flavor, which it makes too late.

nova-api makes some of the checks in ``nova.virt.hardware``; the others are
made by the virt driver on the host, where all that is left of a refusal is a
server in ERROR. Here they are asked before the boot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova import exception, objects
from nova.virt import hardware

from image_props_override.core.problems import Problem, ProblemCode

# Functions of flavor and image metadata. Older releases lack some.
LATE_CHECKS = (
    "get_best_cpu_topology",
    "get_locked_memory_constraint",
    "get_maxphysaddr_mode",
    "get_number_of_serial_ports",
    "get_redirected_usb_ports",
    "get_sound_model",
    "get_usb_model",
    "get_vif_multiqueue_constraint",
    "get_vtpm_constraint",
)


def late_refusals(
    flavor: objects.Flavor, effective: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return why the virt driver would refuse the boot, in Nova's words.

    Args:
        flavor: The flavor that is booted.
        effective: The image's properties with the overrides in them.
    """
    try:
        # It consumes what it is given, hence the copy.
        image = objects.ImageMeta.from_dict({"properties": dict(effective)})
    except ValueError:
        # A property of the image itself that nova-api refuses in a moment.
        return ()
    # Some messages name the image.
    image.name = ""
    checks = (getattr(hardware, name, None) for name in LATE_CHECKS)
    refusals = (_refusal(check, flavor, image) for check in checks if check)
    return tuple(
        Problem("", refusal, ProblemCode.NOVA_REFUSES)
        for refusal in refusals
        if refusal
    )


def _refusal(check: Any, flavor: objects.Flavor, image: Any) -> str | None:
    try:
        check(flavor, image)
    except exception.NovaException as error:
        return str(error.format_message())
    return None
