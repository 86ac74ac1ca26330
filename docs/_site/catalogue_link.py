# SPDX-License-Identifier: Apache-2.0
"""Lets pages link to the catalogue, which is no page of Sphinx's.

MyST would offer such a file as a download of another name; the site has it
beside its front page, as the checkout has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_FILE = "catalogue.html"


def _relink(app: Sphinx, doctree: nodes.document) -> None:
    depth = app.env.docname.count("/")
    for link in list(doctree.findall(addnodes.download_reference)):
        if link["reftarget"].endswith(_FILE):
            target = "../" * depth + _FILE
            plain = nodes.reference("", "", refuri=target, internal=True)
            plain += link.children
            link.replace_self(plain)


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at each page before downloads are collected."""
    app.connect("doctree-read", _relink, priority=100)
    return {"parallel_read_safe": True}
