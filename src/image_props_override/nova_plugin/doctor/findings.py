# SPDX-License-Identifier: Apache-2.0
"""What the checks found, and how it is reported."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from oslo_upgradecheck.upgradecheck import UPGRADE_CHECK_MSG_MAP, Code

_TITLE = "Overriding image properties on this host"
_WIDTH_CHARACTERS = 79


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        code: How bad it is.
        details: Paragraphs: what is so, and the mend. One that begins with
            a blank is shown as it stands, for it may be copied.
    """

    code: Code
    details: tuple[str, ...]


@dataclass(frozen=True)
class CheckResult:
    """A check and what it found.

    Attributes:
        check: The check's name.
        finding: What it found.
        is_unexpected: Whether the check itself failed.
    """

    check: str
    finding: Finding
    is_unexpected: bool = False


def as_json(results: Sequence[CheckResult]) -> str:
    """Return the findings in the form of ``nova-status upgrade check``."""
    checks = [
        {
            "check": result.check,
            "result": int(result.finding.code),
            "details": "\n".join(result.finding.details),
        }
        for result in results
    ]
    return json.dumps({"name": _TITLE, "checks": checks})


def as_text(results: Sequence[CheckResult]) -> str:
    """Return the findings for a terminal."""
    return "\n\n".join([_TITLE, *map(_paragraphs, results)])


def _paragraphs(result: CheckResult) -> str:
    word = UPGRADE_CHECK_MSG_MAP[result.finding.code]
    details = (_wrapped(detail) for detail in result.finding.details)
    return "\n".join([f"{word}: {result.check}", *details])


def _wrapped(detail: str) -> str:
    indent = "    "
    if detail.startswith(" "):
        return textwrap.indent(detail, indent)
    return textwrap.fill(
        detail,
        _WIDTH_CHARACTERS,
        initial_indent=indent,
        subsequent_indent=indent,
        # Paths and names are copied, so they stay whole.
        break_long_words=False,
        break_on_hyphens=False,
    )
