# SPDX-License-Identifier: Apache-2.0
"""A real guest keeps its overrides, whatever is done with its server.

One guest goes through one operation after another; after each, what it says
of itself on its console, and what libvirt says of it, is as at its boot.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from image_props_override.tempest_plugin.guest.checks import CHECKS, Guest
from image_props_override.tempest_plugin.guest.domain import running_domain
from image_props_override.tempest_plugin.guest.report import last_report
from sandbox import accounts, images
from sandbox.demo import boot
from sandbox.processes import wait_until
from sandbox.settings import Settings
from tests.sandbox.guest_images import create_image

BUSY_MACHINE_SECONDS = 300

KEY = "image_props_override"
OVERRIDES: Mapping[str, str | None] = {
    "hw_cpu_sockets": "1",
    "hw_cpu_threads": "2",
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_numa_nodes": "1",
    "hw_qemu_guest_agent": "true",
    "hw_scsi_model": "virtio-scsi",
    "hw_video_model": None,
    "hw_vif_model": "e1000e",
    "os_command_line": "%default% owner=lifecycle",
}
# Of another image to rebuild from: one overridden property, one that is not.
OTHER_IMAGE = {
    **images.PROPERTIES[images.GUEST],
    "hw_disk_bus": "ide",
    "hw_input_bus": "virtio",
}
# What the guest is to have; the rest is the image's.
IN_GUEST = {
    **images.PROPERTIES[images.GUEST],
    **OVERRIDES,
    # libvirt's own, where nobody says anything.
    "hw_video_model": "virtio",
    "os_command_line": "console=ttyS0 quiet owner=lifecycle",
}

CHECKED = {
    check.image_property: check.look
    for check in CHECKS
    if check.image_property in IN_GUEST
}
Seen = Mapping[str, "str | None"]
EXPECTED: Seen = {name: IN_GUEST[name] for name in CHECKED}


def seen(guest: Guest) -> Seen:
    """Return what a guest has of the properties in question."""
    return {name: look(guest).value for name, look in CHECKED.items()}


@dataclasses.dataclass
class Walk:
    """A server on its way through its life.

    Attributes:
        settings: Of the cloud.
        user: A connection of the server's user.
        microversion: The first that knows overrides.
        image_id: The image that it was booted from.
        other_image_id: An image with other properties.
        network_id: The network that it is on.
        larger_flavor_id: What it can be resized to.
        server_id: The server's.
        expected: What its guest is to have.
    """

    settings: Settings
    user: Any
    microversion: str
    image_id: str
    other_image_id: str
    network_id: str
    larger_flavor_id: str
    server_id: str = ""
    expected: Seen = dataclasses.field(default_factory=lambda: EXPECTED)

    def boot(self, image: str, **server: Any) -> str:
        """Return the id of a new server, once it is ACTIVE."""
        body = {
            "name": "lifecycle",
            "imageRef": image,
            "flavorRef": self.user.compute.find_flavor("small").id,
            "networks": [{"uuid": self.network_id}],
            **server,
        }
        answer = self.user.compute.post(
            "/servers",
            json={"server": body},
            microversion=self.microversion,
        )
        assert answer.status_code == 202, answer.text
        server_id = str(answer.json()["server"]["id"])
        self.wait_for("ACTIVE", server_id)
        return server_id

    def act(self, action: str, arguments: Any = None, then: str = "") -> None:
        """Have something done with the server, and wait for its status."""
        answer = self.user.compute.post(
            f"/servers/{self.server_id}/action",
            json={action: arguments},
            microversion=self.microversion,
        )
        assert answer.ok, answer.text
        self.wait_for(then)

    def wait_for(self, status: str, server_id: str = "") -> None:
        """Return when the server has that status and nothing is going on."""

        def is_there() -> bool:
            server = self.user.compute.get_server(server_id or self.server_id)
            assert server.status != "ERROR", server.fault
            return server.status == status and server.task_state is None

        wait_until(
            is_there,
            deadline_seconds=BUSY_MACHINE_SECONDS,
            what=f"the server is {status}",
        )

    def guest(self, server_id: str = "") -> Guest:
        """Return the running guest, when it has reported."""
        server_id = server_id or self.server_id
        # A guest that starts has an empty console: no report is an old one.
        report = boot.wait_for_console(
            self.settings, server_id, last_report, "the guest's report"
        )
        domain = running_domain(self.settings.libvirt_uri, server_id)
        return Guest(report, domain)

    def described_at(self) -> str | None:
        """Return when Nova wrote the domain's description."""
        domain = running_domain(self.settings.libvirt_uri, self.server_id)
        return domain.root.findtext(".//{*}creationTime")

    def record(self) -> dict[str, str | None]:
        """Return what the API says was overridden."""
        answer = self.user.compute.get(
            f"/servers/{self.server_id}", microversion=self.microversion
        )
        record: dict[str, str | None] = answer.json()["server"][KEY]
        return record


