# SPDX-License-Identifier: Apache-2.0
"""What a caller is told to be allowed is what the rules decide."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_props_override.core.properties.definition import PropertyKind
from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.core.properties.values import check_value
from image_props_override.core.rules.allowed_values import (
    allowed_values,
    no_allowed_values,
)
from image_props_override.core.rules.isolation import IsolationRule
from image_props_override.core.rules.ordered_rules import (
    Caller,
    OverrideRules,
    Rule,
    RuleList,
    allow_list,
    deny_list,
)
from image_props_override.core.rules.rule_values import Values
from tests.core.catalogue import CATALOGUE

CALLER = Caller("project", frozenset({"member"}))
# One of each kind that a value can be given for.
NAMES = [
    *(
        definition.name
        for definition in CATALOGUE.values()
        if definition.kind
        not in (
            PropertyKind.STRUCTURED,
            PropertyKind.TRAIT_LIST,
            PropertyKind.CPU_SET_LIST,
            PropertyKind.INTEGER_LIST,
        )
    ),
    "hw_numa_cpus.0",
    "hw_numa_mem.0",
    "trait:HW_X",
]
TEXTS = (
    *("true", "Yes", "0", "1", "2", "02", "17", "2048", "2MB", "4", "1GB"),
    *("any", "large", "small", "scsi", "ide", "SCSI", "lsilogic", "x86_64"),
    *("required", "0-1", "0, 1", "^0", ">=2", "some text", "quiet x"),
    "12345678-1234-1234-1234-123456789abc",
)


def named(spelling: str) -> PropertyName:
    """Return a property of the small catalogue."""
    name = resolve_name(spelling, CATALOGUE)
    assert isinstance(name, PropertyName)
    return name


values = st.builds(
    Values,
    listed=st.lists(st.sampled_from(TEXTS), max_size=3).map(tuple),
    low=st.none() | st.integers(-3, 3000),
    high=st.none() | st.integers(-3, 3000),
    pattern=st.none()
    | st.sampled_from(["s.*", "[0-9]+", ".*quiet.*", "true"]).map(re.compile),
).filter(lambda v: v.listed or v.pattern or v.low is not None)
rules = st.builds(
    Rule,
    allow=st.booleans(),
    properties=st.lists(
        st.sampled_from([*NAMES, "hw_*", "*", "trait:*", "hw_numa_*"]),
        min_size=1,
        max_size=2,
    ).map(tuple),
    values=st.none() | values,
    roles=st.sampled_from([None, frozenset({"member"}), frozenset({"x"})]),
    projects=st.sampled_from([None, frozenset({"project"}), frozenset()]),
    removal=st.sampled_from([None, True, False]),
)
patterns = st.lists(
    st.sampled_from(["*", "hw_*", "hw_disk_bus", "os_*", "trait:*"]),
    max_size=2,
)


@given(
    spelling=st.sampled_from(NAMES),
    value=st.sampled_from(TEXTS)
    | st.integers(-5, 3005).map(str)
    | st.text("abq ui", max_size=5),
    file=st.lists(rules, max_size=6),
    allow=patterns,
    deny=patterns,
    isolating=st.sampled_from([None, frozenset(), frozenset({"hw_disk_bus"})]),
)
def test_agrees_with_decide(
    spelling: str,
    value: str,
    file: list[Rule],
    allow: list[str],
    deny: list[str],
    isolating: frozenset[str] | None,
) -> None:
    """Value by value, whatever the operator's rules."""
    name = named(spelling)
    if check_value(spelling, name.definition, value) is not None:
        return
    operators = OverrideRules(
        (
            deny_list(deny, CATALOGUE, "deny"),
            IsolationRule(lambda: isolating, frozenset()),
            RuleList(tuple(file), "file"),
            allow_list(allow, CATALOGUE, "allow"),
        )
    )
    told = allowed_values(operators, name, CALLER)
    decision = operators.decide(name, value, CALLER)
    assert told.admits(name.definition, value) is decision.allowed
    assert not (told.is_empty and decision.allowed)


def file_of(*file: Rule) -> OverrideRules:
    """Return rules of a file, and nothing else that refuses."""
    return OverrideRules(
        (
            RuleList(file, "file"),
            allow_list(["*"], CATALOGUE, "allow"),
        )
    )


@pytest.mark.parametrize(
    ("spelling", "file", "told"),
    [
        (
            "hw_boot_menu",
            (Rule(False, ("hw_boot_menu",), Values(("yes",))),),
            {"values": ["false"]},
        ),
        (
            "hw_video_ram",
            (
                Rule(True, ("hw_video_ram",), Values(("64",), 0, 16)),
                Rule(False, ("hw_video_ram",)),
            ),
            {"values": [], "ranges": [[0, 16], [64, 64]]},
        ),
        (
            "os_distro",
            (
                Rule(
                    False,
                    ("os_*",),
                    Values(("root",), pattern=re.compile("adm.*")),
                ),
            ),
            {
                "clauses": [
                    {"allow": False, "values": ["root"], "pattern": "adm.*"},
                    {"allow": True},
                ]
            },
        ),
        ("os_distro", (), {"any": True}),
        ("os_distro", (Rule(False, ("*",)),), {"any": False}),
        ("trait:HW_X", (), {"values": ["required"]}),
    ],
)
def test_told(
    spelling: str, file: tuple[Rule, ...], told: dict[str, object]
) -> None:
    """As a form can show it."""
    found = allowed_values(file_of(*file), named(spelling), CALLER)
    assert found.as_json() == told


@pytest.mark.parametrize(
    ("spelling", "told"),
    [
        ("hw_disk_bus", {"values": []}),
        ("hw_video_ram", {"values": [], "ranges": []}),
        ("os_distro", {"any": False}),
    ],
)
def test_nothing(spelling: str, told: dict[str, object]) -> None:
    """A property of each kind that nobody may set."""
    definition = named(spelling).definition
    nothing = no_allowed_values(definition)
    assert nothing.is_empty
    assert nothing.as_json() == told
    assert not nothing.admits(definition, "1")


def test_many_rules() -> None:
    """What a range of numbers is made of costs no square of the rules.

    With one, this would take minutes.
    """
    file = [
        Rule(n % 2 == 0, ("hw_video_ram",), Values((str(n * 3),), n, n + 5))
        for n in range(20_000)
    ]
    told = allowed_values(file_of(*file), named("hw_video_ram"), CALLER)
    assert told.ranges
