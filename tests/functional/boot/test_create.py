# SPDX-License-Identifier: Apache-2.0
"""A server boots with overridden image properties."""

from __future__ import annotations

import json
from copy import deepcopy
from xml.etree import ElementTree

import pytest
from nova.tests.fixtures import CinderFixture

from tests.functional.nova_in_process import (
    IMAGE,
    NovaInProcess,
    skip_without,
)


def test_spec_request(nova: NovaInProcess) -> None:
    """The request of the Nova spec boots."""
    server = nova.boot(
        {"hw_numa_nodes": "1", "hw_disk_bus": "scsi"},
        accessIPv4="1.2.3.4",
        metadata={"My Server Name": "Apache1"},
    )
    assert server["accessIPv4"] == "1.2.3.4"
    assert server["metadata"] == {"My Server Name": "Apache1"}
    assert server["image_props_override"] == {
        "hw_disk_bus": "scsi",
        "hw_numa_nodes": "1",
    }


def test_everyone_sees_the_merged_set(nova: NovaInProcess) -> None:
    """Scheduler, database and libvirt domain agree on the overrides."""
    server = nova.boot({"hw_numa_nodes": "2", "hw_disk_bus": "scsi"})

    kept = nova.system_metadata(server)
    assert kept["image_hw_numa_nodes"] == "2"
    assert kept["image_hw_disk_bus"] == "scsi"
    wanted = nova.request_spec(server)
    assert wanted.image.properties.hw_numa_nodes == 2
    assert len(wanted.numa_topology.cells) == 2
    domain = ElementTree.fromstring(nova.domains[server["id"]])
    assert len(domain.findall("./cpu/numa/cell")) == 2
    disk = domain.find("./devices/disk/target")
    assert disk is not None
    assert disk.get("bus") == "scsi"


def test_command_line(nova: NovaInProcess) -> None:
    """The kernel command line is the overridden one."""
    image = nova.kernel_image_with(os_command_line="console=ttyS0")
    server = nova.boot(
        {"hw_os_command_line": "%default% quiet"}, imageRef=image
    )
    domain = ElementTree.fromstring(nova.domains[server["id"]])
    assert domain.findtext("./os/cmdline") == "console=ttyS0 quiet"
    assert server["image_props_override"] == {
        "os_command_line": "%default% quiet"
    }


def test_removal(nova: NovaInProcess) -> None:
    """Null removes the image's property, legacy names included."""
    image = nova.image_with(hypervisor_type="qemu", hw_disk_bus="ide")
    server = nova.boot(
        {"img_hv_type": None, "hw_disk_bus": None}, imageRef=image
    )
    kept = nova.system_metadata(server)
    assert "image_hypervisor_type" not in kept
    assert "image_img_hv_type" not in kept
    # libvirt's own default, which Nova pins at first boot.
    assert kept["image_hw_disk_bus"] == "virtio"
    assert server["image_props_override"] == {
        "hw_disk_bus": None,
        "img_hv_type": None,
    }


def test_page_size(nova: NovaInProcess) -> None:
    """Where the flavor says any, the page size is the overridden one."""
    flavor = nova._create_flavor(
        vcpu=2, extra_spec={"hw:mem_page_size": "any"}
    )
    server = nova.boot({"hw_mem_page_size": "4"}, flavorRef=flavor)
    (cell,) = nova.instance(server).numa_topology.cells
    assert cell.pagesize == 4
    assert nova.request_spec(server).image.properties.hw_mem_page_size == "4"


def test_pinning(nova: NovaInProcess) -> None:
    """Guest CPUs are pinned as the overrides say."""
    server = nova.boot(
        {"hw_cpu_policy": "dedicated", "hw_cpu_thread_policy": "prefer"}
    )
    (cell,) = nova.instance(server).numa_topology.cells
    assert len(cell.cpu_pinning) == 2
    domain = ElementTree.fromstring(nova.domains[server["id"]])
    pins = {pin.get("cpuset") for pin in domain.findall("./cputune/vcpupin")}
    assert pins == set(map(str, cell.cpu_pinning.values()))


# extra specs of the flavor, overrides, what Nova says
CONFLICTS = {
    "page size, flavor silent": (
        {},
        {"hw_mem_page_size": "large"},
        "Page size",
    ),
    "page size, flavor small": (
        {"hw:mem_page_size": "small"},
        {"hw_mem_page_size": "large"},
        "Page size",
    ),
    "pinning, flavor shared": (
        {"hw:cpu_policy": "shared"},
        {"hw_cpu_policy": "dedicated"},
        "CPU pinning",
    ),
    "NUMA nodes": (
        {"hw:numa_nodes": "2"},
        {"hw_numa_nodes": "1"},
        "hw_numa_nodes",
    ),
    "more NUMA nodes than CPUs": ({}, {"hw_numa_nodes": "3"}, "NUMA"),
    "TPM model": (
        {"hw:tpm_model": "tpm-tis", "hw:tpm_version": "2.0"},
        {"hw_tpm_model": "tpm-crb"},
        "tpm_model",
    ),
    "USB model": (
        {"hw:usb_model": "qemu-xhci"},
        {"hw_usb_model": "nec-xhci"},
        "usb_model",
    ),
    "fewer CPUs than the flavor has": (
        {},
        {
            "hw_cpu_max_sockets": "1",
            "hw_cpu_max_cores": "1",
            "hw_cpu_max_threads": "1",
        },
        "vCPU limits",
    ),
}


