# SPDX-License-Identifier: Apache-2.0
"""The cloud's own catalogue, and overrides as the cloud would read them.

For clients that compare overrides with those of a server, or look up a name.
What is wrong with overrides is for the cloud to say, all of it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from image_props_override.core.override_request import (
    OverrideRequest,
    read_override_request,
)
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import (
    PropertyClass,
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.names import PropertyName
from image_props_override.core.rules.ordered_rules import Decision


def catalogue_of(properties: Iterable[Mapping[str, Any]]) -> PropertyCatalogue:
    """Return the catalogue that a cloud has returned.

    Args:
        properties: Of the answer to ``GET /os-image-props-override``.
    """
    return PropertyCatalogue(_definition(each) for each in properties)


def read_with(
    overrides: Mapping[str, str | None],
    properties: Iterable[Mapping[str, Any]],
) -> OverrideRequest:
    """Return overrides as the cloud would read and record them.

    Of their problems, those of names and values are known here; rules, image
    and flavor are left to the cloud.

    Args:
        overrides: Property to value; None removes the image's property.
        properties: Of the answer to ``GET /os-image-props-override``.
    """
    return read_override_request(
        overrides, catalogue_of(properties), _left_to_the_cloud
    )


def _definition(told: Mapping[str, Any]) -> PropertyDefinition:
    return PropertyDefinition(
        name=told["name"],
        kind=_kind(told["kind"]),
        property_class=_class(told["class"]),
        description=told["description"],
        legal_values=tuple(told["legal_values"]),
        other_spellings=told.get("other_spellings", {}),
        ignores_case=told.get("ignores_case", False),
        minimum=told["minimum"],
        maximum=told["maximum"],
        legacy_aliases=tuple(told["legacy_aliases"]),
        no_effect=told.get("no_effect") or "",
    )


def _kind(told: str) -> PropertyKind:
    """Return the kind; one that a newer cloud knows takes any text here."""
    try:
        return PropertyKind(told)
    except ValueError:
        return PropertyKind.TEXT


def _class(told: str) -> PropertyClass:
    try:
        return PropertyClass(told)
    except ValueError:
        return PropertyClass.GUEST


def _left_to_the_cloud(_name: PropertyName, _value: object) -> Decision:
    # The catalogue's "allowed" is told without a value, and rules may depend
    # on one.
    return Decision(allowed=True, reason="")
