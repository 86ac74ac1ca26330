# SPDX-License-Identifier: Apache-2.0
"""What the guest's machine lacks is refused before libvirt refuses it."""

from __future__ import annotations

import pytest

from image_props_override.core.boot.plan import plan_boot
from image_props_override.core.problems import ProblemCode
from tests.core.catalogue import CATALOGUE

SECURE = {"os_secure_boot": "required"}
UEFI = {"hw_firmware_type": "uefi"}
Q35 = {"hw_machine_type": "q35"}
PC = {"hw_machine_type": "pc"}
VIOMMU = {"hw_viommu_model": "auto"}
IDE = {"hw_disk_bus": "ide"}

# the image's properties, overrides, hosts' default; the property at fault
CASES: dict[
    str, tuple[dict[str, str], dict[str, str | None], str, str | None]
] = {
    "disk": ({}, {**Q35, **IDE}, "pc", "hw_disk_bus"),
    "CD-ROM": ({}, {**Q35, "hw_cdrom_bus": "ide"}, "pc", "hw_cdrom_bus"),
    "disk of the image": (IDE, {**Q35}, "pc", "hw_machine_type"),
    "machine of the image": (Q35, {**IDE}, "pc", "hw_disk_bus"),
    "machine with a version": (
        {"hw_machine_type": "pc-q35-7.2"},
        {**IDE},
        "pc",
        "hw_disk_bus",
    ),
    "machine of the hosts": ({}, {**IDE}, "q35", "hw_disk_bus"),
    "machine, taken away": (Q35, {**IDE, "hw_machine_type": None}, "pc", None),
    "other bus": (IDE, {**Q35, "hw_disk_bus": "sata"}, "pc", None),
    "other machine": ({}, {**PC, **IDE}, "q35", None),
    "image alone": ({**Q35, **IDE}, {"hw_boot_menu": "true"}, "pc", None),
    "ARM": (
        {"hw_architecture": "aarch64"},
        {**IDE},
        "q35",
        None,
    ),
    "VMware": ({"img_hv_type": "vmware"}, {**Q35, **IDE}, "pc", None),
    "Secure Boot": ({}, {**SECURE, **UEFI}, "pc", "os_secure_boot"),
    "Secure Boot on q35": ({}, {**SECURE, **UEFI, **Q35}, "pc", None),
    "Secure Boot on hosts of q35": ({}, {**SECURE, **UEFI}, "q35", None),
    "Secure Boot on pc": (
        {},
        {**SECURE, **UEFI, **PC},
        "q35",
        "hw_machine_type",
    ),
    "Secure Boot of the image": (SECURE, {**UEFI}, "pc", "os_secure_boot"),
    "Secure Boot of the image alone": (
        {**SECURE, **UEFI},
        {"hw_boot_menu": "true"},
        "pc",
        None,
    ),
    "Secure Boot where it can": (
        {},
        {**UEFI, "os_secure_boot": "optional"},
        "pc",
        None,
    ),
    "vIOMMU": ({}, {**VIOMMU}, "pc", "hw_viommu_model"),
    "vIOMMU on q35": ({}, {**VIOMMU, **Q35}, "pc", None),
    "vIOMMU on hosts of q35": ({}, {**VIOMMU}, "q35", None),
    "vIOMMU on pc": ({}, {**VIOMMU, **PC}, "q35", "hw_machine_type"),
    "vIOMMU of the image": (VIOMMU, {**PC}, "q35", "hw_machine_type"),
    "vIOMMU of the image alone": (
        VIOMMU,
        {"hw_boot_menu": "true"},
        "pc",
        None,
    ),
    "vIOMMU on ARM": ({"hw_architecture": "aarch64"}, {**VIOMMU}, "pc", None),
    "Secure Boot on ARM": (
        {"architecture": "aarch64"},
        {**SECURE, **UEFI},
        "pc",
        None,
    ),
}


@pytest.mark.parametrize(
    ("image", "overrides", "default", "at_fault"), CASES.values(), ids=CASES
)
def test_machine(
    image: dict[str, str],
    overrides: dict[str, str | None],
    default: str,
    at_fault: str | None,
) -> None:
    """One problem names the property that the user can mend."""
    plan = plan_boot(
        image, overrides, {}, CATALOGUE, default_machine_type=default
    )
    assert [(problem.name, problem.code) for problem in plan.problems] == (
        [(at_fault, ProblemCode.MACHINE_CONFLICT)] if at_fault else []
    )


def test_secure_boot_of_the_flavor() -> None:
    """The flavor can require it, too."""
    flavor = {"os:secure_boot": "required"}
    plan = plan_boot({}, UEFI, flavor, CATALOGUE)
    assert [problem.code for problem in plan.problems] == [
        ProblemCode.MACHINE_CONFLICT
    ]


def test_machine_that_is_given_in_vain() -> None:
    """A machine type with a mistake in it is not judged by its absence."""
    plan = plan_boot(
        {}, {**SECURE, **UEFI}, {}, CATALOGUE, frozenset({"hw_machine_type"})
    )
    assert plan.problems == ()
