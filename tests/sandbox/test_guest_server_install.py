# SPDX-License-Identifier: Apache-2.0
"""``openstack server install`` on real guests: many at once, interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import accounts, images
from sandbox.demo import boot
from sandbox.errors import SandboxError
from sandbox.processes import wait_until
from sandbox.settings import Settings
from tests.sandbox import lacking
from tests.sandbox.api_requests import ApiRequests
from tests.sandbox.guest_console import BUSY_MACHINE_SECONDS
from tests.sandbox.test_guest_os_installer import assert_runs_from_disk

MANY = tuple(f"os-installer-at-once-{number}" for number in range(4))
REBOOTING = "os-installer-reboots"


@pytest.fixture
def cloud_with_installer(cloud: Settings) -> Iterator[Settings]:
    """A cloud with the images, from which the servers are deleted."""
    glance = accounts.connect(cloud, boot.USER).image
    try:
        for name in images.OS_INSTALLER_IMAGES:
            images.id_of(glance, name)
    except SandboxError as why:
        lacking.skip_but_fail_in_ci(str(why))
    yield cloud
    boot.delete_servers(cloud, (*MANY, REBOOTING))


def install_words(name: str, line: str) -> list[str]:
    """Return the arguments that begin an installation."""
    return [
        *("--kernel", images.OS_INSTALLER_KERNEL),
        *("--ramdisk", images.OS_INSTALLER_RAMDISK),
        *("--append", f"console=ttyS0 quiet hostname={name}{line}"),
        *("--image", images.BLANK, "--flavor", "tiny"),
        *("--network", accounts.NETWORK_NAME),
        name,
    ]


class Installation:
    """A running ``openstack server install`` of user demo."""

    def __init__(self, cloud: Settings, folder: Path, *words: str) -> None:
        """Start it.

        Args:
            cloud: Where.
            folder: Takes what it writes.
            *words: Its arguments.
        """
        self._stdout = folder / f"{words[-1]}-stdout"
        self._stderr = folder / f"{words[-1]}-stderr"
        timeout = f"--timeout={BUSY_MACHINE_SECONDS}"
        with self._stdout.open("wb") as out, self._stderr.open("wb") as err:
            self._process = subprocess.Popen(
                [
                    # A shell in the background has its children ignore it.
                    *("env", "--default-signal=INT"),
                    *("openstack", "server", "install"),
                    *("-f", "json", timeout, *words),
                ],
                env={**os.environ, **cloud.client_environment(boot.USER)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def stderr(self) -> str:
        """Return what it has written to standard error so far."""
        return self._stderr.read_text(errors="replace").replace("\r", "")

    def interrupt_at(self, words: str) -> None:
        """Send it what Ctrl-C sends as soon as it has written something."""
        wait_until(
            lambda: words in self.stderr() or self._process.poll() is not None,
            deadline_seconds=BUSY_MACHINE_SECONDS,
            what=f"{words!r} from openstack server install",
        )
        self._process.send_signal(signal.SIGINT)

    def status(self) -> int:
        """Return its exit status when it has ended."""
        return self._process.wait(BUSY_MACHINE_SECONDS)

    def server_id(self) -> str:
        """Return the id of the server that it has installed."""
        assert self.status() == 0, self.stderr()
        server = json.loads(self._stdout.read_text())
        assert (server["status"], server["image_props_override"]) == (
            "ACTIVE",
            {},
        )
        return str(server["id"])

    def end(self) -> None:
        """End it where it still runs."""
        self._process.kill()
        self._process.wait()


def test_four_at_once_from_two_images(
    cloud_with_installer: Settings, tmp_path: Path
) -> None:
    """Each has its own name, and nobody uploads or asks as an admin."""
    cloud = cloud_with_installer
    admin = accounts.connect(cloud)
    users = {
        name: accounts.connect(cloud, name).current_user_id
        for name in ("admin", boot.USER)
    }
    requests = ApiRequests(cloud)
    installations = [
        Installation(cloud, tmp_path, "-q", *install_words(name, ""))
        for name in MANY
    ]
    try:
        server_ids = [each.server_id() for each in installations]
    finally:
        for each in installations:
            each.end()
    assert [each.stderr() for each in installations] == [""] * len(MANY)
    seen = requests.seen()
    for server_id, name in zip(server_ids, MANY, strict=True):
        assert_runs_from_disk(cloud, server_id, name)

    sent = Counter((each.service, each.user) for each in seen)
    assert not [each for each in seen if each.is_upload]
    assert not [each for each in seen if each.user == users["admin"]], sent
    creates = [
        each.user
        for each in seen
        if each.service == "nova"
        and (each.method, each.path) == ("POST", "/v2.1/servers")
    ]
    assert creates == [users[boot.USER]] * len(MANY)
    assert sent["glance", users[boot.USER]]
    # What was not there would have been seen.
    requests = ApiRequests(cloud)
    image = admin.image.create_image(
        "uploaded", data=b"x", disk_format="raw", container_format="bare"
    )
    admin.compute.get("/servers")
    admin.image.delete_image(image)
    seen = requests.seen()
    assert [each.method for each in seen if each.is_upload] == ["POST", "PUT"]
    assert {each.service for each in seen if each.user == users["admin"]} == {
        "glance",
        "nova",
    }


def test_interrupted_and_ended_by_a_reboot(
    cloud_with_installer: Settings, tmp_path: Path
) -> None:
    """The console is shown; run again, it goes on; the reboot is the end."""
    cloud = cloud_with_installer
    first = Installation(cloud, tmp_path, *install_words(REBOOTING, " reboot"))
    try:
        first.interrupt_at("\ninstaller: kernel command line: ")
        assert first.status() == 1
        shown = first.stderr()
    finally:
        first.end()
    assert shown.startswith(f"* creating server {REBOOTING}\n* waiting until ")
    assert f" hostname={REBOOTING} reboot\n" in shown
    assert shown.endswith(
        "interrupted\nThe command stopped waiting. To continue the "
        f"installation: openstack server install {REBOOTING}\n"
    )
    again = Installation(cloud, tmp_path, REBOOTING)
    try:
        server_id = again.server_id()
    finally:
        again.end()
    steps = [
        line.split()[1]
        for line in again.stderr().splitlines()
        if line.startswith("* ")
    ]
    assert steps == ["waiting", "removing", "starting"]
    assert_runs_from_disk(cloud, server_id, REBOOTING)
