# SPDX-License-Identifier: Apache-2.0
"""A long command line is kept in parts, and comes back whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_props_override.core.boot.long_values import (
    joined,
    long_line_in,
    split,
)
from image_props_override.core.boot.record import (
    effective_properties,
    record_of,
    recorded_overrides,
    without_record,
)
from image_props_override.core.properties.limits import (
    LONGEST_COMMAND_LINE_BYTES,
    PART_PREFIX,
)

LINE = "os_command_line"
RECORD = "os_glance_override:os_command_line"
LONG = "".join(f" option{n}=\u00fc\u20ac" for n in range(100)).strip()

LINES = st.text(
    st.sampled_from("a \u00fc\u20ac\uffff%=")
    | st.characters(max_codepoint=0xD7FF),
    max_size=LONGEST_COMMAND_LINE_BYTES,
).filter(lambda line: len(line.encode()) <= LONGEST_COMMAND_LINE_BYTES)


def kept(effective: str, asked: str | None = None) -> dict[str, Any]:
    """Return what a server with an overridden line keeps."""
    asked = effective if asked is None else asked
    return dict(split({LINE: effective, **record_of({LINE: asked})}))


def system_metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as Nova's system metadata has them."""
    return {
        "instance_type_id": "1",
        **{f"image_{name}": value for name, value in properties.items()},
    }


def parts_of(properties: Mapping[str, Any]) -> list[str]:
    """Return the keys of all parts."""
    return [name for name in properties if name.startswith(PART_PREFIX)]


@given(LINES, LINES)
def test_round_trip(effective: str, asked: str) -> None:
    """Any line comes back, and Nova would cut nothing that is kept."""
    whole = {LINE: effective, RECORD: asked, "os_distro": "debian"}
    parts = split(whole)
    assert all(len(value.encode()) <= 255 for value in parts.values())
    assert all(len(f"image_{key}") <= 255 for key in parts)
    assert joined(parts) == whole
    in_database = system_metadata(parts)
    assert joined(in_database, "image_") == system_metadata(whole)
    assert effective_properties(in_database) == without_record(whole)


@pytest.mark.parametrize("character", ["a", "\u00fc", "\u20ac"])
def test_cut_at_characters(character: str) -> None:
    """A part ends with a whole character, wherever 255 bytes end."""
    for before in range(3):
        line = "x" * before + character * 500
        properties = kept(line)
        assert joined(properties)[LINE] == line
        assert max(
            len(properties[key].encode()) for key in parts_of(properties)
        ) > 255 - len(character.encode())


def test_what_is_not_overridden_is_left_to_nova() -> None:
    """Without a record of the line it is the very dictionary."""
    for properties in (
        {LINE: LONG},
        {LINE: LONG, **record_of({"os_distro": "x"})},
        {LINE: "short", **record_of({LINE: "short"})},
        {"os_distro": "x" * 300, **record_of({LINE: None})},
    ):
        assert split(properties) is properties
        assert joined(properties) is properties


def test_parts_are_shared() -> None:
    """Value and record of one line have one set of parts, others two."""
    once = len(parts_of(kept(LONG)))
    assert once == -(-len(LONG.encode()) // 255)
    assert len(parts_of(kept(LONG, f"%default% {LONG}"))) > once
    assert parts_of(kept("short", "%default%")) == []


def test_marker_says_what_is_wrong() -> None:
    """It fits, and a guest that gets it shows why."""
    marker = kept(LONG)[LINE]
    assert len(marker.encode()) < 256
    assert f"{len(LONG.encode())}_bytes_needs=nova-compute-image-" in marker


def test_record_holds() -> None:
    """A long record claims a long line, with and without the image's."""
    assert recorded_overrides(system_metadata(kept(LONG))) == {LINE: LONG}
    asked = f"%default% {LONG}"
    with_default = kept(f"console=ttyS0 {LONG}", asked)
    assert recorded_overrides(system_metadata(with_default)) == {LINE: asked}
    long_default = kept(f"{LONG} quiet", "%default% quiet")
    assert recorded_overrides(system_metadata(long_default)) == {
        LINE: "%default% quiet"
    }


def test_changed_by_an_operator() -> None:
    """Another value stays what it is, and orphaned parts are not seen."""
    metadata = {**system_metadata(kept(LONG)), f"image_{LINE}": "changed"}
    assert effective_properties(metadata) == {LINE: "changed"}
    assert recorded_overrides(metadata) == {}


def test_taken_away_by_an_operator() -> None:
    """So does none."""
    metadata = system_metadata(kept(LONG))
    del metadata[f"image_{LINE}"]
    assert effective_properties(metadata) == {}
    assert recorded_overrides(metadata) == {}


@pytest.mark.parametrize("lost", range(3))
def test_lost_part(lost: int) -> None:
    """Without one of its parts nothing stands for the line."""
    metadata = system_metadata(kept(LONG))
    marker = metadata[f"image_{LINE}"]
    del metadata[f"image_{parts_of(kept(LONG))[lost]}"]
    assert effective_properties(metadata) == {LINE: marker}


def test_forged() -> None:
    """A marker with other parts, or another marker, is a text."""
    marker = kept(LONG)[LINE]
    other = kept(f"{LONG} init=/bin/sh")
    (first, *_) = parts_of(kept(LONG))
    texts = dict.fromkeys(parts_of(kept(LONG)), "init=/bin/sh")
    for properties in (
        {**other, LINE: marker},
        {**texts, LINE: marker},
        {**kept(LONG), LINE: marker.replace("_bytes", "0_bytes")},
        {**kept(LONG), LINE: f"{marker} init=/bin/sh"},
        {**kept(LONG), first: None},
        {**kept(LONG), first: kept(LONG)[first] + "x"},
    ):
        assert joined(properties)[LINE] == properties[LINE]
        assert parts_of(joined(properties)) == []


def test_what_images_bring_is_not_believed() -> None:
    """A part that an image or a volume has is no part."""
    assert without_record(kept(LONG)) == {LINE: kept(LONG)[LINE]}
    stray = {f"{PART_PREFIX}{'0' * 32}.0": "x"}
    assert parts_of(split({**stray, LINE: LONG, RECORD: LONG})) == parts_of(
        kept(LONG)
    )


def test_long_line_in() -> None:
    """It counts if it is overridden, as asked for or with the image's."""
    assert long_line_in({LINE: LONG}, {LINE: LONG}) == LONG
    assert long_line_in({LINE: f"{LONG} x"}, {LINE: "%default% x"})
    assert long_line_in({LINE: "x"}, {LINE: f"%default%{LONG}"})
    assert long_line_in({LINE: LONG}, {}) is None
    assert long_line_in({}, {LINE: None}) is None
    assert long_line_in({LINE: "x" * 255}, {LINE: "x" * 255}) is None
