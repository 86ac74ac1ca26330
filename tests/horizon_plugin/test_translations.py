# SPDX-License-Identifier: Apache-2.0
"""The German catalogues have every text of the plug-in, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from image_props_override import horizon_plugin

_PLUGIN = Path(horizon_plugin.__file__).parent
_GERMAN = _PLUGIN / "locale/de/LC_MESSAGES"
_BY_HORIZON = "horizon.utils.babel_extract_angular:extract_angular"


@pytest.mark.parametrize(
    ("domain", "sources"),
    [
        ("django", [("**.py", "python")]),
        (
            "djangojs",
            [("static/**.js", "javascript"), ("static/**.html", _BY_HORIZON)],
        ),
    ],
)
def test_german_is_complete(
    domain: str, sources: list[tuple[str, str]]
) -> None:
    """Each text is translated, as Horizon's own tools find them."""
    texts = {
        found[2]
        for found in extract_from_dir(str(_PLUGIN), sources, keywords=_WORDS)
    }
    with (_GERMAN / f"{domain}.po").open("rb") as file:
        catalogue = read_po(file)
    translated = {each.id for each in catalogue if each.id and each.string}
    assert translated == texts
    assert not any(each.fuzzy for each in catalogue if each.id)


_WORDS = {"gettext": None, "gettext_lazy": None, "_": None}
