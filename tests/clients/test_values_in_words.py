# SPDX-License-Identifier: Apache-2.0
"""Allowed values as people and programs see them."""

from __future__ import annotations

from typing import Any

import pytest

from image_props_override.clients.openstackclient.values_in_words import (
    allowed_values,
    in_words,
    shortened,
)


def told(kind: str, **fields: Any) -> dict[str, Any]:
    """Return one property of a cloud's catalogue."""
    return {
        "kind": kind,
        "allowed": True,
        "legal_values": [],
        "minimum": None,
        "maximum": None,
        **fields,
    }


@pytest.mark.parametrize(
    ("kind", "allowed", "words"),
    [
        ("enum", {"values": ["ide", "scsi"]}, "ide, scsi"),
        ("boolean", {"values": []}, "-"),
        ("integer", {"values": [], "ranges": [[1, 128]]}, "1..128"),
        ("integer", {"values": [], "ranges": [[1, 2**31 - 1]]}, "1.."),
        ("integer", {"values": [], "ranges": [[1, 2], [4, 8]]}, "1..2, 4..8"),
        (
            "page_size",
            {"values": ["any"], "ranges": [[2048, 2048]]},
            "any, 2048 KiB",
        ),
        ("text", {"any": True}, "any text"),
        ("cpu_set_list", {"any": True}, "any CPU set"),
        ("uuid", {"any": True}, "any UUID"),
        ("text", {"any": False}, "-"),
        (
            "text",
            {
                "clauses": [
                    {"allow": False, "values": ["pc-1", "pc-2"]},
                    {"allow": True, "pattern": "pc-.*"},
                    {"allow": False},
                ]
            },
            "not pc-1 or pc-2, /pc-.*/",
        ),
        (
            "integer",
            {
                "clauses": [
                    {"allow": False, "range": [8, None]},
                    {"allow": True},
                ]
            },
            "not 8.., any other",
        ),
    ],
)
def test_words(kind: str, allowed: dict[str, Any], words: str) -> None:
    """Each form that the API has is one line of words."""
    known = told(kind, allowed_values=allowed)
    assert ", ".join(in_words(known)) == words
    assert allowed_values(known) == allowed


def test_unsupported_values_are_left_out() -> None:
    """What no host of the cloud has is no value to choose."""
    known = told(
        "enum",
        allowed_values={"values": ["ide", "xen"]},
        unsupported_values=["xen"],
    )
    assert in_words(known) == ("ide",)


@pytest.mark.parametrize(
    ("known", "allowed"),
    [
        (told("enum", legal_values=["ide"]), {"values": ["ide"]}),
        (told("enum", legal_values=["ide"], allowed=False), {"any": False}),
        (told("boolean"), {"values": ["true", "false"]}),
        (
            told("integer", minimum=1),
            {"values": [], "ranges": [[1, None]]},
        ),
        (told("text"), {"any": True}),
    ],
)
def test_older_cloud(known: dict[str, Any], allowed: dict[str, Any]) -> None:
    """A cloud that does not say it yet, says what Nova accepts."""
    assert allowed_values(known) == allowed
    assert in_words(known)


def test_shortened() -> None:
    """What does not fit is cut, between values, and counted."""
    parts = ("fdc", "ide", "sata", "scsi")
    assert shortened(parts, 20) == "fdc, ide, sata, scsi"
    assert shortened(parts, 19) == "fdc, ide, ... (4)"
    assert shortened(parts, 5) == "... (4)"
    assert shortened(("/a-long-pattern/",), 10) == "/a-long..."
