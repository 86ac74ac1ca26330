# SPDX-License-Identifier: Apache-2.0
"""The catalogue of the installed Nova, derived from ``ImageMetaProps``."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from oslo_versionedobjects import fields as object_fields

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import (
    PropertyClass,
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.facts import (
    FACTS,
    NO_FIELDS,
    PropertyFacts,
)
from image_props_override.nova_plugin.nova_privates import image_properties

# The first match decides, so types go before those that they derive from.
_KINDS_BY_TYPE = (
    (object_fields.FlexibleBoolean, PropertyKind.BOOLEAN),
    (object_fields.Integer, PropertyKind.INTEGER),
    (object_fields.Enum, PropertyKind.ENUM),
    (object_fields.UUID, PropertyKind.UUID),
    (object_fields.VersionPredicate, PropertyKind.VERSION_PREDICATE),
    (object_fields.String, PropertyKind.TEXT),
)

# For a property that a newer Nova has and this project does not know yet.
_UNKNOWN_FACTS = PropertyFacts(PropertyClass.SECURITY, "Not described yet")


def catalogue_from_nova() -> PropertyCatalogue:
    """Return the image properties that the installed Nova knows."""
    aliases = defaultdict(list)
    for alias, name in image_properties.legacy_property_names().items():
        aliases[name].append(alias)
    fields = image_properties.image_property_fields()
    return PropertyCatalogue(
        _definition(name, fields.get(name), tuple(sorted(aliases[name])))
        for name in (*fields, *NO_FIELDS)
    )


def _definition(
    name: str, field: Any, legacy_aliases: tuple[str, ...]
) -> PropertyDefinition:
    facts = FACTS.get(name, _UNKNOWN_FACTS)
    kind = facts.kind or _kind(field)
    legal_values = (
        tuple(field.valid_values) if kind is PropertyKind.ENUM else ()
    )
    return PropertyDefinition(
        name=name,
        kind=kind,
        property_class=facts.property_class,
        description=facts.description,
        legal_values=legal_values,
        other_spellings=_other_spellings(field, facts, legal_values),
        ignores_case=_ignores_case(field, legal_values),
        minimum=facts.minimum,
        maximum=facts.maximum,
        legacy_aliases=legacy_aliases,
        no_effect=facts.no_effect,
        takes_effect=facts.takes_effect,
    )


def _other_spellings(
    field: Any, facts: PropertyFacts, legal_values: tuple[str, ...]
) -> dict[str, str]:
    """Return the words of old that the installed Nova reads as a value."""
    if not legal_values:
        return {}
    words = {*facts.legacy_words, *image_properties.legacy_words(field)}
    read = {w: image_properties.meaning_of(field, w) for w in sorted(words)}
    return {
        word: value
        for word, value in read.items()
        if value and word not in legal_values
    }


def _ignores_case(field: Any, legal_values: tuple[str, ...]) -> bool:
    respelled = {
        (respell(value), value)
        for value in legal_values
        for respell in (str.lower, str.upper, str.title)
        if respell(value) != value
    }
    return bool(respelled) and all(
        image_properties.meaning_of(field, word) == value
        for word, value in respelled
    )


def _kind(field: Any) -> PropertyKind:
    field_type = image_properties.field_type(field)
    for nova_type, kind in _KINDS_BY_TYPE:
        if isinstance(field_type, nova_type):
            return kind
    # Lists, dictionaries, and whatever a newer Nova brings: refused, because
    # nobody knows how to check a value.
    return PropertyKind.STRUCTURED
