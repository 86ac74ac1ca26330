# SPDX-License-Identifier: Apache-2.0
"""A preview tells what a boot would use, and what it would be refused for."""

from __future__ import annotations

from typing import Any

import pytest
from nova import objects
from nova.tests.fixtures import CinderFixture

from tests.functional.api.previewing import ABSENT, codes, preview
from tests.functional.nova_in_process import IMAGE, NovaInProcess

Overrides = dict[str, "str | None"]


def test_as_booted(nova: NovaInProcess) -> None:
    """A preview tells the properties that a boot then has."""
    image = nova.kernel_image_with(
        os_command_line="quiet",
        hw_vif_model="virtio",
        architecture="x86_64",
        os_distro="debian",
    )
    overrides = {
        "os_command_line": "%default% splash",
        "hw_vif_model": "e1000",
        "hw_watchdog_action": "reset",
        "os_distro": None,
    }
    told = preview(nova, overrides, imageRef=image)
    assert told["bootable"] is True
    assert told["problems"] == []
    by_name = {each.pop("name"): each for each in told["properties"]}
    assert list(by_name) == sorted(by_name)
    assert by_name["os_command_line"] == {
        "value": "quiet splash",
        "origin": "override",
        "image_value": "quiet",
        "supported": None,
    }
    assert by_name["hw_architecture"]["origin"] == "image"
    assert by_name["hw_watchdog_action"]["image_value"] is None
    assert by_name["os_distro"] == {
        "value": None,
        "origin": "removed",
        "image_value": "debian",
        "supported": None,
    }
    server = nova.boot(overrides, imageRef=image)
    kept = nova.instance(server).image_meta.properties
    for name, entry in by_name.items():
        if name in kept.fields:
            assert kept.get(name) == entry["value"]


def test_flavor_wins(nova: NovaInProcess) -> None:
    """Where the flavor wins over the image, the preview has its value.

    Over an override it does not win in silence.
    """
    flavor = nova._create_flavor(
        vcpu=2, extra_spec={"hw:cpu_policy": "dedicated"}
    )
    image = nova.image_with(hw_cpu_policy="shared")
    told = preview(nova, {}, imageRef=image, flavorRef=flavor)
    entry = {
        "name": "hw_cpu_policy",
        "value": "dedicated",
        "origin": "flavor",
        "image_value": "shared",
        "supported": None,
    }
    assert entry in told["properties"]
    assert told["bootable"] is True

    told = preview(
        nova, {"hw_cpu_policy": "shared"}, imageRef=image, flavorRef=flavor
    )
    assert entry in told["properties"]
    assert codes(told) == [("hw_cpu_policy", "flavor_wins")]
    assert "hw:cpu_policy=dedicated" in told["problems"][0]["message"]
    assert told["bootable"] is False


# extra specs, overrides, words of each problem
REFUSED: dict[str, tuple[dict[str, str], Overrides, list[str]]] = {
    "PMU": ({"hw:pmu": "no"}, {"hw_pmu": "yes"}, ["hw:pmu extra spec"]),
    "NUMA nodes": ({"hw:numa_nodes": "1"}, {"hw_numa_nodes": "2"}, ["NUMA"]),
    "page size": (
        {},
        {"hw_mem_page_size": "1GB"},
        ["says hw:mem_page_size=any or hw:mem_page_size=large. Page size"],
    ),
    "CPU policy": (
        {"hw:cpu_policy": "shared"},
        {"hw_cpu_policy": "dedicated"},
        ["CPU pinning policy"],
    ),
    "CPU topology": (
        {"hw:cpu_max_sockets": "1"},
        {"hw_cpu_sockets": "2"},
        ["exceeds"],
    ),
    "serial ports": (
        {"hw:serial_port_count": "1"},
        {"hw_serial_port_count": "2"},
        ["serial"],
    ),
    "secure boot": (
        {"os:secure_boot": "disabled"},
        {
            "os_secure_boot": "required",
            "hw_firmware_type": "uefi",
            "hw_machine_type": "q35",
        },
        ["os:secure_boot extra spec"],
    ),
    "memory encryption": (
        {},
        {"hw_mem_encryption": "true"},
        ["Memory encryption needs UEFI; override hw_firmware_type"],
    ),
    # Not that UEFI lacks, too, which the override gives.
    "memory encryption that the flavor demands": (
        {"hw:mem_encryption": "true"},
        {
            "hw_mem_encryption": "false",
            "hw_firmware_type": "uefi",
            "hw_machine_type": "q35",
        },
        ["explicitly set to true, conflicting with"],
    ),
    "CPU policy beside counted CPUs": (
        {"resources:VCPU": "2"},
        {"hw_cpu_policy": "dedicated"},
        ["flavor that counts its CPUs by resources:VCPU"],
    ),
    "TPM": (
        {"hw:tpm_version": "1.2"},
        {"hw_tpm_version": "2.0"},
        ["hw:tpm_version extra spec"],
    ),
    "video memory": ({}, {"hw_video_ram": "64"}, ["more than the 0 MiB"]),
    "several": (
        {"hw:pmu": "no", "hw:tpm_version": "1.2"},
        {
            "hw_pmu": "yes",
            "hw_tpm_version": "2.0",
            "hw_video_ram": "64",
            "os_distro": None,
            "os_command_line": "quiet",
        },
        [
            "hw:pmu extra spec",
            "hw:tpm_version extra spec",
            "more than the 0 MiB",
            "cannot be removed",
            "no kernel",
        ],
    ),
}


