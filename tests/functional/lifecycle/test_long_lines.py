# SPDX-License-Identifier: Apache-2.0
"""A command line longer than Nova's 255 bytes holds through all operations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from nova.cmd import manage
from nova.conf import CONF
from nova.tests.fixtures import CinderFixture

from image_props_override.core.properties.limits import PART_PREFIX
from tests.functional.api.previewing import preview
from tests.functional.lifecycle.long_lines import (
    LONG,
    LONGEST,
    OWN,
    Server,
    TwoHostsOfOurs,
    all_see,
    boot,
    kept_parts,
    stopped,
)
from tests.functional.lifecycle.test_stopped_server import answer_to_change
from tests.functional.nova_in_process import NOVAS_LAST, OURS

HARNESS = TwoHostsOfOurs
LINE = "os_command_line"


@pytest.mark.parametrize(
    "line",
    [LONG, LONGEST, "%default% " + LONG],
    ids=["long", "longest", "with the image's"],
)
def test_create(nova: TwoHostsOfOurs, line: str) -> None:
    """The guest has it at spawn and after a hard reboot; all tell it."""
    server = boot(nova, line)
    effective = line.replace("%default%", OWN)
    all_see(nova, server, effective, line)
    nova._reboot_server(server, hard=True)
    all_see(nova, server, effective, line)
    values = nova.system_metadata(server).values()
    assert all(len((value or "").encode()) <= 255 for value in values)


def test_image_completes_it(nova: TwoHostsOfOurs) -> None:
    """A short override with a long line of the image's."""
    image = nova.kernel_image_with(os_command_line=LONG)
    server = nova.boot({LINE: "%default% quiet"}, imageRef=image)
    all_see(nova, server, f"{LONG} quiet", "%default% quiet")
    nova._reboot_server(server, hard=True)
    all_see(nova, server, f"{LONG} quiet", "%default% quiet")
    status, words = nova.refused({LINE: "%default%" * 3}, imageRef=image)
    assert status == 400
    assert "2047 bytes" in words
    assert "[value_too_long]" in words


def test_not_overridden(nova: TwoHostsOfOurs) -> None:
    """An image's own line is as stock Nova has it: cut."""
    image = nova.kernel_image_with(os_command_line=LONG)
    server = nova.boot({"os_distro": "debian"}, imageRef=image)
    kept = nova.system_metadata(server)
    assert LONG.startswith(kept[f"image_{LINE}"])
    assert kept_parts(nova, server) == []
    nova._reboot_server(server, hard=True)
    assert nova.command_line(server) == kept[f"image_{LINE}"]
    assert kept_parts(nova, server) == []


def _stop_and_start(nova: TwoHostsOfOurs, server: Server) -> None:
    nova._stop_server(server)
    nova._start_server(server)


def _suspend_and_resume(nova: TwoHostsOfOurs, server: Server) -> None:
    nova._suspend_server(server)
    nova._resume_server(server)


def _resize_and_confirm(nova: TwoHostsOfOurs, server: Server) -> None:
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    all_see(nova, server)
    nova._confirm_resize(server)


def _resize_and_revert(nova: TwoHostsOfOurs, server: Server) -> None:
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    all_see(nova, server)
    nova._revert_resize(server)


def _cold_migration(nova: TwoHostsOfOurs, server: Server) -> None:
    nova._migrate_server(server)
    all_see(nova, server)
    nova._confirm_resize(server)


def _live_migration(nova: TwoHostsOfOurs, server: Server) -> None:
    nova._live_migrate(server)
    all_see(nova, server)
    # The guest came along with its domain; a new domain is made here.
    nova._reboot_server(server, hard=True)


def _evacuation(nova: TwoHostsOfOurs, server: Server) -> None:
    with nova.dead(nova.host_of(server)):
        nova._evacuate_server(server, expected_state="SHUTOFF")
        nova._start_server(server)


def _shelve_and_unshelve(nova: TwoHostsOfOurs, server: Server) -> None:
    nova.flags(shelved_offload_time=-1)
    nova._shelve_server(server, expected_state="SHELVED")
    nova._unshelve_server(server)


def _shelve_offload_and_unshelve(nova: TwoHostsOfOurs, server: Server) -> None:
    nova.flags(shelved_offload_time=0)
    nova._shelve_server(server)
    snapshot = nova.system_metadata(server)["shelved_image_id"]
    properties = nova.glance.show(None, snapshot)["properties"]
    assert properties[LINE] == LONG
    assert not [name for name in properties if "glance" in name]
    nova._unshelve_server(server)


def _rebuild(nova: TwoHostsOfOurs, server: Server) -> None:
    for image in (server["image"]["id"], nova.kernel_image_with()):
        nova.act(server, rebuild={"imageRef": image})
        nova._wait_for_state_change(server, "ACTIVE")
        all_see(nova, server)


