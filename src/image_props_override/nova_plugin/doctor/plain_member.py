# SPDX-License-Identifier: Apache-2.0
"""What the operator's lists let a plain member of a project override."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import PropertyName
from image_props_override.core.rules.ordered_rules import (
    SOME_VALUE,
    Caller,
    OverrideRules,
    Wanted,
    allow_list,
    deny_list,
)
from image_props_override.nova_plugin.rules.yaml_file import read_rules

# Of a project that no rule names; Keystone gives readers' rights to members.
PLAIN_MEMBER = Caller(project_id="", roles=frozenset({"member", "reader"}))


class PlainMember:
    """Says what a plain member may do with some value, if not with each.

    Isolation and Glance's protections are left out: they are what this is
    held against.
    """

    def __init__(self, section: Any, catalogue: PropertyCatalogue) -> None:
        """Read the operator's lists and rules file.

        Args:
            section: ``[image_props_override]``.
            catalogue: The image properties that exist.

        Raises:
            RulesFileError: The rules file cannot be used.
        """
        lists = [deny_list(section.deny, catalogue, "deny")]
        if section.rules_file:
            lists.append(read_rules(Path(section.rules_file), catalogue))
        lists.append(allow_list(section.allow, catalogue, "allow"))
        self._rules = OverrideRules(tuple(lists))

    def may_set(self, name: PropertyName) -> bool:
        """Return whether there is a value that the property may get."""
        return self._may(name, SOME_VALUE)

    def may_remove(self, name: PropertyName) -> bool:
        """Return whether the property may be removed."""
        return self._may(name, None)

    def _may(self, name: PropertyName, wanted: Wanted) -> bool:
        if name.definition.no_effect:
            return False
        return self._rules.decide(name, wanted, PLAIN_MEMBER).allowed
