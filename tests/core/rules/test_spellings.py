# SPDX-License-Identifier: Apache-2.0
"""No other spelling of a name or a value gets anybody around a rule."""

from __future__ import annotations

import re

import pytest

from image_props_override.core.override_request import (
    Decide,
    read_override_request,
)
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.name_patterns import (
    canonical_patterns,
    unknown_patterns,
)
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
ALL = allow_list(["*"], CATALOGUE, "allow")


def decided_by(*sources: RuleList) -> Decide:
    """Return what rules decide for a caller."""
    rules = OverrideRules(sources)
    return lambda name, value: rules.decide(name, value, CALLER)


def problems_of(
    overrides: dict[str, str | None], *sources: RuleList
) -> tuple[Problem, ...]:
    """Return the problems of a request under rules."""
    decide = decided_by(*sources)
    return read_override_request(overrides, CATALOGUE, decide).problems


def is_allowed(overrides: dict[str, str | None], *sources: RuleList) -> bool:
    """Return whether rules allow a request that is well formed."""
    problems = problems_of(overrides, *sources)
    assert {each.code for each in problems} <= {ProblemCode.RULE_DENIES}
    return not problems


def rule(name: str, values: Values, *, allow: bool) -> RuleList:
    """Return one rule about values."""
    return RuleList((Rule(allow, (name,), values),), "rules")


# property, what a rule lists, other spellings of that, what differs
LISTED = {
    "true": (
        "hw_boot_menu",
        "true",
        ["true", "True", "yes", "1", "ON", "t", "y"],
        ["false", "no", "0"],
    ),
    "no": ("hw_boot_menu", "NO", ["false", "0", "off", "n"], ["yes"]),
    "integer": ("hw_numa_nodes", "2", ["2", "02", "0000000002"], ["20", "3"]),
    "list of integers": ("hw_numa_mem.0", "512", ["512", "0512"], ["51"]),
    "page size": (
        "hw_mem_page_size",
        "1GB",
        ["1GB", "1GiB", "1024MB", "1048576KB", "1048576"],
        ["1MB", "2GB", "large"],
    ),
    "page size in KiB": ("hw_mem_page_size", "2048", ["2MB"], ["2048MB"]),
    "word": ("hw_mem_page_size", "any", ["any"], ["small", "1GB"]),
    "text": ("os_distro", "1", ["1"], ["01", "true", "yes"]),
}


@pytest.mark.parametrize(
    ("name", "listed", "same", "other"), LISTED.values(), ids=LISTED
)
def test_listed_values(
    name: str, listed: str, same: list[str], other: list[str]
) -> None:
    """A listed value stands for all that means the same to Nova."""
    values = Values(listed=(listed,))
    for value in same:
        assert not is_allowed({name: value}, rule(name, values, allow=False))
        assert is_allowed({name: value}, rule(name, values, allow=True))
    for value in other:
        assert not is_allowed({name: value}, rule(name, values, allow=True))
        refusing = rule(name, values, allow=False)
        assert is_allowed({name: value}, refusing, ALL)


def test_range_of_page_sizes() -> None:
    """A range of page sizes is one of KiB."""
    large = Values(low=2048, high=2**30)
    refusing = rule("hw_mem_page_size", large, allow=False)
    for value, allowed in (("1GB", False), ("2MB", False), ("4KB", True)):
        asked: dict[str, str | None] = {"hw_mem_page_size": value}
        assert is_allowed(asked, refusing, ALL) is allowed, value


@pytest.mark.parametrize("value", ["true", "Yes", "1"])
def test_pattern_refuses_either_spelling(value: str) -> None:
    """A pattern refuses what it matches as written, or as Nova reads it."""
    for pattern in ("true", re.escape(value)):
        values = Values(pattern=re.compile(pattern))
        refusing = rule("hw_boot_menu", values, allow=False)
        assert not is_allowed({"hw_boot_menu": value}, refusing, ALL)


def test_pattern_allows_both_spellings() -> None:
    """A pattern that is to keep something out is not got around."""
    not_two = Values(pattern=re.compile("(?!2$).*"))
    allowing = rule("hw_numa_nodes", not_two, allow=True)
    assert is_allowed({"hw_numa_nodes": "3"}, allowing)
    assert not is_allowed({"hw_numa_nodes": "2"}, allowing)
    assert not is_allowed({"hw_numa_nodes": "02"}, allowing)


SINGLE = Values(pattern=re.compile(".*single.*"))
CONSOLE = Values(pattern=re.compile(".*console=ttyS0.*"))

# the image's line, what is asked, the rule and whether it allows; whether
# the override is allowed
WITH_DEFAULT = {
    "put together": ("ngle", "si%default%", (SINGLE, False), False),
    "put together otherwise": ("x", "si%default%ngle", (SINGLE, False), True),
    "of the image": ("single", "quiet %default%", (SINGLE, False), False),
    "kept": ("console=ttyS0", "%default% quiet", (CONSOLE, True), True),
    "not there": ("quiet", "%default% x", (CONSOLE, True), False),
    "cut": ("=ttyS0", "console%default%", (CONSOLE, True), True),
    # Too long for Nova, which another problem tells.
    "too long": ("x" * 2048, "%default%", (CONSOLE, True), True),
}


