# SPDX-License-Identifier: Apache-2.0
"""Every property of the installed Nova: taken, recorded, never a 5xx."""

from __future__ import annotations

import pytest
from nova import objects
from nova.conductor.api import ComputeTaskAPI

from image_props_override.core.properties.definition import (
    PropertyClass,
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.facts import NO_FIELDS
from image_props_override.core.properties.values import canonical_value
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from tests.functional.nova_in_process import OURS, NovaInProcess

CATALOGUE = catalogue_from_nova()

LISTS = {
    PropertyKind.CPU_SET_LIST,
    PropertyKind.INTEGER_LIST,
    PropertyKind.TRAIT_LIST,
    PropertyKind.STRUCTURED,
}
PLAIN = [each for each in CATALOGUE.values() if each.kind not in LISTS]

LEGAL_BY_KIND = {
    PropertyKind.BOOLEAN: "yes",
    PropertyKind.TEXT: "some text",
    # No image: of tests that send it in vain.
    PropertyKind.IMAGE: "12345678-1234-1234-1234-123456789abc",
    PropertyKind.UUID: "12345678-1234-1234-1234-123456789abc",
    PropertyKind.VERSION_PREDICATE: ">=1.0",
    PropertyKind.PAGE_SIZE: "2MB",
    PropertyKind.CPU_MASK: "^0",
}

# Neither legal for all kinds nor refused for all: the API must only survive.
ODD_VALUES = (
    "-1",
    "0",
    "2147483648",
    "true",
    "0-",
    "{}",
    "%s%n",
    "../../etc/passwd",
    "\u00e9",
    "x" * 255,
)


def legal_value(definition: PropertyDefinition) -> str:
    """Return one value that the property can have."""
    if definition.kind is PropertyKind.ENUM:
        return definition.legal_values[0]
    if definition.kind is PropertyKind.INTEGER:
        return str(definition.minimum or 1)
    return LEGAL_BY_KIND[definition.kind]


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave servers that the API accepts where they are: to be scheduled.

    Whether the host of these tests can run such a guest is another matter.
    """
    monkeypatch.setattr(
        ComputeTaskAPI, "schedule_and_build_instances", lambda *_, **__: None
    )


@pytest.mark.usefixtures("unbuilt")
@pytest.mark.parametrize("definition", PLAIN, ids=lambda each: each.name)
def test_taken_and_recorded(
    nova: NovaInProcess, definition: PropertyDefinition
) -> None:
    """A legal value reaches record, request specification and instance."""
    value = legal_value(definition)
    if definition.property_class is PropertyClass.NO_EFFECT:
        status, message = nova.refused({definition.name: value})
        assert (status, "[no_effect]" in message) == (400, True)
        return
    if definition.kind is PropertyKind.IMAGE:
        value = nova.image_with()
    flavor = nova._create_flavor(
        vcpu=2, extra_spec=FLAVOR_NEEDS.get(definition.name, {})
    )
    overrides = {definition.name: value, **NEEDS.get(definition.name, {})}
    answer = nova.request(
        "POST",
        "/v2.1/servers",
        OURS,
        json=nova.body(
            overrides,
            imageRef=nova.kernel_image_with(),
            flavorRef=flavor,
        ),
    )
    assert answer.status_code == 202, answer.text
    server = answer.json()["server"]
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == {
        each: canonical_value(CATALOGUE[each], overrides[each])
        for each in sorted(overrides)
    }
    instance = nova.instance_to_build(server)
    recorded = shown["image_props_override"][definition.name]
    key = f"image_{definition.name}"
    assert instance.system_metadata[key] == recorded
    if definition.kind is PropertyKind.IMAGE:
        assert instance[definition.name] == value
    if definition.name in NO_FIELDS:
        return
    wanted = objects.ImageMetaProps.from_dict({definition.name: value})
    for image in (nova.request_spec(server).image, instance.image_meta):
        assert image.properties.get(definition.name) == getattr(
            wanted, definition.name
        )


def test_list_members(nova: NovaInProcess) -> None:
    """Members of the NUMA lists, and traits, are taken as whole lists."""
    nova.give_host_trait("HW_CPU_X86_AVX2")
    overrides = {
        "hw_numa_nodes": "2",
        "hw_numa_cpus.0": "0",
        "hw_numa_cpus.1": "1",
        "hw_numa_mem.0": "1024",
        "hw_numa_mem.1": "1024",
        "trait:HW_CPU_X86_AVX2": "required",
    }
    image = nova.image_with(
        **{"hw_numa_cpus.0": "0-1", "hw_numa_mem.0": "2048"}
    )
    server = nova.boot(overrides, imageRef=image)
    assert server["image_props_override"] == overrides
    spec = nova.request_spec(server)
    assert spec.image.properties.hw_numa_cpus == [{0}, {1}]
    assert spec.image.properties.hw_numa_mem == [1024, 1024]
    assert spec.image.properties.traits_required == ["HW_CPU_X86_AVX2"]
    instance = nova.instance(server)
    assert [cell.memory for cell in instance.numa_topology.cells] == [
        1024,
        1024,
    ]
    assert instance.image_meta.properties.hw_numa_cpus == [{0}, {1}]


# What Nova or we demand beside a property, in request or flavor.
NEEDS = {
    "hw_viommu_model": {"hw_machine_type": "q35"},
    "hw_maxphysaddr_bits": {"hw_maxphysaddr_mode": "emulate"},
    "hw_tpm_model": {"hw_tpm_version": "2.0"},
    "hw_cpu_thread_policy": {"hw_cpu_policy": "dedicated"},
    "hw_firmware_stateless": {"hw_firmware_type": "uefi"},
    "os_secure_boot": {"hw_firmware_type": "uefi", "hw_machine_type": "q35"},
    "hw_mem_encryption": {
        "hw_firmware_type": "uefi",
        "hw_machine_type": "q35",
    },
    "hw_mem_encryption_model": {
        "hw_mem_encryption": "true",
        "hw_firmware_type": "uefi",
        "hw_machine_type": "q35",
    },
}
FLAVOR_NEEDS = {
    "hw_maxphysaddr_bits": {"hw_maxphysaddr_mode": "emulate"},
    "hw_mem_page_size": {"hw:mem_page_size": "any"},
    "hw_locked_memory": {"hw:mem_page_size": "small"},
    "hw_ephemeral_encryption_format": {"hw:ephemeral_encryption": "true"},
    "hw_video_ram": {"hw_video:ram_max_mb": "16"},
    "hw_cpu_realtime_mask": {
        "hw:cpu_policy": "dedicated",
        "hw:cpu_realtime": "true",
    },
}


@pytest.mark.usefixtures("unbuilt")
@pytest.mark.parametrize("name", [*CATALOGUE, "hw_numa_cpus.0", "trait:X"])
def test_odd_values_never_break_the_api(
    nova: NovaInProcess, name: str
) -> None:
    """Whatever the value, the answer is no 5xx, and it says why."""
    image = nova.kernel_image_with()
    for value in ODD_VALUES:
        body = nova.body({name: value}, imageRef=image)
        answer = nova.answer_to(body)
        assert answer.status_code < 500, f"{value!r}: {answer.text}"
        if answer.status_code != 202:
            assert answer.json().popitem()[1]["message"], f"{value!r}"
