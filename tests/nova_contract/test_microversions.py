# SPDX-License-Identifier: Apache-2.0
"""The page of microversions has the number of the installed Nova."""

from __future__ import annotations

import re
from importlib import metadata

from image_props_override.nova_plugin.api.microversion import (
    after_novas_last,
)
from tests import PROJECT

PAGE = PROJECT / "docs" / "reference" / "microversions.md"


def test_the_page_has_the_number_of_this_nova() -> None:
    """And of Nova's own maximum before it."""
    rows = {
        nova: (int(before), int(ours))
        for nova, before, ours in re.findall(
            r"^\| [0-9.]+ \| (\d+) \| 2\.(\d+) \| \*\*2\.(\d+)\*\* \|",
            PAGE.read_text(),
            re.MULTILINE,
        )
    }
    ours = after_novas_last().minor
    installed = metadata.version("nova").partition(".")[0]
    assert rows[installed] == (ours - 1, ours)