@pytest.mark.parametrize(
    ("line", "asked", "about", "allowed"),
    WITH_DEFAULT.values(),
    ids=WITH_DEFAULT,
)
def test_rules_see_the_line_with_the_images_own(
    line: str, asked: str, about: tuple[Values, bool], allowed: bool
) -> None:
    """Rules are held against what the guest gets, once it is known."""
    values, allows = about
    name = "hw_os_command_line"
    sources = [rule("os_command_line", values, allow=allows)]
    if not allows:
        sources.append(ALL)
    request = read_override_request(
        {name: asked}, CATALOGUE, decided_by(*sources)
    )
    assert not request.problems
    denials = request.completed_by({"os_command_line": line}).late_denials
    assert [(each.name, each.code) for each in denials] == (
        [] if allowed else [(name, ProblemCode.RULE_DENIES)]
    )


def test_denied_whatever_the_image_says() -> None:
    """What no image could make allowed is refused at once, and once."""
    deny = deny_list(["os_command_line"], CATALOGUE, "deny")
    request = read_override_request(
        {"os_command_line": "%default%"}, CATALOGUE, decided_by(deny, ALL)
    )
    assert [p.code for p in request.problems] == [ProblemCode.RULE_DENIES]
    assert not request.completed_by({"os_command_line": "x"}).late_denials


def test_the_rule_that_decides_is_told() -> None:
    """It is the one about the line, not the first that allows any line."""
    rules = RuleList(
        tuple(
            Rule(True, ("os_command_line",), Values((line,)), reason=line)
            for line in ("quiet", "debug")
        ),
        "rules",
    )
    request = read_override_request(
        {"os_command_line": "%default%"}, CATALOGUE, decided_by(rules)
    )
    completed = request.completed_by({"os_command_line": "debug"})
    (asked,) = completed.asked
    assert asked.decision is not None
    assert asked.decision.reason == "debug (rule 2 of rules)"


# what deny has, what is asked
DENIED: list[tuple[str, dict[str, str | None]]] = [
    ("vmware_adaptertype", {"vmware_adaptertype": "lsilogic"}),
    ("vmware_adaptertype", {"hw_disk_bus": "ide"}),
    ("vmware_adaptertype", {"hw_scsi_model": None}),
    ("vmware_*", {"vmware_ostype": "rhel"}),
    ("vmware_*", {"os_distro": None}),
    ("vmware_*", {"vmware_adaptertype": "ide"}),
    ("*_version_requires", {"img_hv_requested_version": ">=1"}),
]


@pytest.mark.parametrize(("pattern", "overrides"), DENIED)
def test_deny_knows_legacy_names(
    pattern: str, overrides: dict[str, str | None]
) -> None:
    """A denied legacy name, or part of one, denies what it stands for."""
    deny = deny_list([pattern], CATALOGUE, "deny")
    assert not is_allowed(overrides, deny, ALL)
    assert is_allowed({"hw_boot_menu": "true"}, deny, ALL)


def test_allow_knows_whole_legacy_names_only() -> None:
    """A part of a legacy name does not open what nobody thought of."""
    adapter = allow_list(["vmware_adaptertype"], CATALOGUE, "allow")
    assert is_allowed({"vmware_adaptertype": "lsilogic"}, adapter)
    parts = allow_list(["vmware_*"], CATALOGUE, "allow")
    assert not is_allowed({"vmware_ostype": "rhel"}, parts)
    whole = allow_list(["vmware_ostype"], CATALOGUE, "allow")
    assert is_allowed({"os_distro": "rhel"}, whole)


def test_spelling_of_the_spec_is_no_legacy_name() -> None:
    """Who denies hw_* leaves kernel command lines alone."""
    deny = deny_list(["hw_*"], CATALOGUE, "deny")
    assert is_allowed({"hw_os_command_line": "quiet"}, deny, ALL)


KNOWN = [
    *("*", "hw_*", "hw_disk_bus", "architecture", "vmware_adaptertype"),
    *("trait:*", "trait:CUSTOM_*", "trait:HW_X", "*_GOLD", "tr*", "*1"),
    *("hw_numa_cpus.0", "hw_numa_mem.*", "hw_numa_cpus.12*"),
]
UNKNOWN = [
    *("hw_disk_buss", "foo_*", "trait:", "trait:custom_licence"),
    *("trait:CUSTOM-X", "trait:custom_*", "hw_numa_cpus.x", "*_gold"),
    *("hw_numa_cpus.128", "hw_numa_cpus.00", "HW_DISK_BUS", "trait_*"),
]


def test_unknown_patterns() -> None:
    """Patterns that can never match are told, traits and members too."""
    for legacy in (True, False):
        patterns = canonical_patterns([*KNOWN, *UNKNOWN], CATALOGUE)
        unknown = unknown_patterns(patterns, CATALOGUE, matches_legacy=legacy)
        assert unknown == UNKNOWN


def test_parts_of_legacy_names_are_unknown_to_allow() -> None:
    """They match where names are refused, and nowhere else."""
    for legacy, unknown in ((True, []), (False, ["vmware_*"])):
        assert unknown == unknown_patterns(
            ["vmware_*"], CATALOGUE, matches_legacy=legacy
        )
