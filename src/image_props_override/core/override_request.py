# SPDX-License-Identifier: Apache-2.0
"""From the user's ``image_props_override`` to overrides that may be merged.

One call for create, rebuild and preview alike: names, values, rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from image_props_override.core.boot.merge import with_defaults_resolved
from image_props_override.core.boot.record import DEFAULT_TOKEN
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.limits import longest_value_bytes
from image_props_override.core.properties.names import (
    VMWARE_ADAPTER_TYPE,
    PropertyName,
    list_member,
    resolve_name,
)
from image_props_override.core.properties.values import (
    canonical_value,
    check_value,
)
from image_props_override.core.rules.ordered_rules import (
    SOME_VALUE,
    Decision,
    Wanted,
)

if TYPE_CHECKING:
    # Python 3.9 does not have it.
    from typing import TypeGuard

KEY = "image_props_override"

# Tells whether a property may have a value, of ``longest_value_bytes``
# characters at most.
Decide = Callable[[PropertyName, Wanted], Decision]

# More than all properties and a full NUMA topology; a bound on the work that
# one request can cause.
MOST_OVERRIDES = 512


@dataclass(frozen=True)
class Asked:
    """One property that a user asked for, whatever came of it.

    Attributes:
        spelling: The property as the user wrote it.
        name: The property that is meant, or None if there is no such one.
        value: The new value, unchecked; None removes it.
        decision: What the rules say; None where they were not asked. As long
            as the image has to complete the value: whether they allow any.
    """

    spelling: str
    name: PropertyName | None
    value: object
    decision: Decision | None

    @property
    def needs_image(self) -> bool:
        """Whether the image completes the value."""
        return self.name is not None and _holds_default(self.name, self.value)


@dataclass(frozen=True)
class OverrideRequest:
    """What a user asked for, read and checked.

    Attributes:
        overrides: Canonical name to value, None for a removal; complete only
            where there are no problems.
        problems: All that is wrong, in the order of the user's keys.
        asked: Each property that was asked for, in that order too.
        decide: What the operator allows the caller.
    """

    overrides: Mapping[str, str | None]
    problems: tuple[Problem, ...]
    asked: tuple[Asked, ...] = ()
    decide: Decide | None = None

    def completed_by(
        self, image_properties: Mapping[str, Any]
    ) -> OverrideRequest:
        """Return the request with the rules asked about completed values.

        Args:
            image_properties: Those of the image, volume or snapshot.
        """
        resolved = with_defaults_resolved(image_properties, self.overrides)
        asked = tuple(self._completed(each, resolved) for each in self.asked)
        return replace(self, asked=asked)

    def _completed(
        self, asked: Asked, resolved: Mapping[str, str | None]
    ) -> Asked:
        if not (asked.name and asked.needs_image and self.decide):
            return asked
        value = resolved.get(asked.name.canonical)
        if value is None or not _can_be_decided(value, asked.name):
            # Refused already, or too long, which is refused as such.
            return asked
        return replace(asked, decision=self.decide(asked.name, value))

    @property
    def unread(self) -> frozenset[str]:
        """The canonical names of what was asked for, but cannot be had."""
        names = {each.name.canonical for each in self.asked if each.name}
        return frozenset(names - self.overrides.keys())

    @property
    def late_denials(self) -> tuple[Problem, ...]:
        """What rules refuse of values that the image has completed."""
        denials = (
            _denial(asked.spelling, asked.decision)
            for asked in self.asked
            if asked.name
            and asked.needs_image
            and asked.name.canonical in self.overrides
        )
        return tuple(filter(None, denials))


def read_override_request(
    raw: object, catalogue: PropertyCatalogue, decide: Decide
) -> OverrideRequest:
    """Return the overrides of a request body and every problem with them.

    Args:
        raw: The value of ``image_props_override``, as decoded from JSON.
        catalogue: The properties that exist.
        decide: What the operator allows the caller.
    """
    if not isinstance(raw, Mapping):
        return OverrideRequest({}, (_not_an_object(raw),))
    if len(raw) > MOST_OVERRIDES:
        return OverrideRequest({}, (_too_many(len(raw)),))
    reading = _Reading(catalogue, decide)
    for spelling, value in raw.items():
        reading.read(spelling, value)
    reading.check_lists()
    return OverrideRequest(
        reading.overrides,
        tuple(reading.problems),
        tuple(reading.asked),
        decide,
    )


class _Reading:
    """The state while one request is read."""

    def __init__(self, catalogue: PropertyCatalogue, decide: Decide) -> None:
        self.overrides: dict[str, str | None] = {}
        self.problems: list[Problem] = []
        self.asked: list[Asked] = []
        self._catalogue = catalogue
        self._decide = decide
        self._spelled: dict[str, str] = {}
        self._removed_by_member: set[str] = set()

    def read(self, spelling: str, value: object) -> None:
        if spelling == VMWARE_ADAPTER_TYPE:
            self._read_adapter_type(value)
        else:
            self._read_as(spelling, spelling, value)

    def _read_as(self, spelling: str, meant: str, value: object) -> None:
        name = resolve_name(meant, self._catalogue)
        if isinstance(name, Problem):
            self._refuse(name, value)
        else:
            self._read_named(spelling, name, value)

    def _read_adapter_type(self, value: object) -> None:
        """Read the legacy name that stands for two properties."""
        if value is None:
            self._refuse(
                Problem(
                    VMWARE_ADAPTER_TYPE,
                    "stands for hw_disk_bus and hw_scsi_model; remove those "
                    "by name",
                    ProblemCode.NAME_NOT_PLAIN,
                ),
                value,
            )
            return
        if not isinstance(value, str):
            self._refuse(_not_a_string(VMWARE_ADAPTER_TYPE, value), value)
            return
        # Nova's own comparison: "IDE" is no adapter, and no SCSI model.
        bus = "ide" if value == "ide" else "scsi"
        self._read_as(VMWARE_ADAPTER_TYPE, "hw_disk_bus", bus)
        if value != "ide":
            self._read_as(VMWARE_ADAPTER_TYPE, "hw_scsi_model", value)

    def _refuse(self, problem: Problem, value: object) -> None:
        """Refuse what stands for no one property."""
        self.problems.append(problem)
        self.asked.append(Asked(problem.name, None, value, None))

    def _read_named(
        self, spelling: str, name: PropertyName, value: object
    ) -> None:
        if name.definition.no_effect:
            self._refuse_without_effect(spelling, name, value)
            return
        if value is None and name.index is not None:
            self._refuse_removal_of_member(spelling, name)
            return
        decision = None
        if _can_be_decided(value, name):
            is_open = _holds_default(name, value)
            decision = self._decide(name, SOME_VALUE if is_open else value)
        # From here on there is only Nova's own spelling.
        if isinstance(value, str):
            value = canonical_value(name.definition, value)
        self.asked.append(Asked(spelling, name, value, decision))
        problems = [
            problem
            for problem in (
                self._check_given_once(spelling, name),
                self._check_form(spelling, name, value),
                _denial(spelling, decision),
            )
            if problem
        ]
        self.problems += problems
        if not problems and _can_be_decided(value, name):
            self.overrides[name.canonical] = value

    def _refuse_without_effect(
        self, spelling: str, name: PropertyName, value: object
    ) -> None:
        """Refuse, whatever the rules say, what Nova would not read."""
        self.asked.append(Asked(spelling, name, value, None))
        self.problems.append(
            Problem(
                spelling,
                f"has no effect: {name.definition.no_effect}",
                ProblemCode.NO_EFFECT,
            )
        )

    def _refuse_removal_of_member(
        self, spelling: str, name: PropertyName
    ) -> None:
        """Refuse, once for each list, to remove it member by member."""
        self.asked.append(Asked(spelling, name, None, None))
        whole = name.definition.name
        if whole in self._removed_by_member:
            return
        self._removed_by_member.add(whole)
        self.problems.append(
            Problem(
                spelling,
                f"is a member of a list; remove '{whole}', which removes all "
                "members",
                ProblemCode.NAME_NOT_PLAIN,
            )
        )

    def _check_given_once(
        self, spelling: str, name: PropertyName
    ) -> Problem | None:
        other = self._spelled.setdefault(name.canonical, spelling)
        if other == spelling:
            return None
        return Problem(
            spelling,
            f"is given twice: '{other}' means {name.canonical} too",
            ProblemCode.NAME_GIVEN_TWICE,
        )

    @staticmethod
    def _check_form(
        spelling: str, name: PropertyName, value: object
    ) -> Problem | None:
        if value is None:
            return None
        if name.is_whole_list:
            return Problem(
                spelling,
                f"is a list; override its members '{name.canonical}.0', "
                f"'{name.canonical}.1', ...",
                ProblemCode.NAME_NOT_PLAIN,
            )
        if not isinstance(value, str):
            return _not_a_string(spelling, value)
        return check_value(spelling, name.definition, value)

    def check_lists(self) -> None:
        """Check that the NUMA lists are whole and fit each other."""
        indices = defaultdict(set)
        for canonical in self._spelled:
            member = list_member(canonical)
            if member and member[0] not in self._removed_by_member:
                indices[member[0]].add(member[1])
        for name, found in sorted(indices.items()):
            if self.overrides.get(name, "") is None:
                self.problems.append(
                    Problem(
                        name,
                        "is removed, and the same request overrides members "
                        "of it; keep one",
                        ProblemCode.NAME_GIVEN_TWICE,
                    )
                )
            gap = next(i for i in range(len(found) + 1) if i not in found)
            if gap < len(found):
                self.problems.append(
                    Problem(
                        f"{name}.{gap}",
                        "is missing; members are numbered from 0 without a "
                        "gap",
                        ProblemCode.LIST_HAS_GAP,
                    )
                )
        self._check_lengths({n: len(f) for n, f in sorted(indices.items())})

    def _check_lengths(self, lengths: dict[str, int]) -> None:
        nodes = self.overrides.get("hw_numa_nodes")
        if nodes is not None:
            lengths["hw_numa_nodes"] = int(nodes)
        if len(set(lengths.values())) > 1:
            counted = ", ".join(f"{n}: {c}" for n, c in lengths.items())
            self.problems.append(
                Problem(
                    next(iter(lengths)),
                    f"has a different number of guest NUMA nodes ({counted})",
                    ProblemCode.LIST_LENGTH_DIFFERS,
                )
            )


def _can_be_decided(
    value: object, name: PropertyName
) -> TypeGuard[str | None]:
    """Return whether rules can be asked about a value.

    What is too long is refused anyway, and might cost a rule
    any time.
    """
    if isinstance(value, str):
        return len(value) <= longest_value_bytes(name.definition.name)
    return value is None


def _holds_default(name: PropertyName, value: object) -> bool:
    """Return whether a value is known only together with the image."""
    return (
        name.canonical == "os_command_line"
        and isinstance(value, str)
        and DEFAULT_TOKEN in value
    )


def _denial(spelling: str, decision: Decision | None) -> Problem | None:
    if decision is None or decision.allowed:
        return None
    return Problem(
        spelling,
        f"may not be overridden: {decision.reason}",
        ProblemCode.RULE_DENIES,
    )


def _not_a_string(spelling: str, value: object) -> Problem:
    names = {bool: "a boolean", list: "a list", dict: "an object"}
    given = names.get(type(value), "a number")
    return Problem(
        spelling,
        f"is {given}; a value is a string, or null to remove the property",
        ProblemCode.VALUE_NOT_A_STRING,
    )


def _not_an_object(raw: object) -> Problem:
    return Problem(
        "",
        "it must be an object of property names and string values, not "
        f"{'null' if raw is None else type(raw).__name__}",
        ProblemCode.REQUEST_NOT_AN_OBJECT,
    )


def _too_many(count: int) -> Problem:
    return Problem(
        "",
        f"it has {count} properties; at most {MOST_OVERRIDES} are allowed",
        ProblemCode.REQUEST_TOO_MANY,
    )
