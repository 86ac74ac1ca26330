# SPDX-License-Identifier: Apache-2.0
"""What is known of one image property."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from image_props_override.core.str_enum import StrEnum


class PropertyKind(StrEnum):
    """The form that a property's value takes."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    ENUM = "enum"
    TEXT = "text"
    UUID = "uuid"
    # The id of an image that the caller may see.
    IMAGE = "image"
    VERSION_PREDICATE = "version_predicate"
    PAGE_SIZE = "page_size"
    CPU_MASK = "cpu_mask"
    # Lists whose members are properties of their own, "hw_numa_cpus.0".
    CPU_SET_LIST = "cpu_set_list"
    INTEGER_LIST = "integer_list"
    # traits_required, of which each member is written "trait:NAME".
    TRAIT_LIST = "trait_list"
    # No string can carry it (block device mappings).
    STRUCTURED = "structured"


class PropertyClass(StrEnum):
    """What it means to let a user override the property at boot."""

    # Concerns the user's own guest only.
    GUEST = "guest"
    # Takes or steers shared resources.
    PLACEMENT = "placement"
    # Can lower protection, or open hosts that an operator keeps apart.
    SECURITY = "security"
    # Nova does not read it from the server's image properties at boot.
    NO_EFFECT = "no_effect"


class TakesEffect(StrEnum):
    """When a change of a stopped server's property takes effect."""

    # The driver reads it anew when the server is started.
    NEXT_START = "next_start"
    # A claim or the scheduler has to agree: only a move could change it.
    MOVE = "move"
    # What it made at the first boot stays with the server's disks, devices
    # or allocations.
    NEVER = "never"


_FEW_VALUES: Mapping[PropertyKind, tuple[str, ...]] = {
    PropertyKind.BOOLEAN: ("true", "false"),
    PropertyKind.TRAIT_LIST: ("required",),
}


@dataclass(frozen=True)
class PropertyDefinition:
    """One image property: a field of ``ImageMetaProps``, or one beside them.

    Attributes:
        name: The field's name, which is the canonical name.
        kind: The form of its value.
        property_class: What overriding it means.
        description: One line for people.
        legal_values: For an enum, what Nova accepts, in Nova's order.
        other_spellings: For an enum, other words that Nova reads as one of
            these, in lower case.
        ignores_case: For an enum, whether Nova reads words in any case.
        minimum: For integers, the least value, or None.
        maximum: For integers, the greatest value, or None.
        legacy_aliases: Older names that Nova still reads in its place.
        no_effect: Why overriding it would change nothing, and what to do
            instead; empty where it has an effect.
        takes_effect: When a change for a stopped server takes effect.
    """

    name: str
    kind: PropertyKind
    property_class: PropertyClass
    description: str
    legal_values: tuple[str, ...] = ()
    other_spellings: Mapping[str, str] = field(
        default_factory=dict, hash=False
    )
    ignores_case: bool = False
    minimum: int | None = None
    maximum: int | None = None
    legacy_aliases: tuple[str, ...] = ()
    no_effect: str = ""
    takes_effect: TakesEffect = TakesEffect.NEXT_START

    @property
    def few_values(self) -> tuple[str, ...]:
        """All valid values, where they are few enough to list; else none.

        Of a list, those of one member.
        """
        return self.legal_values or _FEW_VALUES.get(self.kind, ())
