# SPDX-License-Identifier: Apache-2.0
"""The values that a user may set, as a catalogue shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from image_props_override.core.properties.definition import PropertyKind
from image_props_override.core.properties.values import LARGEST_INTEGER

_NOTHING = "-"
_NUMBERS = (PropertyKind.INTEGER, PropertyKind.INTEGER_LIST)


def allowed_values(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the user may set, as ``GET /os-image-props-override`` does.

    Made up from what Nova accepts where a cloud does not say it itself.

    Args:
        told: One property of the cloud's catalogue.
    """
    if "allowed_values" in told:
        allowed: Mapping[str, Any] = told["allowed_values"]
        return allowed
    if not told["allowed"]:
        return {"any": False}
    if told["legal_values"]:
        return {"values": told["legal_values"]}
    if told["kind"] == PropertyKind.BOOLEAN:
        return {"values": ["true", "false"]}
    if told["kind"] in _NUMBERS:
        return {"values": [], "ranges": [[told["minimum"], told["maximum"]]]}
    return {"any": True}


def in_words(told: Mapping[str, Any]) -> Sequence[str]:
    """Return the allowed values, each for itself, for people.

    Values that no host of the cloud supports are left out.

    Args:
        told: One property of the cloud's catalogue.
    """
    allowed = allowed_values(told)
    unsupported = told.get("unsupported_values") or ()
    unit = " KiB" if told["kind"] == PropertyKind.PAGE_SIZE else ""
    words = (
        _any(told["kind"]) if allowed.get("any") else None,
        *(v for v in allowed.get("values", ()) if v not in unsupported),
        *(f"{_range(*each)}{unit}" for each in allowed.get("ranges", ())),
        *_in_order(allowed.get("clauses", ())),
    )
    return tuple(filter(None, words)) or (_NOTHING,)


def shortened(parts: Sequence[str], columns: int) -> str:
    """Return as many parts as there is room for, and how many there are.

    Args:
        parts: Of which a line is made.
        columns: The most characters of the line.
    """
    whole = ", ".join(parts)
    if len(whole) <= columns:
        return whole
    if len(parts) == 1:
        return f"{whole[: columns - 3]}..."
    end = f"... ({len(parts)})"
    shown = ""
    for part in parts:
        if len(f"{shown}{part}, {end}") > columns:
            break
        shown += f"{part}, "
    return f"{shown}{end}"


def _any(kind: str) -> str:
    words = kind.removesuffix("_list").replace("_", " ")
    return f"any {words.replace('cpu', 'CPU').replace('uuid', 'UUID')}"


def _range(low: int | None, high: int | None) -> str:
    if low == high:
        return str(low)
    start = "" if low is None else low
    # Where integers end, a range has no end of its own.
    end = "" if high is None or high >= LARGEST_INTEGER else high
    return f"{start}..{end}"


def _in_order(clauses: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what each clause is about; the first that is, decides."""
    for clause in clauses:
        about = [
            *clause.get("values", ()),
            *([_range(*clause["range"])] if "range" in clause else ()),
            *([f"/{clause['pattern']}/"] if "pattern" in clause else ()),
        ]
        if about:
            yield f"{'' if clause['allow'] else 'not '}{' or '.join(about)}"
        elif clause["allow"]:
            yield "any other"