@pytest.mark.parametrize("source", ["image", "volume"])
@pytest.mark.parametrize(
    ("extra_specs", "overrides", "words"), REFUSED.values(), ids=REFUSED
)
def test_refusals(
    nova: NovaInProcess,
    extra_specs: dict[str, str],
    overrides: Overrides,
    words: list[str],
    source: str,
) -> None:
    """What a boot is refused for, each once; and the boot is refused."""
    flavor = nova._create_flavor(vcpu=2, extra_spec=extra_specs)
    volume = CinderFixture.IMAGE_BACKED_VOL
    boot_from: dict[str, Any] = (
        {"imageRef": IMAGE}
        if source == "image"
        else {"imageRef": None, "volumeId": volume}
    )
    told = preview(nova, overrides, flavorRef=flavor, **boot_from)
    assert told["bootable"] is False
    messages = [each["message"] for each in told["problems"]]
    for word in words:
        assert len([m for m in messages if word in m]) == 1, messages
    assert len(messages) == len(words)
    if source == "volume":
        root = {"source_type": "volume", "destination_type": "volume"}
        root |= {"uuid": volume, "boot_index": "0"}
        boot_from = {"imageRef": None, "block_device_mapping_v2": [root]}
    status, message = nova.refused(overrides, flavorRef=flavor, **boot_from)
    assert 400 <= status < 500, message


def test_image_itself(nova: NovaInProcess) -> None:
    """Status, sizes, kernel and use of the image are told together."""
    image = nova.image_with(
        kernel_id=ABSENT, cinder_encryption_key_id=ABSENT, hw_pmu="maybe"
    )
    fields = {"min_ram": 10**6, "min_disk": 10**4, "size": 10**14}
    nova.glance.update(
        None,
        image,
        {**nova.glance.show(None, image), **fields, "status": "queued"},
    )
    told = preview(nova, imageRef=image)
    text = "\n".join(each["message"] for each in told["problems"])
    for words in (
        f"Image {ABSENT} could not be found",
        "uploaded from an encrypted volume",
        "is not active",
        "memory is too small",
        "disk is too small for requested image",
        "smaller than the minimum size",
    ):
        assert text.count(words) == 1, text
    assert {code for _, code in codes(told)} == {"nova_refuses"}


ODD_IMAGES: dict[str, dict[str, Any]] = {
    "no CPU set": {"hw_numa_cpus.0": "a-b", "hw_numa_mem.0": "1"},
    "mappings that are none": {"mappings": "xx"},
    "block devices that are none": {"block_device_mapping": "xx"},
    "no value": {"hw_disk_bus": "floppy-disk"},
    "no size": {"hw_video_ram": "much"},
}


@pytest.mark.parametrize("properties", ODD_IMAGES.values(), ids=ODD_IMAGES)
def test_odd_image(nova: NovaInProcess, properties: dict[str, Any]) -> None:
    """What Nova cannot read of an image is a problem, and no 5xx."""
    image = nova.image_with(**properties)
    told = preview(nova, {"hw_boot_menu": "true"}, imageRef=image)
    assert told["bootable"] is False
    assert {code for _, code in codes(told)} == {"nova_refuses"}
    names = {each["name"] for each in told["properties"]}
    assert "hw_boot_menu" in names


def test_unreadable_overrides(nova: NovaInProcess) -> None:
    """What cannot be read is told; what can be is shown."""
    image = nova.image_with(hw_disk_bus="ide")
    told = preview(
        nova,
        {"hw_disk_bus": "scsii", "hw_vif_modl": "x", "hw_boot_menu": "true"},
        imageRef=image,
    )
    assert codes(told) == [
        ("hw_disk_bus", "value_invalid"),
        ("hw_vif_modl", "name_unknown"),
    ]
    assert [
        (each["name"], each["value"], each["origin"])
        for each in told["properties"]
    ] == [
        ("hw_boot_menu", "true", "override"),
        ("hw_disk_bus", "ide", "image"),
    ]


def test_volume(nova: NovaInProcess) -> None:
    """A volume has the properties of the image that it was made from."""
    told = preview(
        nova,
        {"hw_qemu_guest_agent": "no", "os_require_quiesce": None},
        imageRef=None,
        volumeId=CinderFixture.IMAGE_BACKED_VOL_QUIESCE,
    )
    assert told["bootable"] is True
    assert {
        each["name"]: (each["origin"], each["image_value"])
        for each in told["properties"]
    } == {
        "hw_qemu_guest_agent": ("override", "True"),
        "os_require_quiesce": ("removed", "True"),
    }


def test_volume_that_is_not_bootable(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume that nothing can boot from is a problem."""
    monkeypatch.setattr(
        "nova.volume.cinder.API.get",
        lambda *_, **__: {"id": ABSENT, "bootable": False},
    )
    told = preview(nova, {"x": "y"}, imageRef=None, volumeId=ABSENT)
    assert told["bootable"] is False
    assert told["properties"] == []
    misspelled, refused = told["problems"]
    assert misspelled["code"] == "name_unknown"
    assert "is not bootable" in refused["message"]


def test_changes_nothing(
    nova: NovaInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A preview leaves nothing behind, in the audit trail neither."""

    def tables() -> list[int]:
        return [
            len(each.get_all(nova.context))
            for each in (objects.BuildRequestList, objects.InstanceList)
        ] + [len(nova.notifier.versioned_notifications)]

    before = tables()
    volume = CinderFixture.IMAGE_BACKED_VOL
    with caplog.at_level("INFO", "image_props_override.audit"):
        assert preview(nova, {"hw_boot_menu": "true"})["bootable"]
        assert not preview(nova, {"x": "y"})["bootable"]
        preview(nova, imageRef=None, volumeId=volume)
    assert tables() == before
    assert not nova.cinder.volume_to_attachment[volume]
    assert not [
        each
        for each in caplog.records
        if each.name == "image_props_override.audit"
    ]