def _rescue_and_unrescue(nova: TwoHostsOfOurs, server: Server) -> None:
    # The harness makes no disks, and so no folder for them.
    Path(CONF.instances_path, server["id"]).mkdir(exist_ok=True)
    nova.act(server, rescue={})
    nova._wait_for_state_change(server, "RESCUE")
    nova.act(server, unrescue=None)
    nova._wait_for_state_change(server, "ACTIVE")


STEPS: dict[str, Callable[[TwoHostsOfOurs, Server], None]] = {
    "stop, start": _stop_and_start,
    "suspend, resume": _suspend_and_resume,
    "resize, confirm": _resize_and_confirm,
    "resize, revert": _resize_and_revert,
    "cold migration": _cold_migration,
    "live migration": _live_migration,
    "evacuation": _evacuation,
    "shelve, unshelve": _shelve_and_unshelve,
    "shelve, offload, unshelve": _shelve_offload_and_unshelve,
    "rebuild": _rebuild,
    "rescue, unrescue": _rescue_and_unrescue,
}


@pytest.mark.parametrize("operate", STEPS.values(), ids=STEPS)
def test_operation(
    nova: TwoHostsOfOurs,
    operate: Callable[[TwoHostsOfOurs, Server], None],
) -> None:
    """The guest, Nova's database and the API tell the whole line after it."""
    server = boot(nova, LONG)
    operate(nova, server)
    all_see(nova, server)
    nova._reboot_server(server, hard=True)
    all_see(nova, server)


def test_rebuild_with_another(nova: TwoHostsOfOurs) -> None:
    """A rebuild replaces the line, shortens it and drops it."""
    server = boot(nova, LONG)
    image = server["image"]["id"]
    for asked, effective in (
        (LONGEST, LONGEST),
        ("%default% " + LONG, f"{OWN} {LONG}"),
        ("short", "short"),
        (LONG, LONG),
        (None, OWN),
    ):
        overrides = {} if asked is None else {LINE: asked}
        answer = nova.act(
            server,
            rebuild={"imageRef": image, "image_props_override": overrides},
        )
        assert answer.status_code == 202, answer.text
        nova._wait_for_state_change(server, "ACTIVE")
        all_see(nova, server, effective, asked)
        if len(effective) < 256:
            assert kept_parts(nova, server) == []
        nova._reboot_server(server, hard=True)
        all_see(nova, server, effective, asked)


@pytest.mark.parametrize("shelved", [False, True])
def test_change_of_stopped(nova: TwoHostsOfOurs, shelved: bool) -> None:
    """From short to long and back; no part is left."""
    nova.flags(shelved_offload_time=0)
    server = boot(nova, "short")
    if shelved:
        nova._shelve_server(server)
    else:
        nova._stop_server(server)
    for asked in (LONG, LONGEST, "%default% " + LONG):
        answer = answer_to_change(nova, server, {LINE: asked})
        assert answer.status_code == 200, answer.text
        assert answer.json()["server"]["image_props_override"][LINE] == asked
        parts = kept_parts(nova, server)
    if shelved:
        nova._unshelve_server(server)
    else:
        nova._start_server(server)
    all_see(nova, server, f"{OWN} {LONG}", "%default% " + LONG)
    assert kept_parts(nova, server) == parts

    nova._stop_server(server)
    answer = answer_to_change(nova, server, {LINE: "short"})
    assert answer.status_code == 200, answer.text
    assert kept_parts(nova, server) == []
    nova._start_server(server)
    all_see(nova, server, "short", "short")


@pytest.mark.parametrize("on_volume", [False, True])
def test_snapshot(nova: TwoHostsOfOurs, on_volume: bool) -> None:
    """The image has the line as a property of its own, and no parts."""
    image = nova.kernel_image_with(os_command_line=OWN)
    volume = {
        "boot_index": 0,
        "source_type": "image",
        "destination_type": "volume",
        "uuid": image,
        "volume_size": 20,
    }
    boots_from = (
        {"imageRef": None, "block_device_mapping_v2": [volume]}
        if on_volume
        else {"imageRef": image}
    )
    server = nova.boot({LINE: LONG}, **boots_from)
    answer = nova.api.post_server_action(
        server["id"], {"createImage": {"name": "snapshot"}}
    )
    properties = nova.glance.show(None, answer["image_id"])["properties"]
    assert properties[LINE] == LONG
    assert not [name for name in properties if "glance" in name]


