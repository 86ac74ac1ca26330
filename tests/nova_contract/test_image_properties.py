# SPDX-License-Identifier: Apache-2.0
"""Facts about image properties that the core leans on."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nova import exception, objects, utils
from nova.compute import api as compute_api
from nova.compute import utils as compute_utils
from nova.objects.image_meta import ImageMetaProps
from nova.virt import hardware
from nova.virt.libvirt import driver
from oslo_utils import strutils, versionutils

from image_props_override.core.boot import merge as core_merge
from image_props_override.core.properties.definition import PropertyKind
from image_props_override.core.properties.facts import FACTS, NO_FIELDS
from image_props_override.core.properties.limits import RECORD_PREFIX
from image_props_override.core.properties.names import (
    MOST_NUMA_NODES,
    VMWARE_ADAPTER_TYPE,
)
from image_props_override.core.properties.values import check_value
from image_props_override.nova_plugin.nova_privates import image_properties
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from tests.nova_contract.snapshots import (
    FOLDER,
    as_document,
    installed_release,
    path_of,
)

CATALOGUE = catalogue_from_nova()
# Release to how it differs from the one before: new properties, and
# properties with new legal values.
CHANGED_IN: dict[str, tuple[set[str], set[str]]] = {
    "31": ({"hw_firmware_stateless"}, {"hw_vif_model"}),
    "32": (
        {
            "hw_mem_encryption_model",
            "hw_redirected_usb_ports",
            "hw_sound_model",
            "hw_usb_model",
        },
        set(),
    ),
    "33": (set(), set()),
    "34": (set(), {"hw_mem_encryption_model"}),
}


def test_snapshot() -> None:
    """The installed Nova has the properties that its snapshot tells.

    For a new release: python tests/nova_contract/snapshots.py
    """
    snapshot = json.loads(path_of(installed_release()).read_text())
    assert snapshot == as_document(CATALOGUE)


@pytest.mark.parametrize("release", CHANGED_IN)
def test_what_a_release_changed(release: str) -> None:
    """Nova only ever adds properties and legal values."""
    snapshots = sorted(FOLDER.iterdir())
    place = snapshots.index(path_of(release))
    before = json.loads(snapshots[place - 1].read_text())
    after = json.loads(snapshots[place].read_text())
    assert before.keys() <= after.keys()
    new = after.keys() - before.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert (new, changed) == CHANGED_IN[release]
    for name in changed:
        assert set(before[name].pop("legal_values")) < set(
            after[name].pop("legal_values")
        )
        assert before[name] == after[name]


def test_facts_are_complete() -> None:
    """Every property of Nova has its class, description and bounds."""
    assert set(ImageMetaProps.fields) <= set(FACTS)


def test_every_type_is_known() -> None:
    """Only the block device structures cannot be overridden at all."""
    structured = {
        each.name
        for each in CATALOGUE.values()
        if each.kind is PropertyKind.STRUCTURED
    }
    assert structured == {"img_block_device_mapping", "img_mappings"}


def test_grammars_are_of_text_and_list_fields() -> None:
    """What we read by a grammar, Nova types as text or as a list."""
    types = {
        name: type(image_properties.field_type(ImageMetaProps.fields[name]))
        for name, facts in FACTS.items()
        if facts.kind and name not in NO_FIELDS
    }
    assert {each.__name__ for each in types.values()} == {"String", "List"}


def test_most_numa_nodes() -> None:
    """Nova reads that many members of a NUMA list."""
    assert ImageMetaProps.NUMA_NODES_MAX == MOST_NUMA_NODES


def test_current_names_win_over_legacy_ones() -> None:
    """So an override must be merged under the current name."""
    read = ImageMetaProps.from_dict(
        {"architecture": "x86_64", "hw_architecture": "aarch64"}
    )
    assert read.hw_architecture == "aarch64"


@pytest.mark.parametrize(
    ("adapter_type", "bus", "model"),
    [("ide", "ide", None), ("lsiLogic", "scsi", "lsilogic")],
)
def test_vmware_adapter_type_is_two_properties(
    adapter_type: str, bus: str, model: str | None
) -> None:
    """Nova sets disk bus and SCSI model from the one legacy name."""
    read = ImageMetaProps.from_dict({VMWARE_ADAPTER_TYPE: adapter_type})
    assert read.hw_disk_bus == bus
    assert read.get("hw_scsi_model") == model


def test_numa_lists_end_at_a_gap() -> None:
    """What stands behind a gap would be ignored, so we refuse gaps."""
    read = ImageMetaProps.from_dict(
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.2": "1"}
    )
    assert read.hw_numa_cpus == [{0}]


def test_reading_consumes_dotted_numa_keys() -> None:
    """from_dict deletes them from what it is given: it must get a copy."""
    given_to_nova = {"hw_numa_cpus.0": "0"}
    ImageMetaProps.from_dict(given_to_nova)
    assert given_to_nova == {}


def test_plain_list_names_are_ignored() -> None:
    """So we refuse them, and say how to write the members."""
    read = ImageMetaProps.from_dict(
        {"hw_numa_cpus": "0", "hw_numa_mem": "1", "traits_required": "X"}
    )
    assert not read.obj_attr_is_set("hw_numa_cpus")
    assert not read.obj_attr_is_set("hw_numa_mem")
    assert not read.obj_attr_is_set("traits_required")


def test_only_required_traits_are_read() -> None:
    """Any other value of a trait would be ignored, so we refuse it."""
    read = ImageMetaProps.from_dict(
        {"trait:A": "required", "trait:B": "forbidden"}
    )
    assert read.traits_required == ["A"]


def test_any_word_is_a_boolean_to_nova() -> None:
    """Nova reads a typing error as false, so we check booleans ourselves."""
    assert ImageMetaProps.from_dict({"hw_boot_menu": "ja"}).hw_boot_menu is (
        False
    )


def test_some_code_reads_legacy_names_only() -> None:
    """So a legacy name on the image must be kept in step."""
    inherit = inspect.getsource(compute_api.API._inherit_properties_from_image)
    for legacy_name in ("architecture", "vm_mode"):
        assert f"'{legacy_name}'" in inherit
        assert f"'hw_{legacy_name}'" not in inherit


def test_serial_ports() -> None:
    """The one driver that reads the property takes no more ports."""
    assert CATALOGUE["hw_serial_port_count"].maximum == (
        driver.ALLOWED_QEMU_SERIAL_PORTS
    )


@pytest.mark.skipif(
    "hw_redirected_usb_ports" not in CATALOGUE,
    reason="the installed Nova does not have the property",
)
def test_redirected_usb_ports() -> None:
    """Nova takes our greatest number of ports, and no greater one."""
    flavor = objects.Flavor(extra_specs={})
    most = CATALOGUE["hw_redirected_usb_ports"].maximum or 0

    def ports(count: int) -> int:
        image = objects.ImageMeta.from_dict(
            {"properties": {"hw_redirected_usb_ports": str(count)}}
        )
        found: int = hardware.get_redirected_usb_ports(flavor, image)
        return found

    assert ports(most) == most
    with pytest.raises(exception.Invalid):
        ports(most + 1)


def test_tpm_model_needs_a_version() -> None:
    """Nova ignores a model without a version, not the other way round."""
    flavor = objects.Flavor(extra_specs={})
    for asked, seen in (
        ({"hw_tpm_model": "tpm-crb"}, None),
        ({"hw_tpm_version": "2.0"}, ("2.0", "tpm-tis")),
    ):
        image = objects.ImageMeta.from_dict({"properties": asked})
        assert hardware.get_vtpm_constraint(flavor, image) == seen


def test_system_metadata_cuts_values() -> None:
    """Nova keeps 255 bytes of a value and says nothing."""
    image = {"properties": {"os_distro": "\u00fc" * 200}}
    kept = utils.get_system_metadata_from_image(image)
    assert kept == {"image_os_distro": "\u00fc" * 127}


def test_system_metadata_keeps_the_record() -> None:
    """The record's keys are kept and read back like image properties."""
    image = {"properties": {f"{RECORD_PREFIX}hw_disk_bus": "ide"}}
    kept = utils.get_system_metadata_from_image(image)
    assert kept == {f"image_{RECORD_PREFIX}hw_disk_bus": "ide"}
    again = utils.get_image_from_system_metadata(kept)
    assert again["properties"] == image["properties"]


