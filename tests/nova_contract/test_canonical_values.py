# SPDX-License-Identifier: Apache-2.0
"""What rules take for one value is one value to the installed Nova."""

from __future__ import annotations

import pytest
from nova import objects
from nova.virt import hardware

from image_props_override.core.properties.values import (
    FALSE_WORDS,
    TRUE_WORDS,
    canonical_value,
    check_value,
)
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

    assert cell(canonical_value(definition, size)) == cell(size)


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
