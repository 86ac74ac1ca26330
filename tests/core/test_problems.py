# SPDX-License-Identifier: Apache-2.0
"""Problems, their texts and their documentation."""

from __future__ import annotations

import re

from image_props_override.core.problems import (
    Problem,
    ProblemCode,
    refusal_status,
    render,
)
from tests import PROJECT

DOCUMENT = PROJECT / "docs" / "reference" / "problems.md"

DENIED = Problem("a", "may not", ProblemCode.RULE_DENIES)
INVALID = Problem("b", "is wrong", ProblemCode.VALUE_INVALID)


def test_every_code_is_documented() -> None:
    """docs/reference/problems.md has a row for each code, and no other."""
    documented = re.findall(r"^\| `(\w+)`", DOCUMENT.read_text(), re.M)
    assert documented == [code.value for code in ProblemCode]


def test_one_problem_is_one_line() -> None:
    """A single problem is told without a list."""
    assert render([INVALID]) == (
        "Invalid image_props_override: b: is wrong [value_invalid]"
    )


def test_several_problems_are_a_list() -> None:
    """Several problems come one to a line."""
    assert render([DENIED, INVALID]) == (
        "Invalid image_props_override, 2 problems:\n"
        "- a: may not [rule_denies]\n"
        "- b: is wrong [value_invalid]"
    )


def test_rules_alone_refuse() -> None:
    """Only where nothing but rules refuses, the request is forbidden."""
    assert refusal_status([DENIED, DENIED]) == 403
    assert refusal_status([DENIED, INVALID]) == 400
    assert refusal_status([INVALID]) == 400
