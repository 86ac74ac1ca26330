# SPDX-License-Identifier: Apache-2.0
"""Real guests with what Nova reads beside the fields of ImageMetaProps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from image_props_override.tempest_plugin.guest.domain import running_domain
from sandbox import accounts, images
from sandbox.settings import Settings
from tests.sandbox.guest_server import GuestServer

KEY = "image_props_override"
PATIENT_SECONDS = 20


@pytest.fixture
def servers(cloud: Settings) -> Iterator[list[GuestServer]]:
    """Servers of a test, which are deleted after it."""
    del cloud
    booted: list[GuestServer] = []
    yield booted
    for server in booted:
        server.delete()


def test_shutdown_timeout(cloud: Settings, servers: list[GuestServer]) -> None:
    """A guest that ignores its power button is ended after that time.

    Both guests do; nova.conf says what they would have without overrides.
    """
    seconds = {}
    for timeout in ("1", str(PATIENT_SECONDS)):
        server = GuestServer(
            cloud,
            f"shutdown-{timeout}",
            {"os_shutdown_timeout": timeout},
        )
        servers.append(server)
        server.guest()
        since = time.monotonic()
        server.act("os-stop", then="SHUTOFF")
        seconds[timeout] = time.monotonic() - since
    patient = seconds[str(PATIENT_SECONDS)]
    assert patient >= PATIENT_SECONDS
    # Without the override both would take as long.
    assert patient - seconds["1"] > PATIENT_SECONDS / 2


def test_kernel_of_ones_own(
    cloud: Settings, servers: list[GuestServer]
) -> None:
    """A disk image boots a kernel and a line of this one server."""
    admin = accounts.connect(cloud)
    (guest,) = images.named(admin.image, images.GUEST)
    (disk,) = [
        admin.create_image(
            "bare-disk",
            data=b"\0" * 1024 * 1024,
            disk_format="raw",
            container_format="bare",
            visibility="public",
            wait=True,
        )
    ]
    try:
        overrides: dict[str, Any] = {
            "kernel_id": guest["kernel_id"],
            "ramdisk_id": guest["ramdisk_id"],
            "os_command_line": "console=ttyS0 quiet owner=kernel",
        }
        server = GuestServer(cloud, "own-kernel", overrides, image=disk.id)
        servers.append(server)
        assert "owner=kernel" in server.guest().report.command_line
        assert server.shown()[KEY] == dict(sorted(overrides.items()))
    finally:
        admin.delete_image(disk.id)


def test_no_kernel(cloud: Settings, servers: list[GuestServer]) -> None:
    """The guest of a kernel image is started without one."""
    removed = {"kernel_id": None, "ramdisk_id": None}
    server = GuestServer(cloud, "no-kernel", removed)
    servers.append(server)
    domain = running_domain(cloud.libvirt_uri, server.server_id)
    assert domain.root.find("os/kernel") is None
    assert domain.root.find("os/cmdline") is None
