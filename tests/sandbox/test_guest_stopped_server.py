# SPDX-License-Identifier: Apache-2.0
"""A real guest after a change of its stopped server; its disk is the same."""

from __future__ import annotations

import json
import subprocess
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


def disk_io(server: GuestServer, command: str) -> None:
    """Read or write a sector of a guest's disk, on its host.

    The guest's kernel comes without drivers for disks. While the guest runs,
    its disk is only read.
    """
    disk = server.cloud.console_log(server.server_id).with_name("disk")
    info = subprocess.run(
        ["qemu-img", "info", "-U", "--output", "json", str(disk)],
        check=True,
        capture_output=True,
    )
    options = ["-r", "-U"] if command.startswith("read") else []
    done = subprocess.run(
        [
            *("qemu-io", *options, "-f", json.loads(info.stdout)["format"]),
            *("-c", f"{command} 0 512", str(disk)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "512/512 bytes" in done.stdout, done
    assert "verification failed" not in done.stdout, done


def test_the_guest_has_the_change_and_its_disk(owner: GuestServer) -> None:
    """Stop, change, start: other devices, and what was written is there."""
    owner.guest()
    refused = owner.change(CHANGE)
    assert refused.status_code == 409
    owner.act("os-stop", then="SHUTOFF")
    disk_io(owner, "write -P 0x42")
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
    disk_io(owner, "read -P 0x42")
    assert owner.shown()[KEY] == dict(sorted(CHANGE.items()))
    logs = owner.cloud.state_dir.rglob("nova*.log")
    assert any(
        '"operation": "update"' in path.read_text(errors="replace")
        for path in logs
    )
