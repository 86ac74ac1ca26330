# SPDX-License-Identifier: Apache-2.0
"""Links between the pages lead somewhere, on a forge as on the site.

`make docs` follows the links of docs/ in its own way; here are those of all
Markdown in the checkout, as a forge follows them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import PROJECT

DOCS = PROJECT / "docs"
PAGES = [
    *sorted(PROJECT.glob("*.md")),
    *sorted(DOCS.rglob("*.md")),
    PROJECT / "benchmarks" / "README.md",
]
_FENCE = re.compile(r"^(`{3,}).*?^\1`*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def prose(page: Path) -> str:
    """Return a page's text without its blocks of code."""
    return _FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """Return the anchors that a forge gives a page's headings."""
    headings = (
        re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        for heading in _HEADING.findall(prose(page))
    )
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-")
        for heading in headings
    }


def named(page: Path) -> str:
    """Return a page's path for a test's name."""
    return str(page.relative_to(PROJECT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the checkout, and to a heading of that page."""
    for path, anchor in _LINK.findall(prose(page)):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=named)
def test_every_page_is_on_the_front_page(page: Path) -> None:
    """With a link."""
    index = DOCS / "index.md"
    if page != index:
        assert f"]({page.relative_to(DOCS)})" in index.read_text()


def test_a_broken_link_would_be_found(tmp_path: Path) -> None:
    """The test above is not blind."""
    page = tmp_path / "page.md"
    page.write_text("[there](gone.md#place), [here](#a-place)\n\n# A place\n")
    assert _LINK.findall(prose(page)) == [
        ("gone.md", "place"),
        ("", "a-place"),
    ]
    assert anchors(page) == {"a-place"}
