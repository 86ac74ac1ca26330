# SPDX-License-Identifier: Apache-2.0
"""``ImageMetaProps``: its fields, their types, names of old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova.objects import image_meta


def image_property_fields() -> Mapping[str, Any]:
    """Return the fields of ``ImageMetaProps`` by name."""
    fields: Mapping[str, Any] = image_meta.ImageMetaProps.fields
    return fields


def field_type(field: Any) -> Any:
    """Return the type object inside a versioned-object field."""
    return field._type


def legacy_property_names() -> Mapping[str, str]:
    """Return the names that Nova still reads: legacy name to field."""
    names: Mapping[str, str] = image_meta.ImageMetaProps._legacy_property_map
    return names
