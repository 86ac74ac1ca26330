# SPDX-License-Identifier: Apache-2.0
"""A real guest after a change of its stopped server; its disk is the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from image_props_override.tempest_plugin.guest.checks import CHECKS
from sandbox.settings import Settings
from tests.sandbox.guest_server import KEY, GuestServer

NAME = "stopped-server"
CHANGE = {
    "hw_boot_menu": "true",
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_scsi_model": "virtio-scsi",
    "hw_vif_model": "e1000e",
    "hw_video_model": None,
    "os_command_line": "%default% owner=changed",
}
IN_GUEST = {
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_scsi_model": "virtio-scsi",
    "hw_vif_model": "e1000e",
    "hw_video_model": "virtio",
    "os_command_line": "console=ttyS0 quiet owner=changed",
}


@pytest.fixture
def owner(cloud: Settings) -> Iterator[GuestServer]:
    """The owner of a running server without overrides."""
    owner = GuestServer(cloud, NAME, {})
    yield owner
    owner.delete()


def test_the_guest_has_the_change_and_its_disk(owner: GuestServer) -> None:
    """Stop, change, start: other devices, and what was written is there."""
    owner.guest()
    owner.run("echo kept-$((40+2)) > /dev/vda && sync && echo ok $?", "ok 0")
    refused = owner.change(CHANGE)
    assert refused.status_code == 409
    owner.act("os-stop", then="SHUTOFF")
    answer = owner.change(CHANGE)
    assert answer.status_code == 200, answer.text
    assert answer.json()["server"][KEY] == CHANGE
    owner.act("os-start", then="ACTIVE")
    guest = owner.guest()
    seen = {
        check.image_property: check.look(guest).value
        for check in CHECKS
        if check.image_property in IN_GUEST
    }
    assert seen == IN_GUEST
    # The guest has no driver to read a SCSI disk: back to the image's bus.
    owner.act("os-stop", then="SHUTOFF")
    assert owner.change({}).status_code == 200
    owner.act("os-start", then="ACTIVE")
    owner.guest()
    owner.run("head -c 7 /dev/vda", "kept-42")
    log = owner.cloud.state_dir.rglob("nova*.log")
    assert any(
        '"operation": "update"' in path.read_text(errors="replace")
        for path in log
    )
