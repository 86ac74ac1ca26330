# SPDX-License-Identifier: Apache-2.0
"""``GET /os-image-props-override``: what can be overridden here."""

from __future__ import annotations

from typing import Any

import webob.exc
from nova.api.openstack import wsgi

from image_props_override.core.override_rules import Caller
from image_props_override.core.property_definition import (
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.property_names import (
    TRAIT_PREFIX,
    PropertyName,
)
from image_props_override.nova_plugin import policies
from image_props_override.nova_plugin.extension import Extension
from image_props_override.nova_plugin.microversion import is_requested
from image_props_override.nova_plugin.operator_rules import caller_of

PATH = "/os-image-props-override"

# Rules about values or removals cannot be told without one; none is legal
# for every property, so a rule about values does not match this one.
_ANY_VALUE = ""


class CatalogueController(wsgi.Controller):
    """The image properties that exist, and whether they may be overridden.

    Clients ask it with microversion ``latest``: the number of ours differs
    between releases of Nova, and the answer names it.
    """

    def __init__(self, extension: Extension) -> None:
        """Tell of the extension's catalogue and rules."""
        super().__init__()
        self._extension = extension

    @wsgi.expected_errors((403, 404))
    def index(self, req: wsgi.Request) -> dict[str, Any]:
        """Return the microversion and all properties."""
        if not is_requested(req):
            raise webob.exc.HTTPNotFound()
        context = req.environ["nova.context"]
        policies.authorize(context, policies.CATALOGUE)
        caller = caller_of(context)
        return {
            "microversion": str(self._extension.microversion),
            "properties": [
                self._view(definition, caller)
                for definition in self._extension.catalogue.values()
            ],
        }

    def _view(
        self, definition: PropertyDefinition, caller: Caller
    ) -> dict[str, Any]:
        decision = self._extension.rules.decide(
            _asked_about(definition), _ANY_VALUE, caller
        )
        return {
            "name": definition.name,
            "kind": definition.kind.value,
            "class": definition.property_class.value,
            "description": definition.description,
            "legal_values": list(definition.legal_values),
            "minimum": definition.minimum,
            "maximum": definition.maximum,
            "legacy_aliases": list(definition.legacy_aliases),
            "allowed": decision.allowed,
            "rule": decision.reason,
        }


def _asked_about(definition: PropertyDefinition) -> PropertyName:
    """Return the name that stands for a property where rules are told."""
    if definition.kind is PropertyKind.TRAIT_LIST:
        # All traits at once: what rules say of single ones is not told.
        return PropertyName(f"{TRAIT_PREFIX}*", definition)
    return PropertyName(definition.name, definition)
