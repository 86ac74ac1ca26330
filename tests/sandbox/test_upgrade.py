# SPDX-License-Identifier: Apache-2.0
"""Nova is upgraded under servers with overrides: real guests keep them.

In an environment of its own that takes minutes to install, so it is run by
``make test-upgrade`` alone, which sets UPGRADE_FROM.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import accounts, images
from sandbox.configuration import database_url
from sandbox.settings import Settings
from tests import PROJECT
from tests.sandbox.conftest import free_port_base, run_sandbox
from tests.sandbox.test_guest_lifecycle import (
    EXPECTED,
    KEY,
    OVERRIDES,
    Walk,
    seen,
)

CONSTRAINTS = PROJECT / "constraints"
MIGRATIONS = (
    ("keystone-manage", "keystone/keystone.conf", "db_sync"),
    ("glance-manage", "glance/glance-api.conf", "db_sync"),
    ("placement-manage", "placement/placement.conf", "db", "sync"),
    ("nova-manage", "nova/nova.conf", "api_db", "sync"),
    ("nova-manage", "nova/nova.conf", "db", "sync"),
)


class Deployment:
    """A cloud, and the Python environment that it runs from."""

    def __init__(self, release: str, folder: Path, port_base: int) -> None:
        """Install the release, with the package beside its Nova."""
        self.asked = Settings(folder / "cloud", port_base)
        self._python = folder / "venv" / "bin" / "python"
        self._uv("venv", "--python", sys.executable, str(folder / "venv"))
        self._install(release)

    def _install(self, release: str) -> None:
        (pins,) = (
            path
            for path in CONSTRAINTS.glob("nova-*.txt")
            if f"(OpenStack {release})" in path.read_text()
        )
        self._uv(
            *("pip", "install", "--python", str(self._python)),
            *("-c", str(pins), "-r", "sandbox/requirements.txt"),
            *("-r", "sandbox/requirements-libvirt.txt", "--editable", "."),
        )

    def upgrade(self, release: str) -> None:
        """Install another release into the same environment.

        All of it: with what a newer Nova needs, older services beside it do
        not start.
        """
        self._install(release)
        subprocess.run(
            [
                *(self._python, "-m", "sandbox.runtime.neutron_schema"),
                database_url(self.asked, "neutron"),
            ],
            cwd=PROJECT,
            check=True,
        )
        for program, configuration, *words in MIGRATIONS:
            command = [
                str(self._python.with_name(program)),
                *("--config-file", str(self.asked.etc_dir / configuration)),
                *words,
            ]
            subprocess.run(command, check=True)

    def sandbox(self, command: str) -> Settings:
        """Run a command of the sandbox; return what the cloud runs with."""
        return run_sandbox(self._python, self.asked, command)

    def version_of_nova(self) -> str:
        """Return the version that is installed."""
        asked = "import importlib.metadata as m; print(m.version('nova'))"
        return subprocess.run(
            [self._python, "-c", asked],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    @staticmethod
    def _uv(*words: str) -> None:
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "--quiet", *words], cwd=PROJECT, check=True)


@pytest.fixture
def deployment(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """A running cloud of the release that UPGRADE_FROM names."""
    folder = tmp_path_factory.mktemp("upgrade")
    deployment = Deployment(
        os.environ["UPGRADE_FROM"], folder, free_port_base(36000)
    )
    deployment.sandbox("up")
    yield deployment
    deployment.sandbox("wipe")


def walk_in(settings: Settings) -> Walk:
    """Return what goes through operations in the cloud, without a server."""
    admin = accounts.connect(settings)
    user = accounts.connect(settings, "demo")
    catalogue = user.compute.get(
        "/os-image-props-override", microversion="latest"
    )
    larger = admin.compute.find_flavor(
        "upgrade"
    ) or admin.compute.create_flavor(name="upgrade", vcpus=2, ram=640, disk=1)
    (guest,) = images.named(admin.image, images.GUEST)
    return Walk(
        settings=settings,
        user=user,
        microversion=catalogue.json()["microversion"],
        image_id=guest["id"],
        other_image_id="",
        network_id=user.network.find_network(accounts.NETWORK_NAME).id,
        larger_flavor_id=larger.id,
    )


def test_upgrade(deployment: Deployment) -> None:
    """Record and guest are as before; rebuild and resize keep both."""
    before = walk_in(deployment.asked.in_use() or deployment.asked)
    older = deployment.version_of_nova()
    server_id = before.boot(before.image_id, **{KEY: OVERRIDES})
    before.server_id = server_id
    assert seen(before.guest()) == EXPECTED

    deployment.sandbox("down")
    deployment.upgrade("2026.2")
    after = walk_in(deployment.sandbox("up"))
    assert deployment.version_of_nova() != older
    assert after.microversion != before.microversion
    after.server_id = server_id
    after.wait_for("ACTIVE")
    assert after.record() == OVERRIDES
    assert seen(after.guest()) == EXPECTED
    after.act("rebuild", {"imageRef": after.image_id}, then="ACTIVE")
    assert after.record() == OVERRIDES
    assert seen(after.guest()) == EXPECTED
    resize = {"flavorRef": after.larger_flavor_id}
    after.act("resize", resize, then="VERIFY_RESIZE")
    after.act("confirmResize", then="ACTIVE")
    assert after.record() == OVERRIDES
    assert seen(after.guest()) == EXPECTED
    # And the newer Nova overrides for new servers.
    after.server_id = after.boot(after.image_id, **{KEY: OVERRIDES})
    assert seen(after.guest()) == EXPECTED
