# SPDX-License-Identifier: Apache-2.0
"""``enum.StrEnum``, which Python has only since 3.11."""

from __future__ import annotations

from enum import Enum


class StrEnum(str, Enum):
    """Members that are their values: compared, formatted and in JSON."""

    def __str__(self) -> str:
        """Return the value, which `format` goes by too."""
        return str.__str__(self)