def test_snapshots_leave_out_the_record() -> None:
    """The record is in a namespace that snapshots do not inherit."""
    assert any(
        RECORD_PREFIX.startswith(namespace)
        for namespace in compute_utils.NON_INHERITABLE_IMAGE_NAMESPACES
    )


def test_booleans_are_those_of_oslo() -> None:
    """We take exactly the words that oslo takes when it is strict."""
    definition = CATALOGUE["hw_boot_menu"]
    for word in (
        *("1", "t", "true", "on", "y", "yes"),
        *("0", "f", "false", "off", "n", "no"),
        *("True", "OFF", "2", "enabled", "ja", "none"),
    ):
        try:
            strutils.bool_from_string(word, strict=True)
            taken_by_oslo = True
        except ValueError:
            taken_by_oslo = False
        problem = check_value("hw_boot_menu", definition, word)
        assert (problem is None) is taken_by_oslo, word


CPU_SETS = st.text(alphabet="0123456789-^,", min_size=1, max_size=12)


@given(CPU_SETS)
def test_cpu_sets_are_novas(spec: str) -> None:
    """Every CPU set that we take, Nova takes, and it is not empty."""
    definition = CATALOGUE["hw_numa_cpus"]
    if check_value("hw_numa_cpus.0", definition, spec) is None:
        assert hardware.parse_cpu_spec(spec)


