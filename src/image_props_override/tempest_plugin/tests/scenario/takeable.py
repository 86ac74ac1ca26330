# SPDX-License-Identifier: Apache-2.0
"""Which overrides a cloud takes, by its own preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

_Value = TypeVar("_Value", str, None)

# Asks for the problems of a boot with overrides, as the preview tells them.
Ask = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]


def takeable(
    wish: Mapping[str, _Value], ask: Ask
) -> tuple[dict[str, _Value], dict[str, str]]:
    """Return what of a wish a boot would take, and why not the rest.

    Args:
        wish: Overrides, or removals.
        ask: Tells the problems of a boot with them.
    """
    taken = dict(wish)
    refused: dict[str, str] = {}
    while taken and (problems := ask(taken)):
        at_fault = _at_fault(taken, problems)
        if not at_fault:
            # Nova's own refusals name no property.
            taken, one_by_one = _one_by_one(taken, ask)
            return taken, refused | one_by_one
        refused |= at_fault
        for name in at_fault:
            del taken[name]
    return taken, refused


def _one_by_one(
    wish: Mapping[str, _Value], ask: Ask
) -> tuple[dict[str, _Value], dict[str, str]]:
    """Add one after the other, and leave out what is refused then."""
    taken: dict[str, _Value] = {}
    refused: dict[str, str] = {}
    for name, value in wish.items():
        problems = ask({**taken, name: value})
        if problems:
            refused[name] = "; ".join(
                str(each["message"]) for each in problems
            )
        else:
            taken[name] = value
    return taken, refused


def _at_fault(
    taken: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    return {
        problem["property"]: problem["message"]
        for problem in problems
        if problem["property"] in taken
    }
