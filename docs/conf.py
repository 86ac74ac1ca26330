# SPDX-License-Identifier: Apache-2.0
"""How Sphinx makes a site of these pages: `make docs`.

The pages stay plain Markdown, which a forge shows as it is. So nothing here
adds to what a page says. Tabs are HTML that a forge opens and closes
(`_site/client_tabs.py`), and the only includes are those of `contributor/`.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE / "_site"), str(_HERE.parent)]

project = "nova-image-props-override"
author = "the project's contributors"
project_copyright = "the project's contributors, Apache License 2.0"

root_doc = "index"
extensions = [
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "client_tabs",
    "diagrams",
    "root_pages",
    "catalogue_link",
]
exclude_patterns = ["_site", "examples"]

# A glob in index.md takes in new pages; a folder may have none.
suppress_warnings = ["toc.empty_glob", "config.cache"]
nitpicky = True

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# A forge draws these fences itself.
myst_fence_as_directive = ["mermaid"]

html_theme = "furo"
html_title = "Image property overrides for Nova"
# Not a page of Sphinx's: it works as a file, too.
html_extra_path = ["catalogue.html"]
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}
# Pages have names, not the dates of their builds.
html_last_updated_fmt = None
html_show_sourcelink = False
# Blocks without a language are commands, answers or tables.
highlight_language = "text"
man_pages: list[tuple[str, str, str, list[str], int]] = [
    (
        "reference/commands",
        "image-props-override",
        "overriding image properties for one server",
        [],
        1,
    )
]
copybutton_exclude = ".linenos, .gp, .go"