@pytest.mark.parametrize("size", ["2048", "any", "large", "4KiB", "1GB"])
def test_page_sizes_are_novas(size: str) -> None:
    """Page sizes that we take, Nova takes where the flavor lets it."""
    definition = CATALOGUE["hw_mem_page_size"]
    assert check_value("hw_mem_page_size", definition, size) is None
    flavor = objects.Flavor(
        vcpus=1, memory_mb=1024, extra_specs={"hw:mem_page_size": "any"}
    )
    image = objects.ImageMeta.from_dict(
        {"properties": {"hw_mem_page_size": size}}
    )
    assert hardware.numa_get_constraints(flavor, image) is not None


@pytest.mark.skipif(
    not hasattr(versionutils, "VersionPredicate"),
    reason="the installed oslo.utils has no predicates to compare with",
)
@pytest.mark.parametrize("text", [">=2.6", ">= 2.6", ">=2.6,<5", "!=1"])
def test_version_predicates_are_oslos(text: str) -> None:
    """Version predicates that we take, Nova's field takes."""
    definition = CATALOGUE["img_hv_requested_version"]
    assert check_value("img_hv_requested_version", definition, text) is None
    versionutils.VersionPredicate(text)


# Overrides of plain fields, as canonical name and value, by kind.
VALUES = {
    PropertyKind.BOOLEAN: st.sampled_from(["true", "no"]),
    PropertyKind.INTEGER: st.integers(1, 9).map(str),
    PropertyKind.TEXT: st.text("abc =", min_size=1),
}


@st.composite
def properties(draw: st.DrawFn) -> dict[str, str]:
    """Image properties that Nova can read, some under legacy names."""
    drawn = {}
    for name in draw(st.sets(st.sampled_from(list(CATALOGUE)), max_size=6)):
        definition = CATALOGUE[name]
        values = VALUES.get(definition.kind)
        if definition.kind is PropertyKind.ENUM:
            values = st.sampled_from(definition.legal_values)
        if values is not None:
            spelling = draw(
                st.sampled_from([name, *definition.legacy_aliases])
            )
            drawn[spelling] = draw(values)
    return drawn


def canonical(drawn: dict[str, str]) -> dict[str, str]:
    """Return the properties under their current names."""
    names = image_properties.legacy_property_names()
    return {names.get(name, name): value for name, value in drawn.items()}


def as_nova_reads(image_properties: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that Nova reads from image properties."""
    read = ImageMetaProps.from_dict(dict(image_properties))
    return {
        name: getattr(read, name)
        for name in read.fields
        if read.obj_attr_is_set(name)
    }


@given(properties(), properties())
def test_nova_reads_what_was_asked(
    image: dict[str, str], asked: dict[str, str]
) -> None:
    """Nova reads from the merged set the overrides and the image's rest."""
    overrides = canonical(asked)
    effective = core_merge.merge(image, overrides, CATALOGUE).effective
    assert as_nova_reads(dict(effective)) == {
        **as_nova_reads(image),
        **as_nova_reads(overrides),
    }


@given(properties(), properties())
def test_nova_reads_nothing_removed(
    image: dict[str, str], asked: dict[str, str]
) -> None:
    """Nova reads no property that was removed, under any name."""
    removals: dict[str, str | None] = dict.fromkeys(canonical(asked))
    effective = core_merge.merge(image, removals, CATALOGUE).effective
    kept = as_nova_reads(image).items()
    assert as_nova_reads(dict(effective)) == {
        name: value for name, value in kept if name not in removals
    }
