# SPDX-License-Identifier: Apache-2.0
"""``GET /os-image-props-override``: what can be overridden here."""

from __future__ import annotations

from typing import Any

import webob.exc
from nova.api.openstack import wsgi

from image_props_override.core.boot.host_support import (
    unsupported_values,
)
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.names import (
    TRAIT_PREFIX,
    PropertyName,
)
from image_props_override.core.rules.allowed_values import (
    allowed_values,
    no_allowed_values,
)
from image_props_override.core.rules.ordered_rules import (
    SOME_VALUE,
    Caller,
    Decision,
    OverrideRules,
)
from image_props_override.nova_plugin.api.microversion import (
    Microversion,
    is_requested,
)
from image_props_override.nova_plugin.boot.host_reports import HostReports
from image_props_override.nova_plugin.rules import policies
from image_props_override.nova_plugin.rules.configured_rules import caller_of

PATH = "/os-image-props-override"

# Where rules deny single values, and so all of them.
_EACH_IS_DENIED = "the operator's rules deny each of its values"


class CatalogueController(wsgi.Controller):
    """The image properties that exist, and whether they may be overridden.

    Clients ask it with microversion ``latest``: the number of ours differs
    between releases of Nova, and the answer names it.
    """

    def __init__(
        self,
        catalogue: PropertyCatalogue,
        rules: OverrideRules,
        microversion: Microversion,
        host_reports: HostReports,
    ) -> None:
        """Answer.

        Args:
            catalogue: The image properties that exist.
            rules: What the operator lets users override.
            microversion: The one that brings ``image_props_override``.
            host_reports: What the hosts of this cloud support.
        """
        super().__init__()
        self._catalogue = catalogue
        self._rules = rules
        self._microversion = microversion
        self._host_reports = host_reports

    @wsgi.expected_errors((403, 404))
    def index(self, req: wsgi.Request) -> dict[str, Any]:
        """Return the microversion and all properties."""
        if not is_requested(req):
            raise webob.exc.HTTPNotFound()
        context = req.environ["nova.context"]
        policies.authorize(context, policies.CATALOGUE)
        caller = caller_of(context)
        denial = policies.refusal(context, policies.CREATE)
        support = self._host_reports()
        return {
            "microversion": str(self._microversion),
            "properties": [
                {
                    **_view(definition),
                    **self._told_to(caller, definition, denial),
                    "unsupported_values": (
                        support and unsupported_values(support, definition)
                    ),
                }
                for definition in self._catalogue.values()
            ],
        }

    def _told_to(
        self,
        caller: Caller,
        definition: PropertyDefinition,
        denial: str | None,
    ) -> dict[str, Any]:
        """Return what a caller may do with a property, and which rule says so.

        Args:
            caller: The caller.
            definition: The property.
            denial: Why the caller may override nothing at all, or None.
        """
        decision = self._decide(definition, caller, denial)
        allowed, can_remove = no_allowed_values(definition), False
        if not (definition.no_effect or denial) and (
            definition.kind is not PropertyKind.STRUCTURED
        ):
            name = _asked_about(definition)
            can_remove = self._rules.decide(name, None, caller).allowed
            allowed = allowed_values(self._rules, _first_member(name), caller)
            if decision.allowed and allowed.is_empty:
                decision = Decision(False, _EACH_IS_DENIED)
        return {
            "allowed": decision.allowed,
            "rule": decision.reason,
            "allowed_values": allowed.as_json(),
            "removal_allowed": can_remove,
        }

    def _decide(
        self,
        definition: PropertyDefinition,
        caller: Caller,
        denial: str | None,
    ) -> Decision:
        """Return whether the caller may set the property to some value.

        Args:
            definition: The property.
            caller: The caller.
            denial: Why the caller may override nothing at all, or None.
        """
        if definition.no_effect:
            return Decision(False, definition.no_effect)
        if denial:
            return Decision(False, denial)
        if definition.kind is PropertyKind.STRUCTURED:
            return Decision(
                False, ("it is a structure, which a string cannot represent")
            )
        return self._rules.decide(_asked_about(definition), SOME_VALUE, caller)


def _view(definition: PropertyDefinition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "kind": definition.kind.value,
        "class": definition.property_class.value,
        "description": definition.description,
        "legal_values": list(definition.legal_values),
        "other_spellings": dict(definition.other_spellings),
        "ignores_case": definition.ignores_case,
        "minimum": definition.minimum,
        "maximum": definition.maximum,
        "legacy_aliases": list(definition.legacy_aliases),
        "takes_effect": (
            None if definition.no_effect else definition.takes_effect.value
        ),
        "no_effect": definition.no_effect or None,
    }


def _first_member(name: PropertyName) -> PropertyName:
    """Return the first member of a list, whose values are one member's."""
    if not name.is_whole_list:
        return name
    return PropertyName(f"{name.canonical}.0", name.definition, 0)


def _asked_about(definition: PropertyDefinition) -> PropertyName:
    """Return the name of a property in messages about rules."""
    if definition.kind is PropertyKind.TRAIT_LIST:
        # All traits at once: what rules say of single ones is not told.
        return PropertyName(f"{TRAIT_PREFIX}*", definition)
    return PropertyName(definition.name, definition)
