# SPDX-License-Identifier: Apache-2.0
"""Regular expressions of operators, which texts of users are held against.

A user chooses a value, or the name of a trait, and nova-api waits for the
answer. So the time that an answer can take must not grow without a bound.
"""

from __future__ import annotations

import re

# A ")" that is repeated; also in a comment or a class, which costs nothing.
# In a verbose expression blanks and comments may stand between.
_REPEATED_GROUP = re.compile(r"\)(\s|#.*\n)*[*+{]")


class ExpressionError(ValueError):
    """The expression cannot be used; the message says why, and the mend."""


def compile_expression(expression: str) -> re.Pattern[str]:
    """Return an operator's regular expression.

    One that repeats a group, "(a+)+" or "(a|ab)*", is refused: it can take
    exponential time. Without it, time is polynomial in the length of the
    text, which callers bound; the degree is how often the operator repeats a
    character.

    Raises:
        ExpressionError: It repeats a group, or is none of Python's.
    """
    if _REPEATED_GROUP.search(expression):
        raise ExpressionError(
            "repeats a group, ')*', ')+' or '){', which can take endless "
            "time on a value that a user chooses; repeat single characters "
            "or classes, such as '.*' or '[a-z_]+'"
        )
    try:
        return re.compile(expression)
    # For flags that cannot be, re raises ValueError; for a count that is too
    # large, OverflowError; for too many groups in groups, RecursionError.
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise ExpressionError(
            f"is not a regular expression: {error}"
        ) from error
