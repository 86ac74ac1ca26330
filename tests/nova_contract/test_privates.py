# SPDX-License-Identifier: Apache-2.0
"""What Nova does not promise is leaned on in ``nova_privates`` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from image_props_override import nova_plugin

FOLDER = Path(nova_plugin.__file__).parent
MODULES = [
    path
    for path in FOLDER.rglob("*.py")
    if "nova_privates" not in path.relative_to(FOLDER).parts
]


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(FOLDER))
)
def test_no_private_name(path: Path) -> None:
    """No module looks into an object that is not its own.

    Nor does one put anything in the place of what a module of Nova has.
    """
    tree = ast.parse(path.read_text())
    assert not list(_private_names(tree))
    assert not list(_replaced(tree))


def _names_of_nova(tree: ast.AST) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] == "nova":
                yield from node.names
        elif isinstance(node, ast.Import):
            yield from (n for n in node.names if n.name.startswith("nova."))


def _private_names(tree: ast.AST) -> Iterator[str]:
    yield from (n.name for n in _names_of_nova(tree) if _is_private(n.name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            owner = ast.unparse(node.value)
            if owner not in ("self", "cls", "super()"):
                yield f"{owner}.{node.attr}"


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _replaced(tree: ast.AST) -> Iterator[str]:
    imported = {
        alias.asname or alias.name.split(".")[0]
        for alias in _names_of_nova(tree)
    }
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(
            node.ctx, (ast.Store, ast.Del)
        ):
            owner = ast.unparse(node).split(".")[0].split("[")[0]
            if owner in imported:
                yield ast.unparse(node)
