# SPDX-License-Identifier: Apache-2.0
"""What the installed Nova reads only together with something else."""

from __future__ import annotations

import pytest
from nova import exception, objects
from nova.virt import hardware

MASK = {"hw_cpu_realtime_mask": "^0"}


def image_meta(**properties: str) -> objects.ImageMeta:
    """Return the metadata of an image."""
    return objects.ImageMeta.from_dict({"properties": properties})


def flavor(**extra_specs: str) -> objects.Flavor:
    """Return a flavor of two vCPUs."""
    return objects.Flavor(vcpus=2, memory_mb=2048, extra_specs=extra_specs)


@pytest.mark.parametrize(
    ("extra_specs", "cpus"),
    [
        ({}, None),
        ({"hw:cpu_realtime": "no"}, None),
        ({"hw:cpu_realtime": "yes"}, {1}),
    ],
)
def test_realtime_mask(
    extra_specs: dict[str, str], cpus: set[int] | None
) -> None:
    """The flavor alone switches it on."""
    found = hardware.get_realtime_cpu_constraint(
        flavor(**extra_specs), image_meta(**MASK)
    )
    assert found == cpus


@pytest.mark.skipif(
    not hasattr(hardware, "get_stateless_firmware_constraint"),
    reason="this Nova has no stateless firmware",
)
@pytest.mark.parametrize("firmware", ["uefi", "bios", None])
def test_stateless_firmware(firmware: str | None) -> None:
    """The image has to say UEFI itself, whatever the architecture is."""
    given = {"hw_firmware_type": firmware} if firmware else {}
    image = image_meta(
        hw_firmware_stateless="true", hw_architecture="aarch64", **given
    )
    try:
        is_on = bool(hardware.get_stateless_firmware_constraint(image))
    except exception.Invalid:
        # Of older releases, on the host, where the server ends in ERROR.
        is_on = False
    assert is_on is (firmware == "uefi")


@pytest.mark.parametrize("has_nodes", [True, False])
def test_numa_lists(has_nodes: bool) -> None:
    """Lists alone give a guest no NUMA nodes."""
    lists = {"hw_numa_cpus.0": "0-1", "hw_numa_mem.0": "2048"}
    nodes = {"hw_numa_nodes": "1"} if has_nodes else {}
    topology = hardware.numa_get_constraints(
        flavor(), image_meta(**lists, **nodes)
    )
    assert (topology is not None) is has_nodes
