# SPDX-License-Identifier: Apache-2.0
"""The page of the options in `nova.conf`."""

from __future__ import annotations

import re
from typing import Any

from image_props_override.nova_plugin.conf import list_opts
from tools.reference.markdown import prose

_TOP = """\
# Configuration

The options of `nova.conf` for nova-api, in the section
`[image_props_override]`.
[etc/nova.conf.sample](../../etc/nova.conf.sample) has them as a file;
[Decide what may be overridden](../operator/admin.md) shows how they work
together. This page is written by `python -m tools.reference`.
"""


def text() -> str:
    """Return all of the page."""
    return (
        "\n".join(
            (
                _TOP,
                *(
                    section
                    for _group, options in list_opts()
                    for option in options
                    for section in _section(option)
                ),
            )
        ).rstrip()
        + "\n"
    )


def _section(option: Any) -> list[str]:
    default = option.sample_default or option.default
    shown = "none" if default in (None, [], "") else f"`{_plain(default)}`"
    kind = re.sub(r" value$", "", str(option.type))
    lines = [
        f"## {option.name}\n",
        f"- Type: {_type(kind)}",
        f"- Default: {shown}",
    ]
    choices = getattr(option.type, "choices", None)
    if choices:
        values = ", ".join(f"`{each}`" for each in choices)
        lines.append(f"- Valid values: {values}")
    return [*lines, f"\n{prose(option.help)}\n"]


def _type(kind: str) -> str:
    """Return how oslo.config writes a type, without its limits."""
    words = re.split(r"[(<]", kind)[0].strip().lower()
    return words.replace("of string", "of strings")


def _plain(default: Any) -> str:
    if isinstance(default, list):
        return ", ".join(default)
    return str(default).lower() if isinstance(default, bool) else str(default)
