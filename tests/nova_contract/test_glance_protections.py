# SPDX-License-Identifier: Apache-2.0
"""We answer as Glance's own checker does, and refuse the files it refuses."""

from __future__ import annotations

import configparser
import functools
import itertools
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from image_props_override.core.rules.property_protections import (
    Operation,
    PropertyProtections,
    ProtectionFileError,
    RuleFormat,
    read_protections,
)
from tests.nova_contract.installed_glance import (
    CALLERS,
    KEEPS_ITS_OWN,
    SAMPLES,
    Answers,
    Glance,
)
from tests.nova_contract.protection_files import (
    EXPRESSIONS,
    NAMES,
    ODD_VALUES,
    VALUES,
    files,
)


@pytest.fixture(scope="module")
def glance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glance]:
    """Return Glance's checker, without its thousands of lines of log."""
    logging.disable(logging.CRITICAL)
    yield Glance(tmp_path_factory.mktemp("glance"))
    logging.disable(logging.NOTSET)


def our_protections(
    text: str, rule_format: RuleFormat
) -> PropertyProtections | None:
    """Return the protections, or None if we refuse the file."""
    try:
        return read_protections(text, "protections.conf", rule_format)
    except ProtectionFileError:
        return None


def our_answers(
    glance: Glance, text: str, rule_format: RuleFormat, names: list[str]
) -> Answers | None:
    """Return what we answer, or None if we refuse the file."""
    protections = our_protections(text, rule_format)
    if protections is None:
        return None
    return {
        (name, operation.value, caller): protections.permits(
            name,
            operation,
            glance.roles(caller),
            functools.partial(glance.passes_policy, caller),
        ).allowed
        for name, operation, caller in itertools.product(
            names, Operation, CALLERS
        )
    }


def agree(
    glance: Glance, text: str, rule_format: RuleFormat, names: list[str]
) -> bool:
    """Return whether both answer alike, or both refuse the file.

    Of names that are Glance's own, and of sections for them, only a Glance
    that has a section of its own is asked; see ``_GLANCE_SECTION``. To older
    ones, a file without sections is one without protections, too; we let
    nobody, as newer ones do.
    """
    if not KEEPS_ITS_OWN:
        assume("[os_glance" not in text)
        names = [name for name in names if "os_glance" not in name]
    theirs = glance.answers(text, rule_format, names)
    if not KEEPS_ITS_OWN:
        assume(theirs is None or not all(theirs.values()))
    return our_answers(glance, text, rule_format, names) == theirs


FORMATS = pytest.mark.parametrize("rule_format", RuleFormat)
GENERATED = settings(suppress_health_check=[HealthCheck.too_slow])


@FORMATS
@settings(GENERATED, max_examples=100)
@given(data=st.data())
def test_generated_files(
    glance: Glance, rule_format: RuleFormat, data: st.DataObject
) -> None:
    """Every answer is Glance's, for every name, operation and caller."""
    text = data.draw(files(rule_format))
    trait = data.draw(st.from_regex(r"trait:[A-Z_]{1,20}", fullmatch=True))
    names = [*NAMES, trait]
    assert agree(glance, text, rule_format, names)


@FORMATS
def test_each_value(glance: Glance, rule_format: RuleFormat) -> None:
    """Every value, alone in a file, is read or refused alike."""
    for value in [*VALUES[rule_format], *ODD_VALUES]:
        text = f"[.*]\ncreate={value}\nread=@\nupdate=!\ndelete=@\n"
        assert agree(glance, text, rule_format, NAMES[:2]), value


@FORMATS
def test_each_expression(glance: Glance, rule_format: RuleFormat) -> None:
    """Every expression, before one for all, is read or refused alike."""
    rest = "[.*]\ncreate=!\nread=@\nupdate=@\ndelete=!\n"
    for expression in EXPRESSIONS:
        if "os_glance" in expression and not KEEPS_ITS_OWN:
            continue
        text = f"[{expression}]\ncreate=@\nread=!\nupdate=\ndelete=@\n"
        assert agree(glance, text + rest, rule_format, NAMES), expression


LINES = [
    "[hw_.*]",
    "  [disk]",
    "[disk] # why",
    "[a]b]",
    "[]",
    "[DEFAULT]",
    "[os_glance.*]",
    "[",
    "create = admin",
    "  create = member",
    "Create = @",
    "read : @",
    "read",
    "update = !",
    "update =",
    "delete = admin,",
    "delete = %(update)s",
    "delete = a%%b",
    "delete = %",
    "who = admin",
    "= admin",
    "[x = y]",
    "[x : y",
    "\tmore",
    "  [more]",
    "  # why",
    "; why",
    "",
    "\x0c",
    "\ufeff[a]",
    "create = \xe4b",
    "update = \x85 @",
]


@FORMATS
@settings(GENERATED, max_examples=150)
@given(
    lines=st.lists(st.sampled_from(LINES), max_size=12),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@example(["[h]", "create=@", "read=@", "update=!", "delete=@"], "\r")
@example(["[DEFAULT]", "create=@", "read=@", "update=!", "delete=@"], "\n")
def test_any_lines(
    glance: Glance, rule_format: RuleFormat, lines: list[str], end: str
) -> None:
    """However lines come together, both read or refuse the same."""
    if rule_format is RuleFormat.POLICIES:
        # A policy of several lines, see test_stricter_than_glance.
        lines = [line for line in lines if line == line.lstrip()]
    whole = ["[.*]", "create=@", "read=@", "update=!", "delete=admin"]
    for text in (end.join(lines), end.join([*lines, *whole])):
        assert agree(glance, text, rule_format, NAMES[:6])


@pytest.mark.parametrize(
    ("rule_format", "name"),
    [
        (RuleFormat.ROLES, "property-protections.conf"),
        (RuleFormat.POLICIES, "property-protections-policies.conf"),
    ],
)
def test_glances_own_samples(
    glance: Glance, rule_format: RuleFormat, name: str
) -> None:
    """The files that Glance tests itself with are read alike."""
    text = (SAMPLES / name).read_text()
    sections = configparser.ConfigParser()
    sections.read_string(text)
    names = [
        *NAMES,
        *(each.strip("^.*") + tail for each in sections for tail in ("", "x")),
    ]
    if not KEEPS_ITS_OWN:
        names = [name for name in names if "os_glance" not in name]
    expected = glance.answers(text, rule_format, names)
    assert expected is not None
    assert {True, False} == set(expected.values())
    assert our_answers(glance, text, rule_format, names) == expected


STRICTER = [
    (RuleFormat.ROLES, "(a+)+", "@", "a repeated group"),
    (RuleFormat.ROLES, "^(hw_|os_)*x", "@", "a repeated group"),
    (RuleFormat.POLICIES, "a", "closed or role:member", "an expression"),
    (RuleFormat.POLICIES, "a", "open\n  closed", "several lines"),
    (RuleFormat.POLICIES, "a", "a:read", "a policy that Glance makes"),
]


@pytest.mark.parametrize(("rule_format", "section", "value", "why"), STRICTER)
def test_stricter_than_glance(
    glance: Glance, rule_format: RuleFormat, section: str, value: str, why: str
) -> None:
    """Only these kinds of file are refused though Glance takes them."""
    text = f"[{section}]\ncreate={value}\nread=@\nupdate=@\ndelete=@\n"
    assert glance.answers(text, rule_format, NAMES[:1]) is not None, why
    assert our_protections(text, rule_format) is None, why
