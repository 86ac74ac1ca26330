# SPDX-License-Identifier: Apache-2.0
"""What hosts tell, and what is made of what they do not tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from image_props_override.core.boot.host_support import (
    HostSupport,
    is_told_by_hosts,
    unsupported_overrides,
    unsupported_values,
)
from tests.core.catalogue import CATALOGUE

BUSES = frozenset(
    f"COMPUTE_STORAGE_BUS_{bus}" for bus in ("IDE", "SCSI", "VIRTIO", "XEN")
)
MODELS = frozenset({"COMPUTE_NET_VIF_MODEL_NE2K_PCI"})
QEMU = HostSupport(
    traits=BUSES - {"COMPUTE_STORAGE_BUS_XEN"} | MODELS | {"CUSTOM_SSD"},
    standard_traits=BUSES | MODELS | {"COMPUTE_NET_VIRTIO_PACKED"},
    untold=frozenset({"COMPUTE_SOUND_MODEL_"}),
    guest_kinds=frozenset({("x86_64", "kvm", "hvm"), ("i686", "qemu", "hvm")}),
    machine_types=frozenset({"pc", "pc-q35-7.2", "q35"}),
)


@pytest.mark.parametrize(
    ("name", "value", "has"),
    [
        ("hw_disk_bus", "virtio", True),
        ("hw_disk_bus", "xen", False),
        ("hw_cdrom_bus", "xen", False),
        # There is no such trait.
        ("hw_disk_bus", "nvme", None),
        ("hw_vif_model", "ne2k_pci", True),
        ("hw_video_model", "none", None),
        ("hw_sound_model", "ich9", None),
        ("hw_virtio_packed_ring", "true", False),
        ("hw_virtio_packed_ring", "false", None),
        ("hw_architecture", "i686", True),
        ("hw_architecture", "ppc64", False),
        ("img_hv_type", "xen", False),
        ("hw_machine_type", "q35", True),
        ("hw_machine_type", "Q35x", False),
        ("trait:CUSTOM_SSD", "required", True),
        ("trait:CUSTOM_GOLD", "required", False),
        ("os_distro", "debian", None),
    ],
)
def test_has(name: str, value: str, has: bool | None) -> None:
    """True and false are told; what nobody tells is not known."""
    assert QEMU.has(name, value) is has
    assert is_told_by_hosts(name) is (name != "os_distro")


def test_a_host_that_does_not_tell() -> None:
    """It may support anything."""
    support = replace(
        QEMU,
        untold=frozenset({"COMPUTE_STORAGE_BUS_"}),
        guest_kinds=None,
        machine_types=None,
    )
    for name, value in {
        "hw_disk_bus": "xen",
        "img_hv_type": "xen",
        "hw_machine_type": "Q35x",
    }.items():
        assert support.has(name, value) is None
    assert unsupported_values(support, CATALOGUE["hw_disk_bus"]) is None


def test_values() -> None:
    """Those that the hosts say no to; not those that they say nothing of."""
    values = ("ide", "scsi", "virtio", "xen", "nvme")
    bus = replace(CATALOGUE["hw_disk_bus"], legal_values=values)
    assert unsupported_values(QEMU, bus) == ("xen",)


def test_refusals() -> None:
    """Each tells what would do."""
    problems = {
        problem.name: str(problem)
        for problem in unsupported_overrides(
            QEMU,
            {
                "hw_disk_bus": "xen",
                "hw_cdrom_bus": None,
                "hw_machine_type": "Q35x",
                "trait:CUSTOM_GOLD": "required",
                "os_distro": "debian",
            },
            CATALOGUE,
        )
    }
    assert problems == {
        "hw_disk_bus": "hw_disk_bus: no host of this cloud supports 'xen'; "
        "some host supports: ide, scsi, virtio [no_host_supports]",
        "hw_machine_type": "hw_machine_type: no host of this cloud supports "
        "'Q35x'; did you mean 'q35'? [no_host_supports]",
        "trait:CUSTOM_GOLD": "trait:CUSTOM_GOLD: no host of this cloud has "
        "this trait [no_host_supports]",
    }
