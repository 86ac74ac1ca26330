# SPDX-License-Identifier: Apache-2.0
"""A kernel command line that is longer than what Nova keeps of a value.

Nova keeps 255 bytes of a value in system metadata. A longer line is kept
there in parts, and a marker stands where Nova keeps the value. The parts are
named by the line's digest: the effective value and the record share them where
they are the same, and whatever else stands there claims no part. Like the
record, parts are in the ``os_glance`` namespace.

A stock service would give a guest the marker as its command line. It says on
the console what is wrong; a line that was cut would not.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from image_props_override.core.properties.limits import (
    COMMAND_LINE,
    LONGEST_VALUE_BYTES,
    PART_PREFIX,
    RECORD_PREFIX,
)

_Value = TypeVar("_Value")

_RECORD = f"{RECORD_PREFIX}{COMMAND_LINE}"
_KEYS = (COMMAND_LINE, _RECORD)

# Of SHA-256: 128 bits, so that nobody can make two lines that share it.
_DIGEST_CHARACTERS = 32
_MARKER = re.compile(r"image_props_override\..* digest=([0-9a-f]{32})")


def is_long(value: str) -> bool:
    """Return whether Nova would cut a value."""
    return len(value.encode()) > LONGEST_VALUE_BYTES


def long_line_in(
    properties: Mapping[str, Any], overrides: Mapping[str, str | None]
) -> str | None:
    """Return the overridden command line that Nova would cut, or None.

    Args:
        properties: The effective properties, whole.
        overrides: Canonical name to value, as asked for or as recorded.
    """
    asked = overrides.get(COMMAND_LINE)
    if asked is None:
        return None
    effective = str(properties.get(COMMAND_LINE) or "")
    return next(filter(is_long, (effective, asked)), None)


def split(properties: Mapping[str, _Value]) -> Mapping[str, _Value | str]:
    """Return image properties of which Nova cuts no overridden line.

    Without a record of a command line, or without a long one, these are the
    properties as they are given.

    Args:
        properties: All that a server is to keep, the record among them.
    """
    if _RECORD not in properties:
        return properties
    values = {key: str(properties.get(key, "")) for key in _KEYS}
    long = {key: value for key, value in values.items() if is_long(value)}
    if not long:
        return properties
    result: dict[str, _Value | str] = {
        key: value
        for key, value in properties.items()
        if not key.startswith(PART_PREFIX)
    }
    for key, line in long.items():
        result[key] = _marker(line)
        for number, part in enumerate(_parts(line)):
            result[f"{PART_PREFIX}{_digest(line)}.{number}"] = part
    return result


def joined(
    properties: Mapping[str, _Value], key_prefix: str = ""
) -> Mapping[str, _Value | str]:
    """Return properties with long lines whole, and without their parts.

    Parts that no marker names are left out, too: somebody has changed the
    value since. A marker whose parts are not there stays what it is.

    Args:
        properties: As Nova keeps them.
        key_prefix: What all their keys begin with.
    """
    part_prefix = f"{key_prefix}{PART_PREFIX}"
    if not any(key.startswith(part_prefix) for key in properties):
        return properties
    result: dict[str, _Value | str] = {
        key: value
        for key, value in properties.items()
        if not key.startswith(part_prefix)
    }
    for key in _KEYS:
        marker = result.get(f"{key_prefix}{key}")
        line = _line_of(marker, properties, part_prefix)
        if line is not None:
            result[f"{key_prefix}{key}"] = line
    return result


def _line_of(
    value: object, properties: Mapping[str, Any], part_prefix: str
) -> str | None:
    """Return the line that a value stands for, or None."""
    marker = _MARKER.fullmatch(value) if isinstance(value, str) else None
    if marker is None:
        return None
    keys = (f"{part_prefix}{marker[1]}.{n}" for n in itertools.count())
    found: Iterator[Any] = map(properties.get, keys)
    line = "".join(itertools.takewhile(_is_text, found))
    return line if _marker(line) == value else None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _marker(line: str) -> str:
    return (
        f"image_props_override.this_line_of_{len(line.encode())}_bytes_needs="
        f"nova-compute-image-props digest={_digest(line)}"
    )


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _parts(line: str) -> Iterator[str]:
    """Yield a line in parts that Nova does not cut, of whole characters."""
    rest = line.encode()
    while rest:
        end = min(LONGEST_VALUE_BYTES, len(rest))
        # Bytes of UTF-8 that go on with a character begin with 10.
        while end < len(rest) and rest[end] >> 6 == 0b10:
            end -= 1
        yield rest[:end].decode()
        rest = rest[end:]
