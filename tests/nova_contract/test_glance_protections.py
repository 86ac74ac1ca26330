# SPDX-License-Identifier: Apache-2.0
"""We answer as Glance's own checker does, and refuse the files it refuses.

Glance's half is the installed Glance: its ``PropertyRules``, its policy
enforcer with a policy file, and its context as its middleware makes it of
the headers of a request.
"""

from __future__ import annotations

import configparser
import copy
import functools
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import webob
from glance.api import policy as glance_policy
from glance.api.middleware import context as glance_middleware
from glance.common import property_utils
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from oslo_config import cfg
from oslo_policy import policy as oslo_policy

from image_props_override.core.property_protections import (
    Operation,
    PropertyProtections,
    ProtectionFileError,
    RuleFormat,
    read_protections,
)

# What an operator may write in Glance's policy.yaml. "default", which
# Glance itself defines, lets everyone pass policies that do not exist.
POLICY_FILE = """\
"glance_creator": "role:creator"
"licence": "role:licence or role:admin"
"nested": "rule:licence and not role:reader"
"open": "@"
"closed": "!"
"context_is_admin": "role:admin"
"""

# Overlapping, unanchored, odd; some match nothing, some everything.
EXPRESSIONS = [
    "hw_architecture",
    "^hw_architecture$",
    "architecture",
    "^hw_.*",
    "hw_*",
    "disk",
    "^hw_[a-z]+_bus$",
    "(hw|os)_",
    "^(?!hw_).*",
    "(?i)HW_VIF",
    "HW_VIF",
    "trait:.*",
    r"hw_numa_cpus\.[0-9]",
    "hw_numa_cpus.0",
    "^os_command_line",
    "e$",
    "[[]a",
    "a]b[c]",
    " hw_disk",
    ".",
    "",
    ".*",
    "os_glance",
    "os_glance.*",
    "os_glance_mine",
    "^os_glance.*",
    "DEFAULT",
    "x_%(create)s",
    "[",
    "*",
    "(?P<x>a)(?P<x>b)",
    "a{99999999999}",
    "(?L)a",
]

NAMES = [
    "hw_architecture",
    "architecture",
    "hw_disk_bus",
    "hw_vif_model",
    "HW_VIF_MODEL",
    "hw_numa_cpus.0",
    "hw_numa_cpusX0",
    "trait:HW_CPU_X86_AVX2",
    "os_command_line",
    "os_glance_stage_host",
    "xos_glancex",
    "x_hw_disk_bus",
    "h",
    "a\nb",
]

VALUES_OF_BOTH = ["", "@", "!", " @ ", "%%"]
VALUES = {
    RuleFormat.ROLES: [
        *VALUES_OF_BOTH,
        "admin",
        "Admin, LICENCE",
        "member,admin,",
        "\n  @",
        "member ,\n\n  # a comment\n  licence",
        "member, @",
        "!, admin",
        ",",
        "@!",
        "#admin",
        "admin ; licence",
        "service",
    ],
    RuleFormat.POLICIES: [
        *VALUES_OF_BOTH,
        "glance_creator",
        "Glance_Creator",
        "licence",
        "nested",
        "open",
        "closed",
        "context_is_admin",
        "no_such_policy",
        "get_image",
        "@!",
        "#open",
    ],
}
# Mostly refused, in one of the formats or both.
ODD_VALUES = ["@,!", "admin,!, @", "licence,open", ",", "%", "%(read)s"]

# What stands in X-Roles and in X-Service-Roles.
CALLERS = [
    ("", ""),
    ("member", ""),
    ("ADMIN,member", ""),
    ("admin", ""),
    ("creator,reader", ""),
    ("Licence", ""),
    ("licence,reader", ""),
    ("member", "service,admin"),
    ("@", ""),
    ("#admin,admin ; licence", ""),
]

Answers = dict[tuple[str, str, tuple[str, str]], bool]


