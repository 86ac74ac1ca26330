# SPDX-License-Identifier: Apache-2.0
"""The table in docs/reference/lifecycle.md has a test for each of its rows."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import PROJECT

HERE = Path(__file__).parent
DOCS = PROJECT / "docs" / "reference" / "lifecycle.md"
OURS = sorted(
    path.stem
    for path in HERE.glob("test_*.py")
    if "\nOPERATIONS" in path.read_text()
)


def rows() -> Iterator[tuple[str, str]]:
    """Return each operation of the table and a test of it."""
    table = re.findall(
        r"^\| ([^|]+) \|.*\| ([^|]+) \|$", DOCS.read_text(), re.M
    )
    for operation, tests in table[1:]:
        for test in tests.split(", "):
            yield operation, test


@pytest.mark.parametrize("module", OURS)
def test_operations_are_the_documented_ones(module: str) -> None:
    """What a module tests and what the table says that it tests is one."""
    documented = {operation for operation, test in rows() if test == module}
    tested = importlib.import_module(
        f"tests.functional.lifecycle.{module}"
    ).OPERATIONS
    assert documented == set(tested)


def test_tests_exist() -> None:
    """Every test that the table or the text names is there."""
    named = {test for _, test in rows()}
    named |= set(re.findall(r"\(`(test_\w+::\w+)`\)", DOCS.read_text()))
    for test in named:
        module, _, function = test.partition("::")
        folder = HERE.parent if "/" in module else HERE
        source = (folder / f"{module}.py").read_text()
        assert f"def {function or 'test_'}" in source, test
