# SPDX-License-Identifier: Apache-2.0
"""The image's properties with the overrides in them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_props_override.core.boot.merge import Change, merge
from image_props_override.core.boot.plan import plan_boot
from image_props_override.core.boot.record import record_of, recorded_overrides
from image_props_override.core.problems import ProblemCode
from tests.core.catalogue import CATALOGUE

# image, overrides, effective
MERGED: list[tuple[dict[str, Any], dict[str, str | None], dict[str, Any]]] = [
    ({}, {"hw_disk_bus": "ide"}, {"hw_disk_bus": "ide"}),
    ({"hw_disk_bus": "scsi"}, {"hw_disk_bus": "ide"}, {"hw_disk_bus": "ide"}),
    ({"a": "b"}, {"hw_disk_bus": "ide"}, {"a": "b", "hw_disk_bus": "ide"}),
    # Nova reads the current name first, and some of its code the old only.
    (
        {"architecture": "x86_64"},
        {"hw_architecture": "aarch64"},
        {"architecture": "aarch64", "hw_architecture": "aarch64"},
    ),
    (
        {"architecture": "x86_64", "hw_architecture": "x86_64"},
        {"hw_architecture": None},
        {},
    ),
    # A list is replaced as a whole.
    (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1", "hw_numa_mem.0": "9"},
        {"hw_numa_cpus.0": "0-1"},
        {"hw_numa_cpus.0": "0-1", "hw_numa_mem.0": "9"},
    ),
    (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1"},
        {"hw_numa_cpus": None},
        {},
    ),
    # The legacy name of two properties keeps meaning the one that stays.
    (
        {"vmware_adaptertype": "lsiLogic"},
        {"hw_disk_bus": "virtio"},
        {"hw_disk_bus": "virtio", "hw_scsi_model": "lsiLogic"},
    ),
    (
        {"vmware_adaptertype": "ide"},
        {"hw_scsi_model": "virtio-scsi"},
        {"hw_disk_bus": "ide", "hw_scsi_model": "virtio-scsi"},
    ),
    (
        {"vmware_adaptertype": "ide"},
        {"os_distro": "debian"},
        {"vmware_adaptertype": "ide", "os_distro": "debian"},
    ),
    ({"trait:A": "required"}, {"trait:A": None}, {}),
    # A RAM disk is nothing without a kernel.
    ({"kernel_id": "k", "ramdisk_id": "r"}, {"kernel_id": None}, {}),
    (
        {"kernel_id": "k", "ramdisk_id": "r"},
        {"kernel_id": "x"},
        {"kernel_id": "x", "ramdisk_id": "r"},
    ),
    (
        {"kernel_id": "k", "ramdisk_id": "r"},
        {"ramdisk_id": None},
        {"kernel_id": "k"},
    ),
    ({"os_glance_override:hw_disk_bus": "ide"}, {}, {}),
]


@pytest.mark.parametrize(("image", "overrides", "effective"), MERGED)
def test_merged(
    image: dict[str, Any],
    overrides: dict[str, str | None],
    effective: dict[str, Any],
) -> None:
    """The overrides win, whatever name the image uses."""
    assert merge(image, overrides, CATALOGUE).effective == effective


def test_story() -> None:
    """The result tells what was set, replaced and removed."""
    result = merge(
        {"hw_disk_bus": "ide", "os_distro": "debian", "hw_boot_menu": "yes"},
        {"hw_disk_bus": "scsi", "os_distro": None, "hw_numa_nodes": "1"},
        CATALOGUE,
    )
    assert result.changes == (
        Change("hw_disk_bus", old="ide", new="scsi"),
        Change("hw_numa_nodes", old=None, new="1"),
        Change("os_distro", old="debian", new=None),
    )


NAMES = st.sampled_from(
    [
        "hw_disk_bus",
        "hw_scsi_model",
        "hw_architecture",
        "hw_numa_nodes",
        "hw_numa_cpus.0",
        "hw_numa_cpus.1",
        "os_distro",
        "trait:HW_X",
    ]
)
VALUES = st.text(min_size=1, max_size=8)
OVERRIDES = st.dictionaries(NAMES, VALUES | st.none(), max_size=6)
IMAGES = st.dictionaries(
    NAMES
    | st.sampled_from(["architecture", "vmware_adaptertype", "vmware_ostype"])
    | st.text(max_size=8),
    VALUES,
    max_size=8,
)


@given(IMAGES, OVERRIDES)
def test_arguments_stay(
    image: dict[str, str], overrides: dict[str, str | None]
) -> None:
    """Merging changes neither the image's properties nor the overrides."""
    before = copy.deepcopy((image, overrides))
    merge(image, overrides, CATALOGUE)
    assert (image, overrides) == before


@given(IMAGES, OVERRIDES)
def test_idempotent(
    image: dict[str, str], overrides: dict[str, str | None]
) -> None:
    """Merging the same overrides again changes nothing."""
    once = merge(image, overrides, CATALOGUE).effective
    assert merge(once, overrides, CATALOGUE).effective == once


@given(IMAGES, OVERRIDES, st.randoms())
def test_order_never_matters(
    image: dict[str, str], overrides: dict[str, str | None], random: Any
) -> None:
    """Any order of keys gives the same result."""

    def shuffled(mapping: dict[str, Any]) -> dict[str, Any]:
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    assert merge(shuffled(image), shuffled(overrides), CATALOGUE) == merge(
        image, overrides, CATALOGUE
    )


