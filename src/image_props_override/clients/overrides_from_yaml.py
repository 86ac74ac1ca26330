# SPDX-License-Identifier: Apache-2.0
"""Overrides as people write them in YAML: templates of Heat, playbooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def overrides_from_yaml(given: Mapping[str, Any]) -> dict[str, str | None]:
    """Return overrides as Nova takes them: text, or None for a removal.

    YAML reads an unquoted ``true`` or ``2`` as no text.

    Args:
        given: Image property to value.

    Raises:
        ValueError: A value is a list or a map; names the property.
    """
    return {str(name): _text(name, value) for name, value in given.items()}


def _text(name: object, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    raise ValueError(f"the value of {name} is neither text nor null")