@pytest.mark.parametrize(
    ("extra_specs", "overrides", "told"), CONFLICTS.values(), ids=CONFLICTS
)
def test_flavor_conflict(
    nova: NovaInProcess,
    extra_specs: dict[str, str],
    overrides: dict[str, str],
    told: str,
) -> None:
    """Nova's own checks see the merged set and answer in Nova's words."""
    skip_without(overrides)
    flavor = nova._create_flavor(vcpu=2, extra_spec=extra_specs)
    status, message = nova.refused(overrides, flavorRef=flavor)
    assert status in (400, 403, 409), message
    assert told in message


def test_other_images_are_untouched(nova: NovaInProcess) -> None:
    """Kernel, ramdisk and the image of a data disk stay as they are."""
    image = nova.kernel_image_with(hw_disk_bus="ide")
    data = nova.image_with(hw_disk_bus="ide")
    before = deepcopy(nova.glance.images)
    server = nova.boot(
        {"hw_disk_bus": "scsi", "os_command_line": "quiet"},
        imageRef=image,
        block_device_mapping_v2=[
            {
                "boot_index": 0,
                "source_type": "image",
                "destination_type": "local",
                "uuid": image,
            },
            {
                "boot_index": -1,
                "source_type": "image",
                "destination_type": "volume",
                "uuid": data,
                "volume_size": 1,
            },
        ],
    )
    assert server["image_props_override"]["hw_disk_bus"] == "scsi"
    assert nova.glance.images == before


def test_several_servers(nova: NovaInProcess) -> None:
    """Every server of one request has the overrides."""
    nova.boot({"hw_numa_nodes": "2"}, min_count=2, max_count=2)
    servers = nova.api.get_servers(detail=True)
    assert len(servers) == 2
    for server in servers:
        assert server["image_props_override"] == {"hw_numa_nodes": "2"}
        assert nova.system_metadata(server)["image_hw_numa_nodes"] == "2"


def test_image_itself_is_untouched(nova: NovaInProcess) -> None:
    """The image in Glance keeps its properties."""
    before = nova.glance.show(None, IMAGE)["properties"]
    nova.boot({"hw_numa_nodes": "2"})
    assert nova.glance.show(None, IMAGE)["properties"] == before


def test_forged_record(nova: NovaInProcess) -> None:
    """A record that comes with an image is not believed."""
    image = nova.image_with(
        **{
            "os_glance_override:hw_numa_nodes": "2",
            "os_glance_override:0": '{"hw_numa_nodes":"2"}',
            "hw_numa_nodes": "2",
        }
    )
    for overrides in (None, {}, {"hw_disk_bus": "scsi"}):
        server = nova.boot(overrides, imageRef=image)
        assert server["image_props_override"] == (overrides or {})


def test_record_is_hidden_from_the_image_view(nova: NovaInProcess) -> None:
    """server.image.properties shows properties, not the record."""
    server = nova.boot({"hw_numa_nodes": "1"})
    # Nova 29 shows no properties.
    shown = server["image"].get("properties", {"hw_numa_nodes": "1"})
    assert shown["hw_numa_nodes"] == "1"
    assert "override" not in json.dumps(server["image"])


DEVICES = {
    "existing volume": {
        "source_type": "volume",
        "uuid": CinderFixture.IMAGE_BACKED_VOL,
    },
    "image to volume": {
        "source_type": "image",
        "uuid": IMAGE,
        "volume_size": 20,
    },
    "volume snapshot": {"source_type": "snapshot", "volume_size": 20},
    "blank volume": {"source_type": "blank", "volume_size": 1},
}


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_boot_from_volume(
    nova: NovaInProcess, device: dict[str, object]
) -> None:
    """The properties that a root volume brings are overridden too."""
    if device["source_type"] == "snapshot":
        device = {**device, "uuid": nova.volume_snapshot()}
    root = {"boot_index": 0, "destination_type": "volume", **device}
    server = nova.boot(
        {"hw_numa_nodes": "2"}, imageRef=None, block_device_mapping_v2=[root]
    )
    assert server["image_props_override"] == {"hw_numa_nodes": "2"}
    assert nova.system_metadata(server)["image_hw_numa_nodes"] == "2"
    wanted = nova.request_spec(server)
    assert wanted.image.properties.hw_numa_nodes == 2
    domain = ElementTree.fromstring(nova.domains[server["id"]])
    assert len(domain.findall("./cpu/numa/cell")) == 2
