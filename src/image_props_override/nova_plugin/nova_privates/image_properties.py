# SPDX-License-Identifier: Apache-2.0
"""``ImageMetaProps``: its fields, their types, names of old."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nova.objects import image_meta


def image_property_fields() -> Mapping[str, Any]:
    """Return the fields of ``ImageMetaProps`` by name."""
    fields: Mapping[str, Any] = image_meta.ImageMetaProps.fields
    return fields


def field_type(field: Any) -> Any:
    """Return the type object inside a versioned-object field."""
    return field._type


def meaning_of(field: Any, word: str) -> str | None:
    """Return the value that a field reads a word as; None if it refuses."""
    try:
        value: str = field.coerce(None, "value", word)
    except ValueError:
        return None
    return value


def legacy_words(field: Any) -> Iterable[str]:
    """Return the words of old that a field's type lists, in lower case."""
    words: Iterable[str] = getattr(field_type(field), "LEGACY_VALUES", ())
    return words


def legacy_property_names() -> Mapping[str, str]:
    """Return the names that Nova still reads: legacy name to field."""
    names: Mapping[str, str] = image_meta.ImageMetaProps._legacy_property_map
    return names