@given(IMAGES, OVERRIDES)
def test_the_rest_stays(
    image: dict[str, str], overrides: dict[str, str | None]
) -> None:
    """What is not overridden stays byte for byte."""
    touched = {
        *overrides,
        "vmware_adaptertype",
        "hw_disk_bus",
        "hw_scsi_model",
    }
    for name in overrides:
        if name in CATALOGUE:
            touched |= set(CATALOGUE[name].legacy_aliases)
    if any(name.startswith("hw_numa_cpus") for name in overrides):
        touched |= {n for n in image if n.startswith("hw_numa_cpus.")}
    effective = merge(image, overrides, CATALOGUE).effective
    rest = {n: v for n, v in image.items() if n not in touched}
    assert {n: effective[n] for n in rest} == rest


@given(OVERRIDES)
def test_record_round_trip(overrides: dict[str, str | None]) -> None:
    """A record tells exactly what was asked."""
    merged = merge({}, overrides, CATALOGUE).effective
    properties = {"hw_disk_bus": "virtio", **merged, **record_of(overrides)}
    kept = {f"image_{name}": value for name, value in properties.items()}
    assert recorded_overrides(kept) == overrides


# image, overrides, flavor, codes
PLANS: list[
    tuple[
        dict[str, str],
        dict[str, str | None],
        dict[str, str],
        list[ProblemCode],
    ]
] = [
    ({"kernel_id": "k"}, {"os_command_line": "quiet"}, {}, []),
    ({}, {"os_command_line": "quiet"}, {}, [ProblemCode.KERNEL_MISSING]),
    (
        {"kernel_id": "nokernel"},
        {"os_command_line": "quiet"},
        {},
        [ProblemCode.KERNEL_MISSING],
    ),
    ({"os_command_line": "x"}, {"os_command_line": None}, {}, []),
    (
        {"kernel_id": "k", "os_command_line": "x" * 2040},
        {"os_command_line": "%default% and some more"},
        {},
        [ProblemCode.VALUE_TOO_LONG],
    ),
    (
        {"kernel_id": "k"},
        {"os_command_line": "%default% quiet"},
        {},
        [ProblemCode.DEFAULT_ABSENT],
    ),
    ({}, {"hw_disk_bus": None}, {}, [ProblemCode.REMOVAL_OF_ABSENT]),
    ({"architecture": "x86_64"}, {"hw_architecture": None}, {}, []),
    ({"vmware_adaptertype": "ide"}, {"hw_disk_bus": None}, {}, []),
    (
        {"vmware_adaptertype": "ide"},
        {"hw_scsi_model": None},
        {},
        [ProblemCode.REMOVAL_OF_ABSENT],
    ),
    ({"hw_numa_cpus.0": "0"}, {"hw_numa_cpus": None}, {}, []),
    ({}, {"hw_tpm_version": "2.0"}, {}, []),
    (
        {},
        {"hw_tpm_model": "tpm-crb"},
        {},
        [ProblemCode.PARTNER_MISSING],
    ),
    ({}, {"hw_tpm_model": "tpm-crb"}, {"hw:tpm_version": "2.0"}, []),
    ({"hw_tpm_version": "2.0"}, {"hw_tpm_model": "tpm-crb"}, {}, []),
    (
        {"hw_mem_encryption": "false"},
        {"hw_mem_encryption_model": "amd-sev"},
        {},
        [ProblemCode.PARTNER_MISSING],
    ),
    ({}, {"hw_video_ram": "0"}, {}, []),
    ({}, {"hw_video_ram": "1"}, {}, [ProblemCode.FLAVOR_LIMIT]),
    ({}, {"hw_video_ram": "16"}, {"hw_video:ram_max_mb": "16"}, []),
    (
        {},
        {"hw_video_ram": "17"},
        {"hw_video:ram_max_mb": "16"},
        [ProblemCode.FLAVOR_LIMIT],
    ),
    (
        {},
        {"hw_cpu_policy": "shared"},
        {"hw:cpu_policy": "dedicated"},
        [ProblemCode.FLAVOR_WINS],
    ),
    (
        {},
        {"hw_cpu_policy": "dedicated"},
        {"hw:cpu_policy": "dedicated"},
        [],
    ),
    ({"hw_cpu_policy": "shared"}, {}, {"hw:cpu_policy": "dedicated"}, []),
]


@pytest.mark.parametrize(("image", "overrides", "flavor", "codes"), PLANS)
def test_plan(
    image: dict[str, str],
    overrides: dict[str, str | None],
    flavor: dict[str, str],
    codes: list[ProblemCode],
) -> None:
    """What image or flavor cannot take is refused, not ignored."""
    plan = plan_boot(image, overrides, flavor, CATALOGUE)
    assert [problem.code for problem in plan.problems] == codes


def test_plan_keeps_what_was_asked() -> None:
    """The record has the token; the property has the image's own value."""
    plan = plan_boot(
        {"kernel_id": "k", "os_command_line": "console=ttyS0"},
        {"os_command_line": "%default% quiet"},
        {},
        CATALOGUE,
    )
    assert plan.properties["os_command_line"] == "console=ttyS0 quiet"
    assert (
        plan.properties["os_glance_override:os_command_line"]
        == "%default% quiet"
    )
