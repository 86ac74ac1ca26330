# SPDX-License-Identifier: Apache-2.0
"""ARCHITECTURE.md has every module on its map.

Who looks for a line of code starts there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import PROJECT

PACKAGE = PROJECT / "src" / "image_props_override"
PARTS = (
    "src",
    "sandbox",
    "tests",
    "tools",
    "benchmarks",
    "etc",
    "constraints",
    "docs",
)
# Their modules are alike, and named for what they are about.
NAMED_AS_A_WHOLE = (
    PACKAGE / "nova_plugin" / "nova_privates",
    PACKAGE / "tempest_plugin" / "tests",
)
# The other column of the table of parts.
PACKAGES = {"core", "clients"}
MODULES = [
    path.relative_to(PROJECT)
    for folder in (PACKAGE, PROJECT / "sandbox")
    for path in sorted(folder.rglob("*.py"))
    if path.stem not in ("__init__", "__main__")
    and not any(path.is_relative_to(whole) for whole in NAMED_AS_A_WHOLE)
]


def named_in(page: Path) -> set[str]:
    """Return each path that a page sets in code, without its extension."""
    text = page.read_text()
    blocks = re.findall(r"```.*?```", text, re.DOTALL)
    for block in blocks:
        text = text.replace(block, "")
    code = [*blocks, *re.findall(r"`([^`]+)`", text)]
    words = re.findall(r"[\w/.-]+", " ".join(code))
    return {word.strip("/.").removesuffix(".py") for word in words}


def suffixes(path: Path) -> list[str]:
    """Return what a path may be called: its name, or from some folder on."""
    parts = path.with_suffix("").parts
    return ["/".join(parts[start:]) for start in reversed(range(len(parts)))]


# Shorter paths first: where modules share a name, it is the first one's.
CALLED: dict[str, Path] = {}
for _module in sorted(MODULES, key=lambda module: len(module.parts)):
    for _name in suffixes(_module):
        CALLED.setdefault(_name, _module)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_is_on_the_map(module: Path) -> None:
    """By its name, or by as much of its path as tells it from others."""
    own = {name for name, called in CALLED.items() if called == module}
    assert own & named_in(PROJECT / "ARCHITECTURE.md")


def test_what_is_on_the_map_is_there() -> None:
    """The rows of its tables tell of no module that is gone."""
    there = {
        name
        for folder in PARTS
        for path in (PROJECT / folder, *(PROJECT / folder).rglob("*"))
        for name in suffixes(path.relative_to(PROJECT))
    }
    text = (PROJECT / "ARCHITECTURE.md").read_text()
    the_map = text[text.index("## The parts") : text.index("## Decisions")]
    rows = re.findall(r"^\|(.*?)\|(.*?)\|", the_map, re.MULTILINE)
    names = re.findall(r"`([^`]+)`", " ".join(map(" ".join, rows)))
    assert len(names) > 100
    for name in names:
        assert name.strip("/") in there | PACKAGES, name
