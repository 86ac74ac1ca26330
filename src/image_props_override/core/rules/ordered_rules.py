# SPDX-License-Identifier: Apache-2.0
"""What the operator lets users override: ordered rules, first match decides.

The lists in ``nova.conf`` and the operator's rules file are both rule lists
of this form; ``docs/operator/admin.md`` explains them with examples.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, Union

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import PropertyDefinition
from image_props_override.core.properties.name_patterns import (
    canonical_patterns,
    name_matches,
)
from image_props_override.core.properties.names import (
    PropertyName,
    legacy_names,
    list_members,
)
from image_props_override.core.rules.rule_values import Values


class _Question(Enum):
    SOME_VALUE = "is there a value that is allowed?"


# Stands for the value that rules treat best, where they are told and not
# applied.
SOME_VALUE: Final = _Question.SOME_VALUE

# The new value of a property; None removes it.
Wanted = Union[str, None, _Question]


@dataclass(frozen=True)
class Caller:
    """The caller.

    Attributes:
        project_id: The project that the server will belong to.
        roles: The caller's roles there, in lower case.
    """

    project_id: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Decision:
    """Whether a property may be overridden, and which rule says so."""

    allowed: bool
    reason: str


@dataclass(frozen=True)
class Clause:
    """A part of what is allowed to one caller for one property.

    Attributes:
        allow: Whether the values are allowed.
        values: Which; None: all.
    """

    allow: bool
    values: Values | None = None


class RuleSource(Protocol):
    """Something that has a say: a list of patterns, a file, isolation."""

    def clauses(
        self, name: PropertyName, caller: Caller
    ) -> tuple[Clause, ...]:
        """Return what is allowed of the values of a property, in order.

        The first clause that is about a value decides; where there is none,
        there is nothing to say.

        Args:
            name: The property.
            caller: The caller.
        """

    def decide(
        self, name: PropertyName, value: Wanted, caller: Caller
    ) -> Decision | None:
        """Return a decision, or None where there is nothing to say.

        Args:
            name: The property.
            value: The new value; None removes it; ``SOME_VALUE`` asks
                whether there is a value that is allowed.
            caller: The caller.
        """


@dataclass(frozen=True)
class Rule:
    """One rule; what it does not name, it does not ask for.

    Attributes:
        allow: Whether what it matches may be overridden.
        properties: Patterns of names, in which ``*`` stands for any
            characters. A member of a list is held against the member
            (``trait:HW_X``, ``hw_numa_cpus.0``) and against the list
            (``traits_required``, ``hw_numa_cpus``): either match counts.
            A ``*`` of a rule that refuses matches legacy names, too.
        values: Only these values; a removal has none.
        roles: Only callers with one of these roles, in lower case.
        projects: Only these projects.
        removal: True: only removals; False: only values.
        reason: The message for the user.
    """

    allow: bool
    properties: tuple[str, ...]
    values: Values | None = None
    roles: frozenset[str] | None = None
    projects: frozenset[str] | None = None
    removal: bool | None = None
    reason: str = ""

    def match(
        self,
        names: Collection[str],
        definition: PropertyDefinition,
        value: Wanted,
        caller: Caller,
    ) -> bool:
        """Return whether the rule is about an override."""
        return (
            (self.removal is None or self.removal is (value is None))
            # Names first: most rules are about others, and values cost more.
            and self._is_about(names, definition, caller)
            and self._matches_value(value, definition)
        )

    def concerns(
        self,
        names: Collection[str],
        definition: PropertyDefinition,
        caller: Caller,
    ) -> bool:
        """Return whether the rule is about some value of a property."""
        return self.removal is not True and self._is_about(
            names, definition, caller
        )

    def _is_about(
        self,
        names: Collection[str],
        definition: PropertyDefinition,
        caller: Caller,
    ) -> bool:
        if not self.allow:
            names = (*names, *legacy_names(definition))
        return (
            any(name_matches(each, names) for each in self.properties)
            and (self.roles is None or bool(self.roles & caller.roles))
            and (self.projects is None or caller.project_id in self.projects)
        )

    def _matches_value(
        self, value: Wanted, definition: PropertyDefinition
    ) -> bool:
        if self.values is None:
            return True
        if value is SOME_VALUE:
            return self.allow
        return value is not None and self.values.match(
            value, definition, allow=self.allow
        )


@dataclass(frozen=True)
class RuleList:
    """Ordered rules: the first that matches decides; none, no decision.

    Attributes:
        rules: The rules.
        source: Where they stand, for messages.
    """

    rules: tuple[Rule, ...]
    source: str

    def clauses(
        self, name: PropertyName, caller: Caller
    ) -> tuple[Clause, ...]:
        """Return those of the rules that are about the property."""
        names = {name.canonical, name.definition.name}
        found: list[Clause] = []
        for rule in self.rules:
            if rule.concerns(names, name.definition, caller):
                found.append(Clause(rule.allow, rule.values))
                if rule.values is None:
                    break
        return tuple(found)

    def decide(
        self, name: PropertyName, value: Wanted, caller: Caller
    ) -> Decision | None:
        """Return what the first matching rule says, or None.

        A list may be removed as a whole if each of its members may be.
        """
        if not name.is_whole_list:
            names = {name.canonical, name.definition.name}
            return self._decide(names, name.definition, value, caller)
        decisions = [
            self._decide(
                {member, name.canonical}, name.definition, value, caller
            )
            for member in list_members(name.canonical)
        ]
        refusals = [each for each in decisions if each and not each.allowed]
        return (refusals or decisions)[0]

    def _decide(
        self,
        names: Collection[str],
        definition: PropertyDefinition,
        value: Wanted,
        caller: Caller,
    ) -> Decision | None:
        for rule, decision in zip(self.rules, self._decisions):
            if rule.match(names, definition, value, caller):
                return decision
        return None

    @functools.cached_property
    def _decisions(self) -> tuple[Decision, ...]:
        """What each rule decides, in the rules' order."""
        return tuple(
            Decision(
                rule.allow,
                f"{rule.reason} (rule {number} of {self.source})"
                if rule.reason
                else f"rule {number} of {self.source}",
            )
            for number, rule in enumerate(self.rules, start=1)
        )