@pytest.fixture(scope="module")
def walk(
    cloud: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    """A server with overrides, as long as this module's tests run."""
    admin = accounts.connect(cloud)
    user = accounts.connect(cloud, "demo")
    catalogue = user.compute.get(
        "/os-image-props-override", microversion="latest"
    ).json()
    flavor = admin.compute.create_flavor(
        name="larger", vcpus=2, ram=640, disk=1
    )
    admin.compute.create_flavor_extra_specs(flavor, {"resources:VCPU": "1"})
    (guest,) = images.named(admin.image, images.GUEST)
    folder = tmp_path_factory.mktemp("images")
    other = create_image(admin, "lifecycle-other", folder, **OTHER_IMAGE)
    walk = Walk(
        settings=cloud,
        user=user,
        microversion=catalogue["microversion"],
        image_id=guest["id"],
        other_image_id=other.id,
        network_id=user.network.find_network(accounts.NETWORK_NAME).id,
        larger_flavor_id=flavor.id,
    )
    walk.server_id = walk.boot(guest["id"], **{KEY: OVERRIDES})
    yield walk
    user.delete_server(walk.server_id, wait=True)
    admin.delete_image(other.id)
    admin.compute.delete_flavor(flavor)


def _nothing(_walk: Walk) -> None:
    """Only boot."""


def _soft_reboot(walk: Walk) -> None:
    """The guest's agent powers off; Nova keeps the domain's description."""
    # It reports once its agent is there.
    walk.guest()
    described_at = walk.described_at()
    walk.act("reboot", {"type": "SOFT"}, then="ACTIVE")
    assert walk.described_at() == described_at


def _hard_reboot(walk: Walk) -> None:
    """Nova describes the domain anew."""
    described_at = walk.described_at()
    walk.act("reboot", {"type": "HARD"}, then="ACTIVE")
    assert walk.described_at() != described_at


def _stop_and_start(walk: Walk) -> None:
    walk.act("os-stop", then="SHUTOFF")
    walk.act("os-start", then="ACTIVE")


def _resize(walk: Walk) -> None:
    walk.act(
        "resize", {"flavorRef": walk.larger_flavor_id}, then="VERIFY_RESIZE"
    )
    walk.act("confirmResize", then="ACTIVE")


def _shelve_and_unshelve(walk: Walk) -> None:
    walk.act("shelve", then="SHELVED_OFFLOADED")
    walk.act("unshelve", then="ACTIVE")


def _rescue_and_unrescue(walk: Walk) -> None:
    """Nova writes a rescued guest's command line itself."""
    walk.act("rescue", {}, then="RESCUE")
    rescued = seen(walk.guest())
    line = "os_command_line"
    assert {**rescued, line: walk.expected[line]} == walk.expected
    walk.act("unrescue", then="ACTIVE")


def _rebuild_from_same_image(walk: Walk) -> None:
    walk.act("rebuild", {"imageRef": walk.image_id}, then="ACTIVE")


def _rebuild_from_another_image(walk: Walk) -> None:
    walk.act("rebuild", {"imageRef": walk.other_image_id}, then="ACTIVE")
    theirs = {"hw_input_bus": OTHER_IMAGE["hw_input_bus"]}
    walk.expected = {**walk.expected, **theirs}


OPERATIONS: dict[str, Callable[[Walk], None]] = {
    "boot": _nothing,
    "soft reboot": _soft_reboot,
    "hard reboot": _hard_reboot,
    "stop, start": _stop_and_start,
    "resize, confirm": _resize,
    "shelve, unshelve": _shelve_and_unshelve,
    "rescue, unrescue": _rescue_and_unrescue,
    "rebuild, same image": _rebuild_from_same_image,
    "rebuild, another image": _rebuild_from_another_image,
}


@pytest.mark.parametrize("operate", OPERATIONS.values(), ids=OPERATIONS)
def test_overrides_hold(walk: Walk, operate: Callable[[Walk], None]) -> None:
    """The guest, libvirt and the API say the same as after its boot."""
    operate(walk)
    assert seen(walk.guest()) == walk.expected
    assert walk.record() == OVERRIDES


def test_boot_from_a_snapshot(walk: Walk) -> None:
    """The guest of a snapshot has what the server has, without overrides."""
    answer = walk.user.compute.post(
        f"/servers/{walk.server_id}/action",
        json={"createImage": {"name": "lifecycle"}},
        microversion=walk.microversion,
    )
    image = answer.json()["image_id"]
    walk.wait_for("ACTIVE")
    server_id = walk.boot(image)
    try:
        assert seen(walk.guest(server_id)) == walk.expected
    finally:
        walk.user.delete_server(server_id, wait=True)
        walk.user.delete_image(image)
