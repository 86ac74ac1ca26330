# SPDX-License-Identifier: Apache-2.0
"""Overrides as a cloud would read them, by its own catalogue."""

from __future__ import annotations

from typing import Any

from image_props_override.clients.cloud_catalogue import read_with
from image_props_override.core.problems import ProblemCode

OLDER: dict[str, Any] = {
    "name": "hw_vif_model",
    "kind": "enum",
    "class": "guest",
    "description": "Model of network interfaces",
    "legal_values": ["virtio", "e1000"],
    "minimum": None,
    "maximum": None,
    "legacy_aliases": ["vif_model"],
}
NEWER = {
    **OLDER,
    "other_spellings": {"virtuale1000": "e1000"},
    "ignores_case": True,
    "no_effect": None,
}


def test_canonical() -> None:
    """Names and values are those that the cloud will record."""
    read = read_with({"vif_model": "VirtualE1000"}, [NEWER])
    assert (read.overrides, read.problems) == ({"hw_vif_model": "e1000"}, ())


def test_without_effect() -> None:
    """What the cloud refuses as without effect is known to be refused."""
    useless = {**NEWER, "no_effect": "only the Xen driver read it"}
    (problem,) = read_with({"hw_vif_model": "e1000"}, [useless]).problems
    assert problem.code is ProblemCode.NO_EFFECT


def test_older_cloud() -> None:
    """A catalogue without the newer fields is read as it was."""
    read = read_with({"hw_vif_model": "e1000"}, [OLDER])
    assert (read.overrides, read.problems) == ({"hw_vif_model": "e1000"}, ())
    assert read_with({"hw_vif_model": "E1000"}, [OLDER]).problems


def test_kind_of_a_newer_cloud() -> None:
    """A kind that is not known here takes any text."""
    odd = {**NEWER, "kind": "colour", "class": "new", "legal_values": []}
    read = read_with({"hw_vif_model": "red"}, [odd])
    assert (read.overrides, read.problems) == ({"hw_vif_model": "red"}, ())
