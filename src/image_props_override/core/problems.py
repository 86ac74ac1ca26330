# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a request, in words that help the user mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from image_props_override.core.str_enum import StrEnum

# A message echoes what the user sent; a longer text would hide the rule.
ECHO_CHARACTERS = 60

# Where all properties are listed. Command lines replace exactly these words
# by those of a command of their own.
CATALOGUE_HINT = "GET /os-image-props-override"


class ProblemCode(StrEnum):
    """The stable codes; docs/reference/problems.md explains each."""

    REQUEST_NOT_AN_OBJECT = "request_not_an_object"
    REQUEST_TOO_MANY = "request_too_many"
    NAME_UNKNOWN = "name_unknown"
    NAME_NOT_PLAIN = "name_not_plain"
    NAME_GIVEN_TWICE = "name_given_twice"
    NAME_TOO_LONG = "name_too_long"
    NO_EFFECT = "no_effect"
    VALUE_NOT_A_STRING = "value_not_a_string"
    VALUE_EMPTY = "value_empty"
    VALUE_TOO_LONG = "value_too_long"
    VALUE_NOT_PRINTABLE = "value_not_printable"
    VALUE_INVALID = "value_invalid"
    VALUE_OUT_OF_RANGE = "value_out_of_range"
    LIST_HAS_GAP = "list_has_gap"
    LIST_LENGTH_DIFFERS = "list_length_differs"
    REMOVAL_OF_ABSENT = "removal_of_absent"
    DEFAULT_ABSENT = "default_absent"
    KERNEL_MISSING = "kernel_missing"
    PARTNER_MISSING = "partner_missing"
    MACHINE_CONFLICT = "machine_conflict"
    FLAVOR_LIMIT = "flavor_limit"
    FLAVOR_WINS = "flavor_wins"
    FIXED_AT_BOOT = "fixed_at_boot"
    NEEDS_MOVE = "needs_move"
    IMAGE_GONE = "image_gone"
    IMAGE_NOT_FOUND = "image_not_found"
    IMAGE_FORMAT_INVALID = "image_format_invalid"
    NO_HOST_SUPPORTS = "no_host_supports"
    NOVA_REFUSES = "nova_refuses"
    RULE_DENIES = "rule_denies"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, with what would be right.

    Attributes:
        name: The property as the user spelled it; empty where the problem
            is with the request as a whole.
        message: What is wrong and what is allowed, without the name.
        code: The stable code, for programs.
    """

    name: str
    message: str
    code: ProblemCode

    def __str__(self) -> str:
        """Return the line that the user reads."""
        subject = f"{_readable(self.name)}: " if self.name else ""
        return f"{subject}{self.message} [{self.code.value}]"


def shortened(text: str) -> str:
    """Return the text, cut to what a message can hold."""
    if len(text) <= ECHO_CHARACTERS:
        return text
    return f"{text[:ECHO_CHARACTERS]}..."


def quoted(text: str) -> str:
    """Return the text as Python writes it, so that odd characters show."""
    cut = shortened(text)
    return repr(cut) if cut.isprintable() else ascii(cut)


def _readable(name: str) -> str:
    # A line break in a name would break the lines of a log, and half a
    # surrogate pair its encoder.
    return shortened(name) if name.isprintable() else quoted(name)


def refusal_status(problems: Sequence[Problem]) -> HTTPStatus:
    """Return the status of the answer to a request with problems.

    It is FORBIDDEN where only rules refuse what is well formed, else
    BAD_REQUEST.
    """
    is_only_denied = all(
        problem.code is ProblemCode.RULE_DENIES for problem in problems
    )
    return HTTPStatus.FORBIDDEN if is_only_denied else HTTPStatus.BAD_REQUEST


def render(problems: Sequence[Problem]) -> str:
    """Return one text that names every problem, in the order given."""
    if len(problems) == 1:
        return f"Invalid image_props_override: {problems[0]}"
    lines = "\n".join(f"- {problem}" for problem in problems)
    return f"Invalid image_props_override, {len(problems)} problems:\n{lines}"
