# SPDX-License-Identifier: Apache-2.0
"""Another set of overrides for a server that is stopped and keeps its disk.

What no set is about stays as the server has it, whatever has become of its
image since. What the old set or the new one is about is computed again: from
the image, with the new set in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from image_props_override.core.boot.kernel import affected_with_kernel
from image_props_override.core.boot.record import DEFAULT_TOKEN
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import TakesEffect
from image_props_override.core.properties.names import (
    TRAIT_PREFIX,
    VMWARE_ADAPTER_TYPE,
    VMWARE_ADAPTER_TYPE_SETS,
    list_member,
)

# The guest's firmware keeps how it boots in variables of its own, or an
# operating system is installed for one kind of firmware only.
_MAY_NOT_BOOT = {
    "hw_firmware_type": "a disk is installed for one type of firmware",
    "hw_firmware_stateless": "the firmware's variables are created again",
    "hw_machine_type": "the firmware and the devices can differ",
    "os_secure_boot": "the firmware's variables are created again",
}

_REASONS = {
    TakesEffect.MOVE: (
        "cannot be changed while the server stays on its host: the scheduler "
        "or a claim has to agree",
        ProblemCode.NEEDS_MOVE,
    ),
    TakesEffect.NEVER: (
        "cannot be changed: the server's disks, devices or allocations "
        "depend on it",
        ProblemCode.FIXED_AT_BOOT,
    ),
}


def base_properties(
    server_properties: Mapping[str, Any],
    image_properties: Mapping[str, Any],
    names: Iterable[str],
    catalogue: PropertyCatalogue,
) -> dict[str, Any]:
    """Return what overrides are merged into.

    Args:
        server_properties: The effective properties of the server.
        image_properties: Those of the image that it was made from; empty if
            that is gone.
        names: What is overridden before or after, by canonical names.
        catalogue: The properties that exist.
    """
    families = affected_with_kernel(map(_family, names), server_properties)
    if "hw_machine_type" in families:
        # libvirt's driver has noted the bus that the old machine has by
        # default, IDE, which q35 lacks.
        families.add("hw_cdrom_bus")

    def is_concerned(key: str) -> bool:
        return not families.isdisjoint(_families_of(key, catalogue))

    kept = {k: v for k, v in server_properties.items() if not is_concerned(k)}
    anew = {k: v for k, v in image_properties.items() if is_concerned(k)}
    return {**kept, **anew}


def names_that_need_image(
    recorded: Mapping[str, str | None], wanted: Mapping[str, str | None]
) -> tuple[str, ...]:
    """Return what cannot be changed once the image is gone.

    Args:
        recorded: What the server overrides.
        wanted: What it is to override.
    """
    return tuple(
        name
        for name in sorted({*recorded, *wanted})
        if _needs_image(name, recorded, wanted)
    )


def check_change(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    names: Iterable[str],
    catalogue: PropertyCatalogue,
) -> tuple[Problem, ...]:
    """Return what of a change no start of the server could bring about.

    Args:
        before: The effective properties of the server.
        after: Those that it would have.
        names: What is overridden before or after, by canonical names.
        catalogue: The properties that exist.
    """
    return tuple(
        Problem(name, *reason)
        for name, takes_effect in _changed(before, after, names, catalogue)
        if (reason := _REASONS.get(takes_effect))
    )


def warnings_of_change(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    names: Iterable[str],
    catalogue: PropertyCatalogue,
) -> dict[str, str]:
    """Return, by property, why the guest may not boot after the change.

    Args:
        before: The effective properties of the server.
        after: Those that it would have.
        names: What is overridden before or after, by canonical names.
        catalogue: The properties that exist.
    """
    return {
        name: "the installed system may not boot after this change: "
        f"{_MAY_NOT_BOOT[name]}"
        for name, _ in _changed(before, after, names, catalogue)
        if name in _MAY_NOT_BOOT
    }


def _changed(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    names: Iterable[str],
    catalogue: PropertyCatalogue,
) -> Iterator[tuple[str, TakesEffect]]:
    """Return the names whose value differs, and when that takes effect."""
    for name in sorted({*names}):
        members = {
            key
            for key in (*before, *after)
            if (list_member(key) or ("", 0))[0] == name
        }
        if any(before.get(k) != after.get(k) for k in (name, *members)):
            is_trait = name.startswith(TRAIT_PREFIX)
            definition = "traits_required" if is_trait else _family(name)
            yield name, catalogue[definition].takes_effect


def _needs_image(
    name: str,
    recorded: Mapping[str, str | None],
    wanted: Mapping[str, str | None],
) -> bool:
    if name not in wanted:
        return True
    value = wanted[name]
    if value is None:
        # What is removed already stays so.
        return name not in recorded or recorded[name] is not None
    return name == "os_command_line" and DEFAULT_TOKEN in value


def _family(name: str) -> str:
    """Return the list that a name is a member of, or the name itself.

    Overrides replace a NUMA list as a whole; a trait stands for itself.
    """
    member = list_member(name)
    return member[0] if member else name


def _families_of(key: str, catalogue: PropertyCatalogue) -> tuple[str, ...]:
    """Return the properties that a key of an image sets."""
    if key == VMWARE_ADAPTER_TYPE:
        return VMWARE_ADAPTER_TYPE_SETS
    alias_of = catalogue.by_alias(key)
    return (alias_of.name if alias_of else _family(key),)
