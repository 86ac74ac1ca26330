# SPDX-License-Identifier: Apache-2.0
"""Nova's own checks of image against flavor, asked one by one.

nova-api makes some of the checks in ``nova.virt.hardware`` and ends with the
first refusal; of a volume, which has no name to be shown by, even with 500.
The others are made by scheduler and virt driver, where all that is left of a
refusal is a server in ERROR. Here all are asked before the boot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova import exception, objects
from nova.conf import CONF
from nova.virt import hardware

from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.names import list_member
from image_props_override.nova_plugin.nova_privates.flavor_checks import (
    flavor_checks,
)

# Functions of flavor and image metadata. Older releases lack some.
CHECKS = (
    "get_best_cpu_topology",
    "get_cpu_policy_constraint",
    "get_cpu_thread_policy_constraint",
    "get_cpu_topology_constraints",
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

_PAGE_SIZE_LESSON = (
    "An image can choose hw_mem_page_size only where the flavor says "
    "hw:mem_page_size=any or hw:mem_page_size=large"
)
# What Nova's words name, to what they do not say.
_LESSONS = {
    "'resources:VCPU'": (
        "hw_cpu_policy cannot be overridden with a flavor that counts its "
        "CPUs by resources:VCPU or resources:PCPU; choose another flavor"
    ),
    "'hw_firmware_type'": (
        "Memory encryption needs UEFI; override hw_firmware_type with uefi, "
        "and hw_machine_type with q35, too"
    ),
}

# It tries all sockets, cores and threads there can be, which takes seconds for
# hundreds of CPUs; that none fit, it finds only where there are limits.
_OF_LIMITED_TOPOLOGY = "get_best_cpu_topology"

# Property to attribute of VirtCPUTopology. What an image prefers is no more
# than that: Nova takes what fits best, and says nothing.
CPU_TOPOLOGY = {
    "hw_cpu_sockets": "sockets",
    "hw_cpu_cores": "cores",
    "hw_cpu_threads": "threads",
}


def flavor_conflicts(
    flavor: objects.Flavor, image: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return why Nova would refuse the boot, in its own words, each once.

    Args:
        flavor: The flavor that is booted.
        image: The image's metadata, with the effective properties.
    """
    image_meta = _image_meta(image)
    if image_meta is None:
        return ()
    names = set(CHECKS)
    given = (*flavor.extra_specs, *image["properties"])
    if not any("cpu_max_" in name for name in given):
        names.remove(_OF_LIMITED_TOPOLOGY)
    refusals = (
        _refusal(check, flavor, image_meta)
        for check in flavor_checks(sorted(names))
    )
    return tuple(
        Problem("", refusal, ProblemCode.NOVA_REFUSES)
        for refusal in dict.fromkeys(refusals)
        if refusal
    )


def novas_words(error: exception.NovaException) -> str:
    """Return what Nova says, after a sentence that teaches where it does not.

    Args:
        error: What one of Nova's checks has raised.
    """
    words = str(error.format_message())
    if isinstance(error, exception.MemoryPageSizeForbidden):
        return f"{_PAGE_SIZE_LESSON}. {words}"
    # Names in Nova's words, which are the same in every language.
    for name, lesson in _LESSONS.items():
        if name in words:
            return f"{lesson}. {words}"
    return words


def default_machine_type() -> str:
    """Return the machine of guests of x86_64 whose image names none.

    As this host's ``nova.conf`` has it; each compute host has its own.
    """
    for mapping in CONF.libvirt.hw_machine_type or ():
        architecture, _, machine_type = mapping.partition("=")
        if architecture == "x86_64" and machine_type:
            return str(machine_type)
    return "pc"


def ignored_overrides(
    flavor: objects.Flavor,
    image: Mapping[str, Any],
    overrides: Mapping[str, str | None],
) -> tuple[Problem, ...]:
    """Return which overrides Nova would take, and make nothing of.

    Args:
        flavor: The flavor that is booted.
        image: The image's metadata, with the effective properties.
        overrides: Canonical name to value; None removes the property.
    """
    image_meta = _image_meta(image)
    if image_meta is None:
        return ()
    given = {name: v for name, v in overrides.items() if v is not None}
    problems = []
    for check in (_ignored_numa_lists, _ignored_cpu_topology):
        try:
            problems += check(flavor, image_meta, given)
        except exception.NovaException:
            # Nova refuses it, which flavor_conflicts tells.
            continue
    return tuple(problems)


def _ignored_numa_lists(
    flavor: objects.Flavor,
    image_meta: objects.ImageMeta,
    given: Mapping[str, str],
) -> list[Problem]:
    members = [name for name in given if list_member(name)]
    if not members or hardware.numa_get_constraints(flavor, image_meta):
        return []
    return [
        Problem(
            name,
            "would be ignored: it needs hw_numa_nodes (or hw:numa_nodes in "
            "the flavor), or another reason for a guest to have NUMA nodes",
            ProblemCode.PARTNER_MISSING,
        )
        for name in members
    ]


def _ignored_cpu_topology(
    flavor: objects.Flavor,
    image_meta: objects.ImageMeta,
    given: Mapping[str, str],
) -> list[Problem]:
    wanted = CPU_TOPOLOGY.keys() & given.keys()
    if not wanted:
        return []
    best = hardware.get_best_cpu_topology(flavor, image_meta)
    return [
        Problem(
            name,
            f"{given[name]} would be ignored: from the flavor's "
            f"{flavor.vcpus} CPUs, Nova would make {best.sockets} sockets "
            f"with {best.cores} cores of {best.threads} threads",
            ProblemCode.FLAVOR_LIMIT,
        )
        for name in sorted(wanted)
        if int(given[name]) != getattr(best, CPU_TOPOLOGY[name])
    ]


def _image_meta(image: Mapping[str, Any]) -> objects.ImageMeta | None:
    """Return what Nova reads; None where nova-api refuses the image."""
    try:
        # Some messages name the image, and a volume has no name. Nova
        # consumes the properties, hence the copy.
        return objects.ImageMeta.from_dict(
            {"name": "", **image, "properties": dict(image["properties"])}
        )
    except ValueError:
        return None


def _refusal(
    check: Any, flavor: objects.Flavor, image_meta: objects.ImageMeta
) -> str | None:
    try:
        check(flavor, image_meta)
    except exception.NovaException as error:
        return novas_words(error)
    return None
