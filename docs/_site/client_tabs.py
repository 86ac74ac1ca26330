# SPDX-License-Identifier: Apache-2.0
"""Shows the clients of a task as tabs.

On a forge, each client is an HTML element that opens and closes (details), so
a page stays short there, and all of it can be read without this file. A tab
directive, in a fence or between colons, would be shown as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# tests/clients/user_pages.py reads the same form.
CLIENT: Final = re.compile(
    r"^<details(?: open)?><summary>(.+?)</summary>\n(.*?)^</details>\n",
    re.MULTILINE | re.DOTALL,
)
_TASK: Final = re.compile(f"(?:{CLIENT.pattern})+", CLIENT.flags)


def _read(_app: Sphinx, _docname: str, source: list[str]) -> None:
    source[0] = _TASK.sub(_tab_set, source[0])


def _tab_set(task: re.Match[str]) -> str:
    tabs = CLIENT.sub(_tab, task[0])
    return f"::::{{tab-set}}\n:sync-group: client\n\n{tabs}::::\n"


def _tab(client: re.Match[str]) -> str:
    # The site keeps to the client that a reader has chosen.
    key = client[1].lower()
    return f":::{{tab-item}} {client[1]}\n:sync: {key}\n{client[2]}:::\n\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Change each page before it is parsed."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}
