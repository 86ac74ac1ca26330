# SPDX-License-Identifier: Apache-2.0
"""What runs anywhere imports the standard library, and itself."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "package",
    [
        "image_props_override.core",
        "image_props_override.tempest_plugin.guest",
    ],
)
@pytest.mark.skipif(
    not hasattr(sys, "stdlib_module_names"),
    reason="Python older than 3.10 cannot list its own modules",
)
def test_imports(package: str) -> None:
    """import-linter forbids names that it is told; this, all others too."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    files = list(Path(spec.origin).parent.rglob("*.py"))
    imported = {
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(node)
    }
    others = {
        name
        for name in imported
        if name.split(".")[0] not in sys.stdlib_module_names
        and not f"{name}.".startswith(f"{package}.")
    }
    assert imported
    assert not others


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        # A relative one would have no name, and be found as that.
        return [node.module or "."]
    return []
