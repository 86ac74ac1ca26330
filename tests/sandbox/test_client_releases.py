# SPDX-License-Identifier: Apache-2.0
"""Two releases of each client, as processes, against a cloud over HTTP.

The cloud is this checkout's, or with RELEASE=2024.1 that release's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import accounts, images
from sandbox import cloud as sandbox_cloud
from sandbox.demo import boot
from sandbox.settings import Settings
from tests import PROJECT
from tests.sandbox.conftest import cloud_of_release

# By whose constraints they are installed, in folders of their own.
RELEASES = {
    "clients of 2026.2": "constraints/nova-34.txt",
    "clients of 2024.1": "constraints/nova-29.txt",
}
CLIENTS = ("python-openstackclient", "python-novaclient", "openstacksdk")

NAME = "of-a-release"
OVERRIDES = {"hw_vif_model": "e1000", "hw_video_model": None}
OPTIONS = [
    *("--image-prop-override", "hw_vif_model=e1000"),
    *("--no-image-prop-override", "hw_video_model"),
]

# Says that it is the last of its kind, each time.
DEPRECATED = "nova CLI is deprecated and will be removed in a future release"

SDK_SCRIPT = """
import json
import sys

import openstack
from image_props_override.clients import sdk

name, image, flavor = sys.argv[1:]
connection = openstack.connect()
sdk.enable(connection)
compute = connection.compute
image = connection.image.find_image(image, ignore_missing=False).id
flavor = compute.find_flavor(flavor, ignore_missing=False).id
overrides = {"hw_vif_model": "e1000", "hw_video_model": None}
told = {
    "catalogue": [p.name for p in compute.overridable_image_properties()],
    "preview": compute.preview_image_props_override(
        flavor, image=image, image_props_override=overrides
    ).is_bootable,
}
server = compute.create_server(
    name=name,
    image_id=image,
    flavor_id=flavor,
    networks="none",
    image_props_override=overrides,
)
server = compute.wait_for_server(server, interval=0.5)
told["created"] = server.image_props_override
told["listed"] = {s.name: s.image_props_override for s in compute.servers()}
told["rebuilt"] = compute.rebuild_server(
    server, image=image, image_props_override={}
).image_props_override
try:
    compute.create_server(image_props_override={"hw_vif_modl": "e1000"})
except openstack.exceptions.BadRequestException as error:
    told["refusal"] = str(error)
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Release:
    """The clients of one kind of user.

    Attributes:
        programs: Folder of the executables.
        cloud: Whose user demo it is.
    """

    programs: Path
    cloud: Settings

    def run(self, program: str, *words: str) -> tuple[int, str, str]:
        """Return status, standard output and standard error."""
        result = subprocess.run(
            [self.programs / program, *words],
            env={**os.environ, **self.cloud.client_environment(boot.USER)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        stderr = "".join(
            line
            for line in result.stderr.splitlines(keepends=True)
            if line.strip() != DEPRECATED
        )
        return result.returncode, result.stdout, stderr

    def output_of(self, program: str, *words: str) -> str:
        """Return the output of a command that has nothing to complain of."""
        status, stdout, stderr = self.run(program, *words)
        assert (status, stderr) == (0, "")
        return stdout

    def openstack(self, *words: str) -> Any:
        """Return what ``openstack`` says in JSON."""
        return json.loads(self.output_of("openstack", *words, "-f", "json"))


@pytest.fixture(scope="module", params=RELEASES)
def programs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Folder of the clients' executables; our package is there, no Nova."""
    folder = tmp_path_factory.mktemp(request.param) / "venv"
    python = folder / "bin" / "python"
    packages = [*CLIENTS, "-c", RELEASES[request.param]]
    for words in (
        ["venv", "--python", sys.executable, str(folder)],
        ["pip", "install", "--python", str(python), *packages],
        ["pip", "install", "--python", str(python), "--no-deps", "."],
    ):
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "--quiet", *words], cwd=PROJECT, check=True)
    return python.parent


