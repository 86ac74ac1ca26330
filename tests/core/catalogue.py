# SPDX-License-Identifier: Apache-2.0
"""A small catalogue: one property of each kind, two with legacy names."""

from __future__ import annotations

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import (
    PropertyClass,
    PropertyDefinition,
    PropertyKind,
)


def _property(
    name: str,
    kind: PropertyKind,
    legal_values: tuple[str, ...] = (),
    minimum: int | None = None,
    maximum: int | None = None,
    legacy_aliases: tuple[str, ...] = (),
    no_effect: str = "",
) -> PropertyDefinition:
    return PropertyDefinition(
        name=name,
        kind=kind,
        property_class=(
            PropertyClass.NO_EFFECT if no_effect else PropertyClass.GUEST
        ),
        description="",
        legal_values=legal_values,
        minimum=minimum,
        maximum=maximum,
        legacy_aliases=legacy_aliases,
        no_effect=no_effect,
    )


CATALOGUE = PropertyCatalogue(
    [
        _property(
            "hw_architecture",
            PropertyKind.ENUM,
            ("x86_64", "aarch64"),
            legacy_aliases=("architecture",),
        ),
        _property("hw_boot_menu", PropertyKind.BOOLEAN),
        _property("hw_cpu_realtime_mask", PropertyKind.CPU_MASK),
        _property("hw_disk_bus", PropertyKind.ENUM, ("ide", "scsi", "virtio")),
        _property("hw_machine_type", PropertyKind.TEXT),
        _property("hw_mem_page_size", PropertyKind.PAGE_SIZE),
        _property("hw_numa_cpus", PropertyKind.CPU_SET_LIST),
        _property("hw_numa_mem", PropertyKind.INTEGER_LIST, minimum=1),
        _property(
            "hw_numa_nodes", PropertyKind.INTEGER, minimum=1, maximum=128
        ),
        _property(
            "hw_rng_model",
            PropertyKind.ENUM,
            ("virtio",),
            no_effect="every guest has one",
        ),
        _property(
            "hw_scsi_model", PropertyKind.ENUM, ("lsilogic", "virtio-scsi")
        ),
        _property("hw_tpm_model", PropertyKind.ENUM, ("tpm-tis", "tpm-crb")),
        _property("hw_tpm_version", PropertyKind.ENUM, ("1.2", "2.0")),
        _property("hw_video_ram", PropertyKind.INTEGER, minimum=0),
        _property(
            "img_hv_requested_version",
            PropertyKind.VERSION_PREDICATE,
            legacy_aliases=("hypervisor_version_requires",),
        ),
        _property(
            "img_mappings",
            PropertyKind.STRUCTURED,
            legacy_aliases=("mappings",),
        ),
        _property("img_signature_certificate_uuid", PropertyKind.UUID),
        _property(
            "img_version",
            PropertyKind.INTEGER,
            no_effect="no driver reads it",
        ),
        _property("os_command_line", PropertyKind.TEXT),
        _property(
            "os_distro", PropertyKind.TEXT, legacy_aliases=("vmware_ostype",)
        ),
        _property("traits_required", PropertyKind.TRAIT_LIST),
    ]
)
