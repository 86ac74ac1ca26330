# SPDX-License-Identifier: Apache-2.0
"""What the record tells: what was overridden, as long as it holds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from image_props_override.core.boot.record import (
    record_of,
    recorded_overrides,
    without_record,
)

Overrides = dict[str, "str | None"]


def kept(recorded: Overrides, **properties: str) -> dict[str, str | None]:
    """Return system metadata with a record and effective properties."""
    return in_database(record_of(recorded), properties)


def in_database(
    record: Mapping[str, str], properties: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Return system metadata with a record as it is kept."""
    return {
        "instance_type_id": "1",
        "image_base_image_ref": "image",
        **{
            f"image_{name}": value
            for name, value in {**properties, **record}.items()
        },
    }


# what was recorded, the effective properties now
HOLDS: dict[str, tuple[Overrides, dict[str, str]]] = {
    "value": ({"hw_disk_bus": "scsi"}, {"hw_disk_bus": "scsi"}),
    "value that Nova would pin": (
        {"hw_machine_type": "q35"},
        {"hw_machine_type": "q35"},
    ),
    "removal": ({"os_distro": None}, {}),
    "removal of a trait": ({"trait:CUSTOM_A": None}, {"trait:B": "required"}),
    "removal of a list": ({"hw_numa_cpus": None}, {"hw_numa_nodes": "1"}),
    "removal, then Nova's own default": (
        {"hw_vif_model": None},
        {"hw_vif_model": "virtio"},
    ),
    "list member": ({"hw_numa_cpus.0": "0-1"}, {"hw_numa_cpus.0": "0-1"}),
    "image's value in front": (
        {"os_command_line": "%default% quiet"},
        {"os_command_line": "console=ttyS0 quiet"},
    ),
    "image's value behind": (
        {"os_command_line": "quiet %default%"},
        {"os_command_line": "quiet console=ttyS0"},
    ),
    "image's value twice": (
        {"os_command_line": "%default% a %default% b"},
        {"os_command_line": "x=1 a x=1 b"},
    ),
    "image's value alone": (
        {"os_command_line": "%default%"},
        {"os_command_line": "anything"},
    ),
    "image's value empty": (
        {"os_command_line": "%default% quiet"},
        {"os_command_line": " quiet"},
    ),
}

CHANGED: dict[str, tuple[Overrides, dict[str, str]]] = {
    "value": ({"hw_disk_bus": "scsi"}, {"hw_disk_bus": "virtio"}),
    "value that is gone": ({"hw_disk_bus": "scsi"}, {}),
    "machine type": (
        {"hw_machine_type": "pc-q35-7.2"},
        {"hw_machine_type": "pc-q35-8.0"},
    ),
    "removal": ({"os_distro": None}, {"os_distro": "debian"}),
    "removal of a trait": (
        {"trait:CUSTOM_A": None},
        {"trait:CUSTOM_A": "required"},
    ),
    "removal of a list": ({"hw_numa_cpus": None}, {"hw_numa_cpus.0": "0"}),
    "command line": (
        {"os_command_line": "%default% quiet"},
        {"os_command_line": "console=ttyS0"},
    ),
    "command line, shorter than what stays": (
        {"os_command_line": "%default% quiet"},
        {"os_command_line": "x"},
    ),
    "command line, two places that differ": (
        {"os_command_line": "%default% a %default%"},
        {"os_command_line": "x a y"},
    ),
    "command line that is gone": ({"os_command_line": "%default% quiet"}, {}),
}


@pytest.mark.parametrize(("recorded", "now"), HOLDS.values(), ids=HOLDS)
def test_told(recorded: Overrides, now: dict[str, str]) -> None:
    """What still holds is told as it was asked for."""
    assert recorded_overrides(kept(recorded, **now)) == recorded


@pytest.mark.parametrize(("recorded", "now"), CHANGED.values(), ids=CHANGED)
def test_not_told(recorded: Overrides, now: dict[str, str]) -> None:
    """What an operator changed since is not told; the rest is."""
    others: Overrides = {"hw_boot_menu": "true"}
    metadata = kept({**recorded, **others}, **{**now, "hw_boot_menu": "true"})
    assert recorded_overrides(metadata) == others


def test_many_tokens() -> None:
    """A line full of tokens takes no time to compare."""
    line = "%default%a" * 25
    assert not recorded_overrides(
        kept({"os_command_line": line}, os_command_line="a" * 254 + "b")
    )


def test_no_record() -> None:
    """A server that overrides nothing has nothing to tell."""
    assert recorded_overrides(kept({}, hw_disk_bus="scsi")) == {}


def test_record_is_stripped_from_images() -> None:
    """Nobody brings along a record in an image's properties."""
    for forged in (
        {"os_glance_override:hw_disk_bus": "scsi"},
        record_of({"hw_disk_bus": "scsi"}),
    ):
        assert without_record({**forged, "hw_disk_bus": "ide"}) == {
            "hw_disk_bus": "ide"
        }


def test_few_rows() -> None:
    """Many overrides are kept in few values, of which Nova cuts none."""
    many: Overrides = {f"hw_property_{n}": f"value {n}" for n in range(28)}
    packed = record_of(many)
    assert len(packed) <= 5
    assert max(len(value.encode()) for value in packed.values()) <= 255


def test_more_than_ten_rows() -> None:
    """Rows are joined by their numbers, not as texts are sorted."""
    long: Overrides = {
        f"os_text_{n}": f"{n}\u20ac\U0001f600" * 20 for n in range(9)
    }
    packed = record_of(long)
    assert len(packed) > 10
    assert recorded_overrides(in_database(packed, long)) == long


def test_incomplete_rows() -> None:
    """Rows of which one is missing say nothing, nor do broken ones."""
    many: Overrides = {f"hw_property_{n}": f"value {n}" for n in range(28)}
    for missing in record_of(many):
        rest = record_of(many)
        del rest[missing]
        assert recorded_overrides(in_database(rest, many)) == {}
    for broken in ('["hw_disk_bus"]', '{"hw_disk_bus":1}', "{", ""):
        metadata = in_database({"os_glance_override:0": broken}, {})
        assert recorded_overrides(metadata) == {}


@pytest.mark.parametrize(("recorded", "now"), HOLDS.values(), ids=HOLDS)
def test_one_row_for_each(recorded: Overrides, now: dict[str, str]) -> None:
    """The older form, with a row for each override, is read too."""
    metadata = in_database(
        {
            f"os_glance_override:{name}": value or ""
            for name, value in recorded.items()
        },
        now,
    )
    assert recorded_overrides(metadata) == recorded
