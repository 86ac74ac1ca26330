# SPDX-License-Identifier: Apache-2.0
"""Properties that keep hosts apart may not be overridden.

An operator isolates hosts by the metadata of their aggregate: an image
property, or a trait, that says which servers may run there. Who could set or
remove it at boot would choose the hosts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from image_props_override.core.properties.names import PropertyName
from image_props_override.core.rules.ordered_rules import (
    Caller,
    Clause,
    Decision,
    Wanted,
)


@dataclass(frozen=True)
class IsolationRule:
    """Refuses the properties that aggregates use as their keys.

    Attributes:
        keys: Returns the canonical names that aggregates use now, or None
            where that cannot be found out.
        exempt: Canonical names that the operator allows all the same.
    """

    keys: Callable[[], frozenset[str] | None]
    exempt: frozenset[str]

    def clauses(
        self, name: PropertyName, caller: Caller
    ) -> tuple[Clause, ...]:
        """Return a refusal of all values, or nothing."""
        refusal = self.decide(name, None, caller)
        return (Clause(False),) if refusal else ()

    def decide(
        self, name: PropertyName, value: Wanted, caller: Caller
    ) -> Decision | None:
        """Return a refusal, or None where the property isolates nothing."""
        del value, caller
        if name.canonical in self.exempt:
            return None
        keys = self.keys()
        if keys is None:
            return Decision(
                False,
                "nova-api cannot read which properties isolate hosts; try "
                "again later",
            )
        if keys & {name.canonical, name.definition.name}:
            return Decision(
                False, "host aggregates use it to keep hosts apart"
            )
        return None
