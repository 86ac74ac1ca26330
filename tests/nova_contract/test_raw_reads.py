# SPDX-License-Identifier: Apache-2.0
"""What Nova reads of images beside the fields of ``ImageMetaProps``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nova
import pytest
from nova.objects import ImageMetaProps

from image_props_override.core.problems import Problem
from image_props_override.core.properties.facts import NO_FIELDS
from image_props_override.core.properties.names import resolve_name
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

CATALOGUE = catalogue_from_nova()
FOLDER = Path(nova.__file__).parent

# What an image's properties, and system metadata, are called in Nova.
_PROPERTIES = re.compile(
    r"(image|img)\w*\.properties|(image|img)_prop\w*"
    r"|(image|img|meta)\w*(\.get\(|\[)['\"]properties.*"
)
_IN_SOME_MODULES = re.compile(r"properties")
_MODULES = ("block_device.py", "compute/api.py", "image/glance.py")
_SYSTEM_METADATA = re.compile(r".*(system_metadata|sys_?meta\w*|system_meta)")

# Each takes the name first.
_METHODS = ("get", "pop", "setdefault")

# Read, and not overridable; why.
NOT_OVERRIDABLE = {
    "cinder_encryption_key_id": "names a key of somebody's",
    "instance_owner": "Nova's own note on a snapshot: who may see it",
    "instance_uuid": "Nova's own note on a snapshot: where it comes from",
    "project_id": "Nova's own note on a snapshot: who may see it",
    "user_id": "Nova's own note on a snapshot: who made it",
    "base_image_ref": "Nova's own note in system metadata",
    "name": "the image's name, no property",
}


def raw_reads() -> Iterator[tuple[str, str]]:
    """Return each name that is read by itself, and where."""
    for path in FOLDER.rglob("*.py"):
        module = str(path.relative_to(FOLDER))
        if module.startswith(("tests/", "cmd/", "api/openstack/compute/sch")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            for owner, name in _read_by(node):
                if _PROPERTIES.fullmatch(owner) or (
                    module in _MODULES and _IN_SOME_MODULES.fullmatch(owner)
                ):
                    yield name, f"{module}:{owner}"
                elif _SYSTEM_METADATA.fullmatch(owner) and (
                    name.startswith("image_")
                ):
                    yield name.removeprefix("image_"), module


def _read_by(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Subscript):
        yield from _constant(node.value, node.slice)
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "key":
                yield from _constant(node.func, keyword.value)
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in _METHODS
            and node.args
        ):
            yield from _constant(node.func.value, node.args[0])
    elif isinstance(node, ast.Compare):
        operands = (node.left, *node.comparators)
        for key, test, owner in zip(operands, node.ops, operands[1:]):
            if isinstance(test, (ast.In, ast.NotIn)):
                yield from _constant(owner, key)


def _constant(owner: ast.AST, key: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        yield ast.unparse(owner), key.value


@pytest.mark.parametrize(
    "source",
    [
        "meta['img_x']",
        "meta.get('img_x')",
        "meta.pop('img_x', None)",
        "meta.setdefault('img_x', '')",
        "'img_x' in meta",
        "'img_x' not in meta",
        "1 < 2 and 'img_x' in meta",
        "read(meta, x) or meta(key='img_x')",
    ],
)
def test_every_spelling_of_a_read_is_seen(source: str) -> None:
    """However Nova asks a dictionary for a name."""
    seen = [
        read for node in ast.walk(ast.parse(source)) for read in _read_by(node)
    ]
    assert seen == [("meta", "img_x")]


def test_every_raw_read_is_known() -> None:
    """It is a property that can be overridden, or refused with a reason."""
    found: dict[str, set[str]] = {}
    for name, place in raw_reads():
        found.setdefault(name, set()).add(place)
    # The search finds what is known to be there.
    assert {*NO_FIELDS, "architecture", "os_type"} <= found.keys()
    unknown = {
        name: places
        for name, places in found.items()
        if name not in ImageMetaProps.fields
        and name not in NOT_OVERRIDABLE
        # Structures, which are refused as such.
        and not CATALOGUE.by_alias(name)
        and isinstance(resolve_name(name, CATALOGUE), Problem)
    }
    # Two properties by one legacy name; the merge spells it out.
    assert unknown.keys() <= {"vmware_adaptertype"}


def test_what_is_not_overridable_is_refused() -> None:
    """None of those names means a property."""
    for name in NOT_OVERRIDABLE:
        assert isinstance(resolve_name(name, CATALOGUE), Problem), name
