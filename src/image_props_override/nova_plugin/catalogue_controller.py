# SPDX-License-Identifier: Apache-2.0
"""``GET /os-image-props-override``: what can be overridden here."""

from __future__ import annotations

from typing import Any

import webob.exc
from nova.api.openstack import wsgi

from image_props_override.core.property_definition import PropertyDefinition
from image_props_override.core.property_names import PropertyName
from image_props_override.nova_plugin.extension import Extension
from image_props_override.nova_plugin.microversion import is_requested

PATH = "/os-image-props-override"


class CatalogueController(wsgi.Controller):
    """The image properties that exist, and whether they may be overridden.

    Clients ask it with microversion ``latest``: the number of ours differs
    between releases of Nova, and the answer names it.
    """

    def __init__(self, extension: Extension) -> None:
        """Tell of the extension's catalogue and rules."""
        super().__init__()
        self._extension = extension

    @wsgi.expected_errors(404)
    def index(self, req: wsgi.Request) -> dict[str, Any]:
        """Return the microversion and all properties."""
        if not is_requested(req):
            raise webob.exc.HTTPNotFound()
        return {
            "microversion": str(self._extension.microversion),
            "properties": [
                self._view(definition)
                for definition in self._extension.catalogue.values()
            ],
        }

    def _view(self, definition: PropertyDefinition) -> dict[str, Any]:
        decision = self._extension.rules.decide(
            PropertyName(definition.name, definition)
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
