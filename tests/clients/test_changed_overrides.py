# SPDX-License-Identifier: Apache-2.0
"""A server's overrides with some more, or with some less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from image_props_override.clients.changed_overrides import (
    NotOverriddenError,
    with_less,
    with_more,
)

Overrides = dict[str, "str | None"]

_PROPERTIES: list[Mapping[str, Any]] = [
    {
        "name": name,
        "kind": kind,
        "class": "guest",
        "description": "",
        "legal_values": [],
        "minimum": None,
        "maximum": None,
        "legacy_aliases": aliases,
    }
    for name, kind, aliases in (
        ("hw_architecture", "text", ["architecture"]),
        ("hw_disk_bus", "text", []),
        ("hw_scsi_model", "text", []),
        ("hw_numa_cpus", "cpu_set_list", []),
    )
]
RECORDED: Overrides = {
    "hw_architecture": "x86_64",
    "hw_disk_bus": "scsi",
    "hw_numa_cpus.0": "0",
    "hw_numa_cpus.1": "1",
}


@pytest.mark.parametrize(
    ("given", "added", "gone"),
    [
        ({"architecture": "arm"}, {"architecture": "arm"}, "hw_architecture"),
        ({"hw_numa_cpus.1": "2"}, {"hw_numa_cpus.1": "2"}, ""),
        (
            {"hw_numa_cpus": None},
            {"hw_numa_cpus": None},
            "hw_numa_cpus.0 hw_numa_cpus.1",
        ),
        ({"hw_nonsense": "x"}, {"hw_nonsense": "x"}, ""),
        (
            {"vmware_adaptertype": "lsilogic"},
            {"vmware_adaptertype": "lsilogic"},
            "hw_disk_bus",
        ),
    ],
)
def test_with_more(given: Overrides, added: Overrides, gone: str) -> None:
    """Any name replaces what it means; what is wrong is left as it is."""
    kept = {n: v for n, v in RECORDED.items() if n not in gone.split()}
    assert with_more(RECORDED, given, _PROPERTIES) == {**kept, **added}


def test_member_in_the_place_of_a_removed_list() -> None:
    """A list is not both removed and given members."""
    recorded: Overrides = {"hw_numa_cpus": None}
    given: Overrides = {"hw_numa_cpus.0": "0"}
    assert with_more(recorded, given, _PROPERTIES) == given


def test_nothing_more() -> None:
    """An empty set drops all."""
    assert with_more(RECORDED, {}, _PROPERTIES) == {}


@pytest.mark.parametrize(
    ("names", "gone"),
    [
        (["architecture"], "hw_architecture"),
        (
            ["hw_numa_cpus", "hw_disk_bus"],
            "hw_numa_cpus.0 hw_numa_cpus.1 hw_disk_bus",
        ),
        (["hw_numa_cpus.1"], "hw_numa_cpus.1"),
        (["vmware_adaptertype"], "hw_disk_bus"),
    ],
)
def test_with_less(names: list[str], gone: str) -> None:
    """Any name drops what it means."""
    kept = {n: v for n, v in RECORDED.items() if n not in gone.split()}
    assert with_less(RECORDED, names, _PROPERTIES) == kept


def test_what_is_not_overridden() -> None:
    """All such names come together."""
    with pytest.raises(NotOverriddenError) as error:
        with_less(RECORDED, ["hw_scsi_model", "x", "hw_disk_bus"], _PROPERTIES)
    assert "hw_scsi_model, x; the server overrides: hw_arch" in str(
        error.value
    )
    # A release may have known it that is no more.
    assert with_less({"hw_old": "1"}, ["hw_old"], _PROPERTIES) == {}
