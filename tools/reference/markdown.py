# SPDX-License-Identifier: Apache-2.0
"""The code's own words, as Markdown."""

from __future__ import annotations

import re


def prose(words: str | None) -> str:
    """Return a text in which nothing but code in backticks is markup."""
    one_line = " ".join((words or "").split()).replace("``", "`")
    parts = one_line.split("`")
    parts[::2] = [re.sub(r"([*_<|])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)