def test_volume_backed(nova: TwoHostsOfOurs) -> None:
    """So it is on a volume, which unshelving reads no image for."""
    nova.flags(shelved_offload_time=0)
    kernel = nova.image_with()
    server = nova.boot(
        {LINE: LONG, "kernel_id": kernel},
        imageRef=None,
        block_device_mapping_v2=[
            {
                "boot_index": 0,
                "uuid": CinderFixture.IMAGE_BACKED_VOL,
                "source_type": "volume",
                "destination_type": "volume",
            }
        ],
    )
    nova._reboot_server(server, hard=True)
    nova._shelve_server(server)
    nova._unshelve_server(server)
    assert nova.command_line(server) == LONG


def test_preview(nova: TwoHostsOfOurs) -> None:
    """A preview shows the whole line, of a boot and of a change."""
    image = nova.kernel_image_with(os_command_line=OWN)
    told = preview(nova, {LINE: LONGEST}, imageRef=image)
    assert told["problems"] == []
    (shown,) = (each for each in told["properties"] if each["name"] == LINE)
    assert shown["value"] == LONGEST
    too_long = preview(nova, {LINE: f"{LONGEST}x"}, imageRef=image)
    assert [p["code"] for p in too_long["problems"]] == ["value_too_long"]


def test_forged(nova: TwoHostsOfOurs) -> None:
    """Marker and parts of an image are a text, and nothing."""
    donor = boot(nova, LONG)
    kept = nova.system_metadata(donor)
    forged = {
        key.removeprefix("image_"): value
        for key, value in kept.items()
        if PART_PREFIX in key or key == f"image_{LINE}"
    }
    marker = forged[LINE]
    image = nova.kernel_image_with(**forged)
    for overrides in ({}, {"os_distro": "x"}, {LINE: "%default% quiet"}):
        server = nova.boot(overrides, imageRef=image)
        assert kept_parts(nova, server) == []
        line = overrides.get(LINE, "%default%").replace("%default%", marker)
        assert nova.command_line(server) == line
        nova._reboot_server(server, hard=True)
        assert nova.command_line(server) == line
    # As an override, too.
    server = boot(nova, marker)
    all_see(nova, server, marker, marker)


def _set_by_operator(server: Server, setting: str) -> None:
    """Do what ``nova-manage image_property set`` does, without the package."""
    with stock_reading():
        command = manage.ImagePropertyCommands()
        assert command.set(server["id"], [setting]) == 0


def stock_reading() -> Any:
    """Read system metadata as a process without the package does."""
    from nova import utils

    name = "get_image_from_system_metadata"
    stock = getattr(utils, name).__wrapped__
    return mock.patch.object(utils, name, stock)


def test_stock_compute_behind_our_back(nova: TwoHostsOfOurs) -> None:
    """A guest that it starts shows what is wrong, and no line that was cut."""
    server = boot(nova, LONG)
    with stock_reading():
        nova._reboot_server(server, hard=True)
    assert (nova.command_line(server) or "").startswith(
        "image_props_override.this_line_of_1000_bytes_needs="
        "nova-compute-image-props digest="
    )
    nova._reboot_server(server, hard=True)
    all_see(nova, server)


def test_operator_changes_the_line(nova: TwoHostsOfOurs) -> None:
    """Then it is the operator's, and no override."""
    server = stopped(nova, LONG)
    _set_by_operator(server, f"{LINE}=operator")
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == {}
    nova._start_server(server)
    assert nova.command_line(server) == "operator"
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    assert nova.command_line(server) == "operator"


def test_operator_changes_another_property(nova: TwoHostsOfOurs) -> None:
    """The request specification gets a marker, which a resize mends."""
    server = stopped(nova, LONG)
    _set_by_operator(server, "hw_vif_model=e1000")
    asked = nova.request_spec(server).image.properties
    assert "nova-compute-image-props" in asked.os_command_line
    nova._start_server(server)
    assert nova.command_line(server) == LONG
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    all_see(nova, server)


def test_server_image_properties(nova: TwoHostsOfOurs) -> None:
    """They show the line whole, and no parts; 2.98 brought them."""
    server = boot(nova, LONG)
    path = f"/v2.1/servers/{server['id']}"
    for microversion in (NOVAS_LAST, OURS):
        shown = nova.request("GET", path, microversion).json()["server"]
        listed = nova.request("GET", "/v2.1/servers/detail", microversion)
        for each in (shown, *listed.json()["servers"]):
            properties = each["image"].get("properties")
            if properties is None:
                pytest.skip("this Nova does not show them")
            assert properties[LINE] == LONG
            assert not [name for name in properties if "glance" in name]


def test_notifications(nova: TwoHostsOfOurs) -> None:
    """Nova's tell the line whole, and no parts."""
    from nova import notifications

    told = notifications.image_meta(nova.system_metadata(boot(nova, LONG)))
    assert told[LINE] == LONG
    assert not [name for name in told if "glance" in name]