@pytest.fixture(scope="module")
def clients_cloud(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """A cloud on Nova's fake driver, of the release that RELEASE names."""
    if release := os.environ.get("RELEASE"):
        with cloud_of_release(release, virt="fake", first_port=32000) as cloud:
            yield cloud
    else:
        yield sandbox_cloud.up(request.getfixturevalue("fake_cloud"))


@pytest.fixture
def release(programs: Path, clients_cloud: Settings) -> Iterator[Release]:
    """The clients, whose servers are deleted afterwards."""
    yield Release(programs, clients_cloud)
    boot.delete_servers(clients_cloud, {NAME})


def test_openstackclient(release: Release) -> None:
    """``openstack`` creates, shows, rebuilds, lists and previews."""
    created = release.openstack(
        *("server", "create", "--image", images.GUEST, "--flavor", "tiny"),
        *("--network", accounts.NETWORK_NAME, *OPTIONS, NAME),
    )
    assert created["image_props_override"] == OVERRIDES
    boot.wait_for_server(release.cloud, NAME)
    # On Nova 29 it says, too, what it cannot tell.
    status, stdout, _ = release.run(
        *("openstack", "server", "image", "property", "list", NAME),
        *("-f", "json"),
    )
    assert status == 0
    properties = {
        each["Property"]: each["Origin"] for each in json.loads(stdout)
    }
    assert properties["hw_vif_model"] == "override"
    assert properties["hw_video_model"] == "removed"
    release.openstack(
        *("server", "rebuild", "--image", images.GUEST),
        *("--image-prop-override", "hw_video_model=cirrus", NAME),
    )
    shown = release.openstack("server", "show", NAME)
    assert shown["image_props_override"] == {"hw_video_model": "cirrus"}
    # openstackclient 6 and 7 complain of any such version.
    status, stdout, _ = release.run(
        *("openstack", "--os-compute-api-version=2.90"),
        *("server", "show", NAME, "-f", "json"),
    )
    assert status == 0
    assert "image_props_override" not in json.loads(stdout)
    (listed,) = release.openstack(
        *("image", "property", "override", "list", "--name", "hw_vif_model"),
    )
    assert "e1000" in listed["Legal Values"]
    preview = release.openstack(
        *("image", "property", "override", "preview", "--flavor", "tiny"),
        *("--image", images.GUEST, *OPTIONS),
    )
    assert preview["bootable"] is True
    status, stdout, stderr = release.run(
        *("openstack", "server", "create", "--image", images.GUEST),
        *("--flavor", "tiny", "--network", accounts.NETWORK_NAME),
        *("--image-prop-override", "hw_vif_modl=e1000", "not-created"),
    )
    assert (status, stdout) == (1, "")
    assert "did you mean 'hw_vif_model'?" in stderr


def test_change_by_openstackclient(release: Release) -> None:
    """``openstack`` changes a stopped server, its name along with it."""
    renamed = f"{NAME}-renamed"
    create = ("server", "create", "--image", images.GUEST, "--flavor", "tiny")
    network = ("--network", accounts.NETWORK_NAME)
    server = release.openstack(*create, *network, *OPTIONS, NAME)["id"]
    boot.wait_for_server(release.cloud, NAME)
    _stop(release, server)
    drop = ("--image-prop-override", "hw_vif_model")
    for command in (
        ("set", "--name", renamed, "--image-prop-override", "hw_pmu=false"),
        ("unset", *drop),
        ("set", "--name", NAME),
    ):
        assert release.output_of("openstack", "server", *command, server) == ""
    shown = release.openstack("server", "show", server)
    assert shown["name"] == NAME
    assert shown["image_props_override"] == {
        "hw_pmu": "false",
        "hw_video_model": None,
    }


def _stop(release: Release, server: str) -> None:
    compute = accounts.connect(release.cloud, boot.USER).compute
    compute.stop_server(server)
    compute.wait_for_server(
        compute.get_server(server), status="SHUTOFF", wait=120
    )


def test_novaclient(release: Release) -> None:
    """``nova`` boots, shows and rebuilds."""
    booted = release.output_of(
        *("nova", "boot", "--image", images.GUEST, "--flavor", "tiny"),
        *("--nic", "none", *OPTIONS, NAME),
    )
    assert _overrides_in(booted) == OVERRIDES
    boot.wait_for_server(release.cloud, NAME)
    assert _overrides_in(release.output_of("nova", "show", NAME)) == OVERRIDES
    rebuilt = release.output_of(
        *("nova", "rebuild", "--image-prop-override", "hw_vif_model=virtio"),
        *(NAME, images.GUEST),
    )
    assert _overrides_in(rebuilt) == {"hw_vif_model": "virtio"}
    server = boot.wait_for_server(release.cloud, NAME)
    _stop(release, server)
    update = ("nova", "update", "--image-prop-override", "hw_pmu=false", NAME)
    assert release.output_of(*update) == ""
    assert _overrides_in(release.output_of("nova", "show", NAME)) == {
        "hw_pmu": "false",
        "hw_vif_model": "virtio",
    }
    status, stdout, stderr = release.run(
        *("nova", "boot", "--image", images.GUEST, "--flavor", "tiny"),
        *("--image-prop-override", "hw_vif_modl=e1000", "not-created"),
    )
    assert (status, stdout) == (1, "")
    assert "did you mean 'hw_vif_model'?" in stderr


def test_openstacksdk(release: Release) -> None:
    """The SDK creates, reads, rebuilds, lists and previews."""
    script = ("-c", SDK_SCRIPT, NAME, images.GUEST, "tiny")
    told = json.loads(release.output_of("python", *script))
    assert told["created"] == told["listed"][NAME] == OVERRIDES
    assert told["rebuilt"] == {}
    assert told["preview"] is True
    assert "hw_vif_model" in told["catalogue"]
    assert "did you mean 'hw_vif_model'?" in told["refusal"]


def _overrides_in(table: str) -> Any:
    """Return the overrides that a table of ``nova`` shows."""
    (cell,) = (
        line.split("|")[2]
        for line in table.splitlines()
        if line.startswith("| image_props_override ")
    )
    return json.loads(cell)
