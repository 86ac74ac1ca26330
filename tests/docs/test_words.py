# SPDX-License-Identifier: Apache-2.0
"""Pages and messages have the words of the field, not those of our drafts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import PROJECT

DOCS = PROJECT / "docs"
PAGES = [
    PROJECT / "ARCHITECTURE.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / "README.md",
    *sorted(DOCS.glob("*.md")),
    *sorted((DOCS / "start").glob("*.md")),
    *sorted((DOCS / "user").glob("*.md")),
    *sorted((DOCS / "operator").glob("*.md")),
    *sorted((DOCS / "reference").glob("*.md")),
    *sorted((DOCS / "contributor").glob("*.md")),
]
MODULES = sorted((PROJECT / "src").rglob("*.py"))

# What to write: instead of; effective; must, is to; report, show; is not a;
# ignored; again.
AVOIDED = re.compile(
    r"\bin the place of\b|\bin force\b|\bshall\b|\btells? of\b"
    r"|(?<!there )\bis no (?:boolean|integer|UUID|YAML|file|list|image)\b"
    r"|\bvoid\b|\bmade anew\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def texts(source: str) -> Iterator[str]:
    """Yield docstrings, messages and help texts of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield " ".join(node.value.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages(page: Path) -> None:
    """None of them, outside of code."""
    prose = " ".join(_CODE.sub("", page.read_text()).split())
    assert AVOIDED.findall(prose) == []


def test_messages_and_docstrings() -> None:
    """None of them, in any module."""
    assert len(MODULES) > 100
    found = [
        (str(module.relative_to(PROJECT)), text)
        for module in MODULES
        for text in texts(module.read_text())
        if AVOIDED.search(text)
    ]
    assert found == []


def test_they_would_be_found() -> None:
    """The tests above are not blind."""
    said = "What is in force is no file, and shall be void."
    assert len(AVOIDED.findall(said)) == 4
