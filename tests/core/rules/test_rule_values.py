# SPDX-License-Identifier: Apache-2.0
"""A pattern on a long line: in bounded time, and decided on the safe side."""

from __future__ import annotations

import re
import time

import pytest

from image_props_override.core.rules.ordered_rules import Caller, Rule
from image_props_override.core.rules.rule_values import Values
from tests.core.catalogue import CATALOGUE

LINE = CATALOGUE["os_command_line"]


def matches(pattern: str, value: str, *, allow: bool) -> bool:
    """Return whether a rule with a pattern is about a command line."""
    values = Values(pattern=re.compile(pattern))
    return values.match(value, LINE, allow=allow)


@pytest.mark.parametrize("allow", [True, False])
def test_two_repetitions(allow: bool) -> None:
    """They are looked for in a line of any length."""
    line = f"{'x' * 1000} init=/bin/sh {'x' * 1000}"
    assert matches(".*init=.*", line, allow=allow)
    assert not matches(".*root=.*", line, allow=allow)
    assert not matches(".*", "x" * 2048, allow=allow)


@pytest.mark.parametrize("pattern", [".*a.*b.*c", "a*a*a{1,}b", "a+a+a+b"])
def test_more_repetitions(pattern: str) -> None:
    """A long line is not held against them: refused, and in no time."""
    begun = time.monotonic()
    assert not matches(pattern, "a" * 2047, allow=True)
    assert matches(pattern, "a" * 2047, allow=False)
    assert time.monotonic() - begun < 1
    # A line that Nova keeps is.
    assert not matches(pattern, "d" * 255, allow=False)


@pytest.mark.parametrize("allow", [True, False])
def test_listed(allow: bool) -> None:
    """A long line that is listed is what the rule is about."""
    values = Values(listed=("a" * 2047,), pattern=re.compile("a*a*a*b"))
    assert values.match("a" * 2047, LINE, allow=allow)
    assert Values(listed=("a" * 2047,)).match("a" * 2047, LINE, allow=allow)


@pytest.mark.parametrize(
    ("patterns", "looks"), [(("hw_*",), False), (("os_command_line",), True)]
)
def test_values_of_other_properties(
    patterns: tuple[str, ...], looks: bool
) -> None:
    """A rule that names other properties does not look at the value."""

    class Watched(Values):
        looked = False

        def match(self, *args: object, **kwargs: object) -> bool:
            del args, kwargs
            Watched.looked = True
            return True

    rule = Rule(True, patterns, values=Watched())
    caller = Caller("project", frozenset())
    assert rule.match({LINE.name}, LINE, "a line", caller) is looks
    assert Watched.looked is looks
