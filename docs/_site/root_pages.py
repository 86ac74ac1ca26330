# SPDX-License-Identifier: Apache-2.0
"""Shows two pages of the checkout's root among the contributor's pages.

On a forge, each page in `contributor/` is a link to the one in the root.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_ROOT: Final = Path(__file__).parents[2]
_PAGES: Final = {
    "contributor/architecture": "ARCHITECTURE.md",
    "contributor/contributing": "CONTRIBUTING.md",
}
_LINK: Final = re.compile(r"\]\((?!https?:|#)([^)\s]+)\)")


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname in _PAGES:
        page = _ROOT / _PAGES[docname]
        # Or the site would keep the old text after a change.
        app.env.note_dependency(str(page))
        source[0] = _LINK.sub(_from_contributor, page.read_text())


def _from_contributor(link: re.Match[str]) -> str:
    path, hash_mark, anchor = link[1].partition("#")
    if path in _PAGES.values():
        return f"]({path.lower()}{hash_mark}{anchor})"
    return f"](../../{link[1]})"


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx to read these pages so."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}
