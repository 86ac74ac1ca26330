# SPDX-License-Identifier: Apache-2.0
"""What a machine of QEMU's lacks that other properties ask for.

libvirt would refuse the guest on the host, where all that is left of the
refusal is a server in ERROR.
"""

from __future__ import annotations

from collections.abc import Iterator

from image_props_override.core.boot.checks import Boot
from image_props_override.core.problems import Problem, ProblemCode

_MACHINE = "hw_machine_type"
# Machines are "q35", "pc-q35-7.2", "pc-q35-rhel9.4.0"; Nova looks for the
# part, too (nova.virt.libvirt.blockinfo, driver).
_Q35 = "q35"
_BUSES = ("hw_disk_bus", "hw_cdrom_bus")
_SECURE_BOOT = "os_secure_boot"
_FIRMWARE = "hw_firmware_type"
_VIOMMU = "hw_viommu_model"
# Of two that are set, Nova takes the first; the last is a legacy name.
_ARCHITECTURES = (
    "hw_emulation_architecture",
    "hw_architecture",
    "architecture",
)
_HYPERVISORS = ("img_hv_type", "hypervisor_type")


def check_machine(boot: Boot, default_machine_type: str) -> list[Problem]:
    """Return why the guest's machine cannot have what is overridden.

    Args:
        boot: The boot.
        default_machine_type: What hosts of x86_64 make of a guest without a
            machine type.
    """
    if _MACHINE in boot.unread:
        return []
    if _first(boot, _HYPERVISORS) not in ("", "kvm", "qemu"):
        return []
    machine = _effective(boot, _MACHINE)
    is_x86 = _first(boot, _ARCHITECTURES) in ("", "x86_64")
    if is_x86:
        machine = machine or default_machine_type
    if _Q35 in machine:
        return list(_buses_that_q35_lacks(boot))
    if not is_x86:
        return []
    return [
        *_secure_boot_without_q35(boot, machine),
        *_viommu_without_q35(boot, machine),
    ]


def _buses_that_q35_lacks(boot: Boot) -> Iterator[Problem]:
    for bus in _BUSES:
        if _effective(boot, bus) == "ide" and _is_asked(boot, bus):
            yield Problem(
                bus if boot.overrides.get(bus) else _MACHINE,
                "a q35 machine has no IDE controller; override "
                f"{bus} with another bus, such as sata",
                ProblemCode.MACHINE_CONFLICT,
            )


def _secure_boot_without_q35(boot: Boot, machine: str) -> Iterator[Problem]:
    wanted = (
        _effective(boot, _SECURE_BOOT),
        boot.flavor_extra_specs.get("os:secure_boot"),
    )
    # With other firmware, Nova does not look at it.
    if "required" not in wanted or _effective(boot, _FIRMWARE) != "uefi":
        return
    if _is_asked(boot, _SECURE_BOOT) or _is_asked(boot, _FIRMWARE):
        yield Problem(
            _MACHINE if boot.overrides.get(_MACHINE) else _SECURE_BOOT,
            f"Secure Boot does not work on the machine '{machine}'; override "
            "hw_machine_type with q35, or hw_architecture where it is not "
            "x86_64",
            ProblemCode.MACHINE_CONFLICT,
        )


def _viommu_without_q35(boot: Boot, machine: str) -> Iterator[Problem]:
    wanted = boot.flavor_extra_specs.get("hw:viommu_model") or _effective(
        boot, _VIOMMU
    )
    if wanted and _is_asked(boot, _VIOMMU):
        yield Problem(
            _MACHINE if boot.overrides.get(_MACHINE) else _VIOMMU,
            f"the machine '{machine}' has no IOMMU; override "
            "hw_machine_type with q35",
            ProblemCode.MACHINE_CONFLICT,
        )


def _is_asked(boot: Boot, name: str) -> bool:
    """Return whether the request has a part in a property and its machine.

    What the image alone says is Nova's to refuse, as ever.
    """
    return name in boot.overrides or _MACHINE in boot.overrides


def _first(boot: Boot, names: tuple[str, ...]) -> str:
    return next(filter(None, (_effective(boot, name) for name in names)), "")


def _effective(boot: Boot, name: str) -> str:
    return str(boot.effective.get(name) or "").lower()