@dataclass(frozen=True)
class OverrideRules:
    """All that has a say, in order: the first refusal wins.

    What nothing refuses must be allowed by something, or it is refused.
    """

    sources: tuple[RuleSource, ...]

    def decide(
        self, name: PropertyName, value: Wanted, caller: Caller
    ) -> Decision:
        """Return whether a property may be overridden, and why.

        Of several that allow it, the first is the reason: the operator's
        file rather than a list that allows all.
        """
        first: Decision | None = None
        for source in self.sources:
            decision = source.decide(name, value, caller)
            if decision is None:
                continue
            if not decision.allowed:
                return decision
            first = first or decision
        return first or Decision(False, "no rule allows it")

    def clauses(
        self, name: PropertyName, caller: Caller
    ) -> tuple[Clause, ...]:
        """Return what is allowed of the values of a property, in order.

        The first clause that is about a value decides, and the last one is
        about all.

        Args:
            name: The property.
            caller: The caller.
        """
        combined: tuple[Clause, ...] = ()
        is_allowed = False
        for source in self.sources:
            clauses = source.clauses(name, caller)
            if not clauses:
                continue
            # One source alone, the file, tells values apart.
            combined = _both(combined, clauses)
            is_allowed |= clauses[-1] == Clause(True)
        if combined and combined[-1].values is None:
            return combined
        return (*combined, Clause(is_allowed))


def _both(
    first: tuple[Clause, ...], second: tuple[Clause, ...]
) -> tuple[Clause, ...]:
    """Return the clauses of two sources that must both allow a value."""
    for one, other in ((first, second), (second, first)):
        if one and one[0].values is None:
            return other if one[0].allow and other else (one[0],)
    if not first:
        return second
    raise NotImplementedError("two sources of rules that tell values apart")


def allow_list(
    patterns: Iterable[str], catalogue: PropertyCatalogue, source: str
) -> RuleList:
    """Return the rules of a list of patterns that alone are allowed."""
    rules = [
        Rule(True, (pattern,), reason=f"allow pattern '{pattern}'")
        for pattern in canonical_patterns(patterns, catalogue)
    ]
    nothing_else = Rule(False, ("*",), reason="no allow pattern matches")
    return RuleList((*rules, nothing_else), source)


def deny_list(
    patterns: Iterable[str], catalogue: PropertyCatalogue, source: str
) -> RuleList:
    """Return the rules of a list of patterns that are refused."""
    return RuleList(
        tuple(
            Rule(False, (pattern,), reason=f"deny pattern '{pattern}'")
            for pattern in canonical_patterns(patterns, catalogue)
        ),
        source,
    )
