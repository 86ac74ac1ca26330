# SPDX-License-Identifier: Apache-2.0
"""Which values some host of the cloud supports.

Hosts report what they can do as traits in Placement (os-traits), as the kinds
of guests that they run, and, where they run our nova-compute, as libvirt's
machine types. What they do not report is unknown, and not refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from image_props_override.core.problems import Problem, ProblemCode, quoted
from image_props_override.core.properties.definition import (
    PropertyDefinition,
)
from image_props_override.core.properties.names import TRAIT_PREFIX

_MACHINE = "hw_machine_type"

# Property -> what the traits of its values begin with. A host that has none
# of a beginning does not tell: its Nova is older, or its driver another one.
TRAITS_OF_MODELS: Mapping[str, str] = {
    "hw_disk_bus": "COMPUTE_STORAGE_BUS_",
    "hw_cdrom_bus": "COMPUTE_STORAGE_BUS_",
    "hw_video_model": "COMPUTE_GRAPHICS_MODEL_",
    "hw_vif_model": "COMPUTE_NET_VIF_MODEL_",
    "hw_sound_model": "COMPUTE_SOUND_MODEL_",
    "hw_usb_model": "COMPUTE_USB_MODEL_",
    "hw_viommu_model": "COMPUTE_VIOMMU_MODEL_",
    "hw_emulation_architecture": "COMPUTE_ARCH_",
}
MODEL_PREFIXES = tuple(dict.fromkeys(TRAITS_OF_MODELS.values()))

# Property -> value -> the trait without which Nova's scheduler takes no host
# (nova.scheduler.utils, nova.scheduler.request_filter).
REQUIRED_TRAITS: Mapping[str, Mapping[str, str]] = {
    "os_secure_boot": {"required": "COMPUTE_SECURITY_UEFI_SECURE_BOOT"},
    "hw_firmware_stateless": {"true": "COMPUTE_SECURITY_STATELESS_FIRMWARE"},
    "hw_tpm_version": {
        "1.2": "COMPUTE_SECURITY_TPM_1_2",
        "2.0": "COMPUTE_SECURITY_TPM_2_0",
    },
    "hw_tpm_model": {
        "tpm-tis": "COMPUTE_SECURITY_TPM_TIS",
        "tpm-crb": "COMPUTE_SECURITY_TPM_CRB",
    },
    "hw_virtio_packed_ring": {"true": "COMPUTE_NET_VIRTIO_PACKED"},
    "hw_ephemeral_encryption": {"true": "COMPUTE_EPHEMERAL_ENCRYPTION"},
    "hw_maxphysaddr_mode": {
        "passthrough": "COMPUTE_ADDRESS_SPACE_PASSTHROUGH",
        "emulate": "COMPUTE_ADDRESS_SPACE_EMULATED",
    },
    "hw_pci_numa_affinity_policy": {
        "socket": "COMPUTE_SOCKET_PCI_NUMA_AFFINITY",
    },
}

# Property -> its place in what a host says of a kind of guests.
_PLACE_IN_GUEST_KIND: Mapping[str, int] = {
    "hw_architecture": 0,
    "img_hv_type": 1,
    "hw_vm_mode": 2,
}

# That a guest has no such device needs no support.
_NO_DEVICE = "none"


@dataclass(frozen=True)
class HostSupport:
    """What the hosts of a cloud report.

    Attributes:
        traits: Those that some provider of resources has.
        standard_traits: Those that there are.
        untold: Beginnings of traits, of ``MODEL_PREFIXES``, of which some
            host has none.
        guest_kinds: Architecture, hypervisor and mode of guests that some
            host runs; None: not known, or nobody looks at them.
        machine_types: Those that some host's libvirt has; None: some host
            does not tell.
    """

    traits: frozenset[str]
    standard_traits: frozenset[str]
    untold: frozenset[str]
    guest_kinds: frozenset[tuple[str, str, str]] | None
    machine_types: frozenset[str] | None

    def has(self, name: str, value: str) -> bool | None:
        """Return whether some host supports a value; None: not known.

        Args:
            name: Canonical name of a property.
            value: In Nova's spelling.
        """
        if name == _MACHINE:
            types = self.machine_types
            return None if types is None else value in types
        if name in _PLACE_IN_GUEST_KIND:
            kinds, place = self.guest_kinds, _PLACE_IN_GUEST_KIND[name]
            if kinds is None:
                return None
            return any(kind[place] == value for kind in kinds)
        trait = self._trait(name, value)
        return None if trait is None else trait in self.traits

    def _trait(self, name: str, value: str) -> str | None:
        """Return the trait of hosts that support a value, if known."""
        if name.startswith(TRAIT_PREFIX):
            return name.removeprefix(TRAIT_PREFIX)
        if prefix := TRAITS_OF_MODELS.get(name):
            if prefix in self.untold or value == _NO_DEVICE:
                return None
            trait = f"{prefix}{value.replace('-', '_').upper()}"
        else:
            trait = REQUIRED_TRAITS.get(name, {}).get(value, "")
        return trait if trait in self.standard_traits else None


def is_told_by_hosts(name: str) -> bool:
    """Return whether hosts can report what they support of a property.

    Args:
        name: Its canonical name.
    """
    return (
        name == _MACHINE
        or name in TRAITS_OF_MODELS
        or name in REQUIRED_TRAITS
        or name in _PLACE_IN_GUEST_KIND
        or name.startswith(TRAIT_PREFIX)
    )


def unsupported_values(
    support: HostSupport, definition: PropertyDefinition
) -> tuple[str, ...] | None:
    """Return those legal values of a property that no host supports.

    Args:
        support: What the hosts report.
        definition: The property.

    Returns:
        None if they report none of its values.
    """
    told = {
        value: support.has(definition.name, value)
        for value in definition.few_values
    }
    if all(has is None for has in told.values()):
        return None
    return tuple(value for value, has in told.items() if has is False)


def unsupported_overrides(
    support: HostSupport,
    overrides: Mapping[str, str | None],
    definitions: Mapping[str, PropertyDefinition],
) -> Iterator[Problem]:
    """Yield a problem for each value that no host supports.

    Args:
        support: What the hosts report.
        overrides: Canonical name to value; None removes the property.
        definitions: Canonical name to property.
    """
    for name, value in overrides.items():
        if value is None or support.has(name, value) is not False:
            continue
        if name.startswith(TRAIT_PREFIX):
            words = "no host of this cloud has this trait"
        else:
            words = (
                f"no host of this cloud supports {quoted(value)}"
                f"{_way_out(support, name, value, definitions.get(name))}"
            )
        yield Problem(name, words, ProblemCode.NO_HOST_SUPPORTS)


def _way_out(
    support: HostSupport,
    name: str,
    value: str,
    definition: PropertyDefinition | None,
) -> str:
    if name == _MACHINE:
        types = support.machine_types or frozenset()
        near = difflib.get_close_matches(value.lower(), sorted(types), 3)
        listed = ", ".join(f"'{each}'" for each in near)
        return f"; did you mean {listed}?" if near else ""
    others = [
        each
        for each in (definition.few_values if definition else ())
        if support.has(name, each)
    ]
    return f"; some host supports: {', '.join(others)}" if others else ""
