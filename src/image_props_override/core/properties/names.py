# SPDX-License-Identifier: Apache-2.0
"""From any spelling of a property to its one canonical name.

Everything after this step (rules, values, merge, record) sees canonical
names only. A canonical name is a field of Nova's ``ImageMetaProps``, or a
member of one of its lists: ``hw_numa_cpus.0``, ``hw_numa_mem.0``,
``trait:HW_CPU_X86_AVX2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from image_props_override.core.problems import (
    CATALOGUE_HINT,
    Problem,
    ProblemCode,
)
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.limits import LONGEST_NAME_CHARACTERS
from image_props_override.core.properties.other_names import (
    OTHER_NAMES,
    is_extra_spec,
)

# The Nova spec writes hw_os_command_line; Nova never had that name.
SPEC_ALIASES = {"hw_os_command_line": "os_command_line"}

# Sets two current properties at once (nova.objects.image_meta,
# ImageMetaProps._set_attr_from_legacy_names).
VMWARE_ADAPTER_TYPE = "vmware_adaptertype"
VMWARE_ADAPTER_TYPE_SETS = ("hw_disk_bus", "hw_scsi_model")

# nova.objects.image_meta.ImageMetaProps.NUMA_NODES_MAX.
MOST_NUMA_NODES = 128
NUMA_LISTS = ("hw_numa_cpus", "hw_numa_mem")
_LIST_MEMBER = re.compile(
    rf"(?P<list>{'|'.join(NUMA_LISTS)})\.(?P<index>0|[1-9][0-9]{{0,2}})"
)
TRAIT_PREFIX = "trait:"
# os_traits names: upper case, digits and underscores.
_TRAIT = re.compile(rf"{TRAIT_PREFIX}[A-Z0-9_]{{1,255}}")

# What the names of members begin with.
_NUMA_PREFIXES = tuple(f"{name}." for name in NUMA_LISTS)

# What the names of nearly all properties begin with that are not for people.
_NOVAS_PREFIXES = ("hw_", "img_")
_HINT_FOR_PEOPLE = "give it as metadata of the server (--property)"

_LIST_KINDS = (PropertyKind.CPU_SET_LIST, PropertyKind.INTEGER_LIST)


@dataclass(frozen=True)
class PropertyName:
    """A canonical name and the property that it belongs to.

    Attributes:
        canonical: The name as rules, merge and record know it.
        definition: The property; for a list's member, the list's.
        index: The member's place in its list, counted from 0, or None.
    """

    canonical: str
    definition: PropertyDefinition
    index: int | None = None

    @property
    def is_whole_list(self) -> bool:
        """Whether the name stands for a NUMA list and not for a member."""
        return self.definition.kind in _LIST_KINDS and self.index is None


def resolve_name(
    spelling: str, catalogue: PropertyCatalogue
) -> PropertyName | Problem:
    """Return the canonical name for a spelling, or why there is none.

    Args:
        spelling: What the user wrote.
        catalogue: The properties that exist.
    """
    found = _find(spelling, catalogue)
    if found is None:
        return _unknown(spelling, catalogue)
    if found.definition.kind is PropertyKind.STRUCTURED:
        return Problem(
            spelling,
            "is a structure, which a string cannot represent; "
            f"{found.definition.no_effect or 'it cannot be overridden'}",
            ProblemCode.NAME_NOT_PLAIN,
        )
    if found.canonical == "traits_required":
        return Problem(
            spelling,
            "is a list; override one trait with 'trait:NAME'",
            ProblemCode.NAME_NOT_PLAIN,
        )
    if len(found.canonical) > LONGEST_NAME_CHARACTERS:
        return Problem(
            spelling,
            f"is longer than {LONGEST_NAME_CHARACTERS} characters, the most "
            "that Nova can store",
            ProblemCode.NAME_TOO_LONG,
        )
    return found


def legacy_names(definition: PropertyDefinition) -> tuple[str, ...]:
    """Return the older names that set a property, alone or with another."""
    if definition.name in VMWARE_ADAPTER_TYPE_SETS:
        return (*definition.legacy_aliases, VMWARE_ADAPTER_TYPE)
    return definition.legacy_aliases


def list_member(name: str) -> tuple[str, int] | None:
    """Return list and index of ``hw_numa_cpus.N``, or None."""
    match = _LIST_MEMBER.fullmatch(name)
    if not match or int(match["index"]) >= MOST_NUMA_NODES:
        return None
    return match["list"], int(match["index"])


def list_members(name: str) -> Iterator[str]:
    """Return the names of all members that a NUMA list can have."""
    return (f"{name}.{index}" for index in range(MOST_NUMA_NODES))


def _find(spelling: str, catalogue: PropertyCatalogue) -> PropertyName | None:
    current = SPEC_ALIASES.get(spelling, spelling)
    definition = catalogue.get(current) or catalogue.by_alias(current)
    if definition:
        return PropertyName(definition.name, definition)
    member = list_member(spelling)
    if member and member[0] in catalogue:
        return PropertyName(spelling, catalogue[member[0]], member[1])
    if _TRAIT.fullmatch(spelling) and "traits_required" in catalogue:
        return PropertyName(spelling, catalogue["traits_required"])
    return None


def _unknown(spelling: str, catalogue: PropertyCatalogue) -> Problem:
    words = OTHER_NAMES.get(spelling)
    if not words and is_extra_spec(spelling):
        words = _words_of_extra_spec(spelling, catalogue)
    if not words:
        words = f"Nova does not read it; {_hint(spelling, catalogue)}"
    return Problem(spelling, words, ProblemCode.NAME_UNKNOWN)


def _words_of_extra_spec(spelling: str, catalogue: PropertyCatalogue) -> str:
    scope, _, key = spelling.partition(":")
    for name in (f"{scope}_{key}", f"img_{key}"):
        twin = _find(name, catalogue)
        if twin and not twin.definition.no_effect:
            return (
                f"is an extra spec of flavors; the image property is '{name}'"
            )
    return "is an extra spec of flavors; an image does not have it"


def _hint(spelling: str, catalogue: PropertyCatalogue) -> str:
    if spelling.startswith(TRAIT_PREFIX):
        return "a trait is upper case letters, digits and underscores"
    if spelling.startswith(_NUMA_PREFIXES):
        return f"guest NUMA nodes are numbered from 0 to {MOST_NUMA_NODES - 1}"
    # Glance's metadata definitions spell a trait like that.
    trait = spelling.replace("traits:", TRAIT_PREFIX, 1)
    if trait != spelling and _TRAIT.fullmatch(trait):
        return f"did you mean '{trait}'?"
    # A member's list is near, the member itself need not be.
    listed, dot, index = spelling.partition(".")
    if nearest := catalogue.nearest(listed):
        name = nearest.name
        if nearest.kind is PropertyKind.TRAIT_LIST:
            name = f"{TRAIT_PREFIX}NAME"
        elif nearest.kind in _LIST_KINDS:
            name = f"{name}.{index or 0}"
        elif dot:
            return _HINT_FOR_PEOPLE
        return f"did you mean '{name}'?"
    if spelling.startswith(_NOVAS_PREFIXES):
        return f"{CATALOGUE_HINT} lists what it reads"
    return _HINT_FOR_PEOPLE
