# SPDX-License-Identifier: Apache-2.0
"""A real guest installs itself, boots from its own disk, and is copied."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from image_props_override.tempest_plugin.guest.domain import running_domain
from sandbox import accounts, images
from sandbox.demo import boot
from sandbox.errors import SandboxError
from sandbox.settings import Settings
from tests.sandbox import lacking
from tests.sandbox.guest_server import KEY, GuestServer

INSTALLED = "os-installer-first"
COPY = "os-installer-copy"


@pytest.fixture
def owner(cloud: Settings) -> Iterator[GuestServer]:
    """The owner of a server that runs the installer on its blank disk."""
    glance = accounts.connect(cloud, "demo").image
    try:
        overrides = {
            "kernel_id": images.id_of(glance, images.OS_INSTALLER_KERNEL),
            "ramdisk_id": images.id_of(glance, images.OS_INSTALLER_RAMDISK),
            "os_command_line": f"console=ttyS0 quiet hostname={INSTALLED}",
        }
    except SandboxError as why:
        lacking.skip_but_fail_in_ci(str(why))
    blank = images.id_of(glance, images.BLANK)
    owner = GuestServer(cloud, INSTALLED, overrides, blank)
    yield owner
    owner.delete()


def console_line(cloud: Settings, server_id: str, pattern: str) -> str:
    """Return the first line like this on a guest's console."""

    def find(console: str) -> str | None:
        found = re.search(f"^({pattern})\r?$", console, re.MULTILINE)
        return found and found[1]

    return boot.wait_for_console(cloud, server_id, find, f"a line {pattern!r}")


def assert_runs_from_disk(cloud: Settings, server_id: str, name: str) -> None:
    """The guest is called this, and its kernel is that of its own disk."""
    # The installer, should it run again, says its command line, too.
    said = console_line(cloud, server_id, r"(?:\w+: )?kernel command line: .*")
    assert said.startswith("kernel command line: BOOT_IMAGE=vmlinuz "), said
    assert "booted_by=extlinux" in said.split()
    who = console_line(cloud, server_id, "This is .*")
    assert who.startswith(f"This is {name}, running from its own disk, ")
    domain = running_domain(cloud.libvirt_uri, server_id)
    assert domain.root.find("os/kernel") is None


def test_installed_by_overrides_and_booted_without(
    owner: GuestServer,
) -> None:
    """Install, take the overrides off, start, snapshot, boot the snapshot."""
    # The installer powers off when it is done.
    owner.wait_for("SHUTOFF")
    answer = owner.change({})
    assert answer.status_code == 200, answer.text
    owner.act("os-start", then="ACTIVE")
    assert_runs_from_disk(owner.cloud, owner.server_id, INSTALLED)
    snapshot = owner.snapshot()
    try:
        assert (snapshot.kernel_id, snapshot.ramdisk_id) == (None, None)
        # Long enough for a guest on a busy machine to hear of it.
        patience = {"os_shutdown_timeout": "120"}
        copy = GuestServer(
            owner.cloud, COPY, patience, snapshot.id, config_drive=True
        )
        try:
            assert_runs_from_disk(copy.cloud, copy.server_id, COPY)
            assert copy.shown()[KEY] == patience
            copy.act("os-stop", then="SHUTOFF")
            # Nova would only have cut the power.
            console_line(copy.cloud, copy.server_id, r".*reboot: Power down")
        finally:
            copy.delete()
    finally:
        owner.delete_image(snapshot)
