# SPDX-License-Identifier: Apache-2.0
"""All of Nova keeps and reads image properties by two functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nova
import pytest
from nova import utils
from nova.compute import utils as compute_utils

from image_props_override.core.boot.long_values import joined, split
from image_props_override.core.properties.limits import PART_PREFIX
from image_props_override.nova_plugin.lifecycle.long_lines import (
    keep_long_lines,
)

WRITES = "get_system_metadata_from_image"
READS = "get_image_from_system_metadata"
LONG = "x" * 1000
RECORDED = {
    "os_command_line": LONG,
    "os_glance_override:os_command_line": LONG,
}


def uses() -> Iterator[tuple[str, str, str]]:
    """Yield module, function and how it is written, for each use of both."""
    folder = Path(nova.__file__).parent
    for path in folder.rglob("*.py"):
        module = str(path.relative_to(folder))
        source = path.read_text()
        if module.startswith("tests") or not (
            WRITES in source or READS in source
        ):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute):
                if node.attr in (WRITES, READS):
                    yield module, node.attr, ast.unparse(node)
            elif isinstance(node, ast.Name):
                assert node.id not in (WRITES, READS), module
            elif isinstance(node, ast.alias):
                assert node.name not in (WRITES, READS), module


def test_who_uses_them() -> None:
    """Each looks the function up in the module when it needs it.

    What reads is nova-api and nova-compute, but for one place in
    nova-conductor, which has no request specification from older releases.
    """
    found = sorted(uses())
    assert {written for _, _, written in found} == {
        f"utils.{WRITES}",
        f"utils.{READS}",
    }
    assert [module for module, name, _ in found if name == WRITES] == [
        "compute/api.py",
        "compute/api.py",
    ]
    assert [module for module, name, _ in found if name == READS] == [
        "compute/api.py",
        "compute/manager.py",
        "compute/utils.py",
        "conductor/manager.py",
        "objects/image_meta.py",
    ]


@pytest.fixture
def kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nova in this process keeps long lines; twice is as good as once."""
    for name in (WRITES, READS):
        stock = getattr(utils, name)
        stock = getattr(stock, "__wrapped__", stock)
        monkeypatch.setattr(utils, name, stock)
    keep_long_lines()
    once = getattr(utils, WRITES), getattr(utils, READS)
    keep_long_lines()
    assert (getattr(utils, WRITES), getattr(utils, READS)) == once


@pytest.mark.usefixtures("kept_whole")
def test_round_trip() -> None:
    """Nova keeps parts of 255 bytes, and reads the line."""
    image = {"properties": dict(RECORDED), "min_ram": 1}
    kept = utils.get_system_metadata_from_image(image, {"root_gb": 1})
    assert image["properties"] == RECORDED
    assert all(len(str(value)) <= 255 for value in kept.values())
    assert sum(PART_PREFIX in key for key in kept) == 4
    assert utils.get_image_from_system_metadata(kept) == {
        "min_ram": 1,
        "min_disk": 1,
        "properties": RECORDED,
    }


@pytest.mark.usefixtures("kept_whole")
def test_others_are_novas() -> None:
    """Without a long override both are Nova's, value for value."""
    others: tuple[dict[str, Any], ...] = (
        {"properties": {"os_command_line": LONG, "hw_disk_bus": "ide"}},
        {"properties": dict.fromkeys(RECORDED, "x" * 255)},
        {"min_ram": 2},
        {"properties": {}},
    )
    for image in others:
        novas = utils.get_system_metadata_from_image.__wrapped__(image)
        assert utils.get_system_metadata_from_image(image) == novas
        again = utils.get_image_from_system_metadata.__wrapped__(novas)
        assert utils.get_image_from_system_metadata(novas) == again


def test_snapshots_leave_out_parts() -> None:
    """Parts are in a namespace that snapshots do not inherit."""
    assert any(
        PART_PREFIX.startswith(namespace)
        for namespace in compute_utils.NON_INHERITABLE_IMAGE_NAMESPACES
    )
    assert joined(split(RECORDED)) == RECORDED
