# SPDX-License-Identifier: Apache-2.0
"""Draws Mermaid's fences when the site is built, for both themes.

A forge draws them by itself. Here they become pictures in the page: a reader
needs neither a network nor JavaScript.
"""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING

import mmdr
from docutils import nodes
from docutils.parsers.rst import Directive

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_TITLE = re.compile(r"^\s*accTitle:\s*(.+)$", re.MULTILINE)
# Furo shows one of the two.
_THEMES = {"only-light": "default", "only-dark": "dark"}


class Mermaid(Directive):
    """A fence of Mermaid's, which must have a title for screen readers."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the two pictures."""
        source = "\n".join(self.content)
        title = _TITLE.search(source)
        if not title:
            raise self.error("a diagram needs a line 'accTitle: ...'")
        pictures = (
            f'<img class="diagram {css}" alt="{html.escape(title[1])}" '
            f'src="{_picture(source, theme)}">'
            for css, theme in _THEMES.items()
        )
        return [nodes.raw("", "\n".join(pictures), format="html")]


def _picture(source: str, theme: str) -> str:
    """Return a diagram as an address that holds all of it."""
    chosen = f'%%{{init: {{"theme": "{theme}"}}}}%%\n{source}'
    svg: str = mmdr.render(chosen).svg()
    encoded = base64.b64encode(svg.encode()).decode()
    return f"data:image/svg+xml;base64,{encoded}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directive."""
    app.add_directive("mermaid", Mermaid)
    return {"parallel_read_safe": True}
