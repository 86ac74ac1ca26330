# SPDX-License-Identifier: Apache-2.0
"""Regular expressions of operators, on texts that users choose."""

from __future__ import annotations

import pytest

from image_props_override.core.rules.expressions import (
    ExpressionError,
    compile_expression,
)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        ".*console=ttyS0.*",
        "^hw_(disk|vif)_[a-z]+$",
        "(a|b)?c",
        "a{1,3}",
        "(?i)LARGE",
    ],
)
def test_taken(expression: str) -> None:
    """It is the expression that the operator wrote."""
    assert compile_expression(expression).pattern == expression


# expression, what the error must tell
REFUSED = [
    ("(a+)+b", "repeats a group, ')*'"),
    ("(a|ab)*", "repeats a group"),
    ("(?:a*){2,}", "repeats a group"),
    ("(?x)(a+) +b", "repeats a group"),
    ("(?x)(a+) # some\n # words\n +b", "repeats a group"),
    ("(", "is not a regular expression: missing )"),
    ("a{9999999999}", "is not a regular expression"),
    ("(?L)a", "is not a regular expression"),
    ("(" * 5000 + ")" * 5000, "is not a regular expression"),
]


@pytest.mark.parametrize(("expression", "told"), REFUSED)
def test_refused(expression: str, told: str) -> None:
    """What could hang, or is no expression, is refused with the mend."""
    with pytest.raises(ExpressionError) as raised:
        compile_expression(expression)
    assert told in str(raised.value)
