# SPDX-License-Identifier: Apache-2.0
"""A real guest after a change of its stopped server; its disk is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from image_props_override.tempest_plugin.guest.checks import CHECKS, Guest
from image_props_override.tempest_plugin.guest.domain import running_domain
from image_props_override.tempest_plugin.guest.report import last_report
from sandbox import accounts
from sandbox.demo import boot
from sandbox.processes import wait_until
from sandbox.settings import Settings
from tests.sandbox.guest_console import (
    BUSY_MACHINE_SECONDS,
    Console,
)

NAME = "stopped-server"
KEY = "image_props_override"
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


class Owner:
    """A server and what its owner does with it."""

    def __init__(self, cloud: Settings) -> None:
        """Boot it."""
        self.cloud = cloud
        self.compute = accounts.connect(cloud, "demo").compute
        self.microversion = self.compute.get(
            "/os-image-props-override", microversion="latest"
        ).json()["microversion"]
        connection = accounts.connect(cloud, "demo")
        self.server_id = connection.create_server(
            NAME,
            image="guest",
            flavor="small",
            network=accounts.NETWORK_NAME,
            auto_ip=False,
            wait=True,
        ).id

    def change(self, overrides: dict[str, str | None]) -> Any:
        """Return the answer to another set of overrides."""
        return self.compute.put(
            f"/servers/{self.server_id}",
            json={"server": {KEY: overrides}},
            microversion=self.microversion,
        )

    def act(self, action: str, then: str) -> None:
        """Have something done, and wait for the status."""
        self.compute.post(
            f"/servers/{self.server_id}/action", json={action: None}
        )

        def is_there() -> bool:
            server = self.compute.get_server(self.server_id)
            assert server.status != "ERROR", server.fault
            return server.status == then and server.task_state is None

        wait_until(
            is_there,
            deadline_seconds=BUSY_MACHINE_SECONDS,
            what=f"the server is {then}",
        )

    def guest(self) -> Guest:
        """Return the running guest, when it has reported."""
        report = boot.wait_for_console(
            self.cloud, self.server_id, last_report, "the guest's report"
        )
        return Guest(
            report, running_domain(self.cloud.libvirt_uri, self.server_id)
        )

    def run(self, command: str, answer: str) -> None:
        """Run a command in the guest, and wait for what it prints."""
        console = Console(self.cloud, NAME)
        try:
            console.run(command, answer)
        finally:
            console.close()


@pytest.fixture
def owner(cloud: Settings) -> Iterator[Owner]:
    """The owner of a running server without overrides."""
    owner = Owner(cloud)
    yield owner
    accounts.connect(cloud, "demo").delete_server(owner.server_id, wait=True)


def test_the_guest_has_the_change_and_its_disk(owner: Owner) -> None:
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
    owner.run("head -c 7 /dev/sda", "kept-42")
    log = owner.cloud.state_dir.rglob("nova*.log")
    assert any(
        '"operation": "update"' in path.read_text(errors="replace")
        for path in log
    )