class Glance:
    """The installed Glance's checker, with options and files of its own."""

    def __init__(self, folder: Path) -> None:
        """Configure Glance with a policy file in the folder."""
        self._protection_file = folder / "protections.conf"
        policy_file = folder / "policy.yaml"
        policy_file.write_text(POLICY_FILE)
        # Not the options of the process, which Nova uses.
        self._conf = cfg.ConfigOpts()
        self._conf([], default_config_files=[], default_config_dirs=[])
        self._conf.register_opts(property_utils.property_opts)
        self._conf.register_opts(glance_middleware.context_opts)
        with pytest.MonkeyPatch.context() as patch:
            self._use_own_options(patch)
            oslo_policy.Enforcer(self._conf)  # registers its options
            self._conf.set_override(
                "policy_file", str(policy_file), "oslo_policy"
            )
            # Without sections of a protection file among its rules.
            self._enforcer = glance_policy.Enforcer()
            middleware = glance_middleware.ContextMiddleware(None)
            self._contexts = {
                caller: _context(middleware, caller) for caller in CALLERS
            }
        self._passes: dict[tuple[str, tuple[str, str]], bool] = {}

    def answers(
        self, text: str, rule_format: RuleFormat, names: list[str]
    ) -> Answers | None:
        """Return what Glance answers, or None if it refuses the file."""
        self._protection_file.write_text(text)
        self._conf.set_override(
            "property_protection_file", str(self._protection_file)
        )
        self._conf.set_override(
            "property_protection_rule_format", rule_format.value
        )
        with pytest.MonkeyPatch.context() as patch:
            self._use_own_options(patch)
            # It keeps the sections of the files that it has read.
            patch.setattr(
                property_utils, "CONFIG", configparser.ConfigParser()
            )
            enforcer = (
                glance_policy.Enforcer()
                if rule_format is RuleFormat.POLICIES
                else self._enforcer
            )
            try:
                rules = property_utils.PropertyRules(enforcer)
            # Glance's service ends with whatever is raised here.
            except Exception:
                return None
            return {
                (name, operation.value, caller): bool(
                    rules.check_property_rules(name, operation.value, context)
                )
                for name, operation, (caller, context) in itertools.product(
                    names, Operation, self._contexts.items()
                )
            }

    def roles(self, caller: tuple[str, str]) -> list[str]:
        """Return the roles that Glance's context has, service's included."""
        context = self._contexts[caller]
        return [*context.roles, *context.service_roles]

    def passes_policy(self, caller: tuple[str, str], name: str) -> bool:
        """Return what the plug-in hands to the core as ``policy_check``."""
        key = (name, caller)
        if key not in self._passes:
            context = copy.copy(self._contexts[caller])
            # Glance's checker makes the service's roles the caller's.
            context.roles = self.roles(caller)
            rule = oslo_policy.RuleCheck("rule", name)
            self._passes[key] = bool(
                oslo_policy.Enforcer.enforce(self._enforcer, rule, {}, context)
            )
        return self._passes[key]

    def _use_own_options(self, patch: pytest.MonkeyPatch) -> None:
        for module in (property_utils, glance_policy, glance_middleware):
            patch.setattr(module, "CONF", self._conf)


def _context(
    middleware: glance_middleware.ContextMiddleware, caller: tuple[str, str]
) -> Any:
    """Return the context that Glance makes of a request's headers."""
    roles, service_roles = caller
    request = webob.Request.blank(
        "/",
        headers={
            "X-Identity-Status": "Confirmed",
            "X-Roles": roles,
            "X-Service-Roles": service_roles,
        },
    )
    return middleware._get_authenticated_context(request)


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


@st.composite
def files(draw: st.DrawFn, rule_format: RuleFormat) -> str:
    """Draw a file: now and then one that is refused."""
    usual = st.sampled_from(EXPRESSIONS[:22])
    odd = st.sampled_from(EXPRESSIONS)
    sections = draw(st.lists(usual, max_size=5, unique=True))
    if draw(st.integers(0, 4)) == 0:
        sections.insert(draw(st.integers(0, len(sections))), draw(odd))
    return "".join(
        f"[{expression}]\n{draw(options(rule_format))}"
        for expression in sections
        if expression
    )


@st.composite
def options(draw: st.DrawFn, rule_format: RuleFormat) -> str:
    """Draw the four operations of a section, in any order and spelling."""
    names = draw(st.permutations([each.value for each in Operation]))
    if draw(st.integers(0, 19)) == 0:
        names = names[1:]
    values = VALUES[rule_format]
    if draw(st.integers(0, 9)) == 0:
        values = [*values, *ODD_VALUES * 2]
    return "".join(
        draw(st.sampled_from(["", "", "; why\n", "# why\n\n"]))
        + draw(st.sampled_from([name, name.upper(), f"{name} "]))
        + draw(st.sampled_from(["=", " = ", ": "]))
        + draw(st.sampled_from(values))
        + "\n"
        for name in names
    )


FORMATS = pytest.mark.parametrize("rule_format", RuleFormat)
GENERATED = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


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
    assert our_answers(glance, text, rule_format, names) == glance.answers(
        text, rule_format, names
    )


@FORMATS
def test_each_value(glance: Glance, rule_format: RuleFormat) -> None:
    """Every value, alone in a file, is read or refused alike."""
    for value in [*VALUES[rule_format], *ODD_VALUES]:
        text = f"[.*]\ncreate={value}\nread=@\nupdate=!\ndelete=@\n"
        ours = our_answers(glance, text, rule_format, NAMES[:2])
        assert ours == glance.answers(text, rule_format, NAMES[:2]), value


@FORMATS
def test_each_expression(glance: Glance, rule_format: RuleFormat) -> None:
    """Every expression, before one for all, is read or refused alike."""
    rest = "[.*]\ncreate=!\nread=@\nupdate=@\ndelete=!\n"
    for expression in EXPRESSIONS:
        text = f"[{expression}]\ncreate=@\nread=!\nupdate=\ndelete=@\n"
        ours = our_answers(glance, text + rest, rule_format, NAMES)
        expected = glance.answers(text + rest, rule_format, NAMES)
        assert ours == expected, expression


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
        ours = our_answers(glance, text, rule_format, NAMES[:6])
        assert ours == glance.answers(text, rule_format, NAMES[:6])


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
    # Not imported: glance.tests writes a log file into the current folder.
    folder = Path(property_utils.__file__).parents[1] / "tests" / "etc"
    text = (folder / name).read_text()
    sections = configparser.ConfigParser()
    sections.read_string(text)
    names = [
        *NAMES,
        *(each.strip("^.*") + tail for each in sections for tail in ("", "x")),
    ]
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
