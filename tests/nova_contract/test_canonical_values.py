# SPDX-License-Identifier: Apache-2.0
"""What rules take for one value is one value to the installed Nova."""

from __future__ import annotations

import pytest
from nova import objects
from nova.virt import hardware

from image_props_override.core.properties.definition import PropertyKind
from image_props_override.core.properties.values import (
    FALSE_WORDS,
    TRUE_WORDS,
    canonical_value,
    check_value,
    comparable_value,
)
from image_props_override.nova_plugin.nova_privates import image_properties
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

CATALOGUE = catalogue_from_nova()


@pytest.mark.parametrize("word", [*TRUE_WORDS, *FALSE_WORDS, "YES", "Off"])
def test_booleans(word: str) -> None:
    """Nova reads the canonical word as it reads the other."""
    definition = CATALOGUE["hw_boot_menu"]
    canonical = canonical_value(definition, word)
    assert canonical in ("true", "false")
    read = objects.ImageMetaProps.from_dict
    assert (
        read({"hw_boot_menu": word}).hw_boot_menu
        is read({"hw_boot_menu": canonical}).hw_boot_menu
    )


@pytest.mark.parametrize(
    "size",
    [
        *("4", "4KB", "4KiB", "2048", "2MB", "2MiB", "1GB", "1GiB", "3TB"),
        *("any", "small", "large", "999999999TiB"),
    ],
)
def test_page_sizes(size: str) -> None:
    """Nova asks the host for as much as for the number of KiB."""
    definition = CATALOGUE["hw_mem_page_size"]
    assert check_value("hw_mem_page_size", definition, size) is None
    flavor = objects.Flavor(
        vcpus=1, memory_mb=1024, extra_specs={"hw:mem_page_size": "any"}
    )

    def cell(value: str) -> int:
        image = objects.ImageMeta.from_dict(
            {"properties": {"hw_mem_page_size": value}}
        )
        topology = hardware.numa_get_constraints(flavor, image)
        pages: int = topology.cells[0].pagesize
        return pages

    assert cell(comparable_value(definition, size)) == cell(size)


@pytest.mark.parametrize("number", ["2", "02", "0000000128"])
def test_integers(number: str) -> None:
    """Nova reads the number without zeros as it reads the other."""
    definition = CATALOGUE["hw_numa_nodes"]
    canonical = canonical_value(definition, number)
    assert not canonical.startswith("0")
    read = objects.ImageMetaProps.from_dict
    assert (
        read({"hw_numa_nodes": number}).hw_numa_nodes
        == read({"hw_numa_nodes": canonical}).hw_numa_nodes
    )


ENUMS = [each for each in CATALOGUE.values() if each.kind is PropertyKind.ENUM]
# Words that Nova's fields have ever read, and some that none does.
OLD_WORDS = (
    *("amd64", "i386", "i486", "i586", "x86_32", "x86_32p", "hv", "pv"),
    *("baremetal", "xapi", "lsilogicsas", "paravirtual", "virtuale1000"),
    *("virtuale1000e", "virtualpcnet32", "virtualsriovethernetcard"),
    *("virtualvmxnet", "virtualvmxnet3", "buslogic", "lsilogic"),
    *("i686 ", " virtio", "virtio-net", "nonsense"),
)


@pytest.mark.parametrize("name", [each.name for each in ENUMS])
def test_words(name: str) -> None:
    """We take a word if and only if Nova's field does, with its meaning."""
    definition = CATALOGUE[name]
    field = objects.ImageMetaProps.fields[name]
    words = {
        respelled
        for word in (
            *definition.legal_values,
            *definition.other_spellings,
            *OLD_WORDS,
        )
        for respelled in (word, word.lower(), word.upper(), word.title())
    }
    for word in sorted(words):
        meaning = image_properties.meaning_of(field, word)
        problem = check_value(name, definition, word)
        assert (problem is None) == (meaning is not None), word
        if meaning is not None:
            assert canonical_value(definition, word) == meaning, word


def test_all_that_coerces_is_known() -> None:
    """The fields that read more than their own words."""
    assert {each.name for each in ENUMS if each.ignores_case} == {
        "hw_architecture",
        "hw_emulation_architecture",
        "hw_scsi_model",
        "hw_vif_model",
        "hw_vm_mode",
        "img_hv_type",
        "os_type",
    }
    for each in ENUMS:
        assert each.ignores_case or not each.other_spellings


@pytest.mark.parametrize(
    "cpus", ["0, 1", "0-3, ^2", "0 - 1 ,3", "^ 1,0-3", "7"]
)
def test_cpu_sets(cpus: str) -> None:
    """Nova reads the set without blanks as it reads the other."""
    definition = CATALOGUE["hw_numa_cpus"]
    assert check_value("hw_numa_cpus.0", definition, cpus) is None
    canonical = canonical_value(definition, cpus)
    assert " " not in canonical
    assert hardware.parse_cpu_spec(canonical) == hardware.parse_cpu_spec(cpus)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # Nova reads any word as a boolean: false.
        ("hw_boot_menu", "ja"),
        # Nova warns only.
        ("hw_numa_cpus.0", "0,,1"),
        ("hw_numa_cpus.0", "+1"),
        ("hw_cpu_realtime_mask", " ^0"),
        ("os_admin_user", "root\0"),
    ],
)
def test_stricter_on_purpose(name: str, value: str) -> None:
    """What Nova takes and reads as something else, or not at all."""
    definition = CATALOGUE[name.partition(".")[0]]
    assert check_value(name, definition, value) is not None
