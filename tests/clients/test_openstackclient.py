# SPDX-License-Identifier: Apache-2.0
"""``openstack server create --image-prop-override`` and ``server show``."""

from __future__ import annotations

import json

import pytest

from tests.clients.conftest import Shell
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)

Requests = list[tuple[str, str]]


@pytest.fixture
def create(nova: NovaInProcess) -> list[str]:
    """Return the words that create a server, but for its overrides."""
    # The image by its id in a block device: the harness has no Glance API
    # in which the client could look for it.
    device = f"uuid={IMAGE},source_type=image,destination_type=volume"
    return [
        *("server", "create", "overridden", "--flavor", nova.flavor),
        *(
            "--nic",
            "none",
            "--block-device",
            f"{device},boot_index=0,volume_size=1",
        ),
    ]


def test_create(
    openstack: Shell,
    create: list[str],
    nova: NovaInProcess,
    compute_requests: Requests,
) -> None:
    """The overrides reach Nova, and the answer shows them."""
    outcome = openstack(
        *create,
        "--image-prop-override=hw_numa_nodes=1",
        "--image-prop-override",
        "hw_disk_bus=scsi",
        "--format=json",
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    server = json.loads(outcome.stdout)
    overrides = {"hw_disk_bus": "scsi", "hw_numa_nodes": "1"}
    assert server["image_props_override"] == overrides
    (shown,) = nova.api.get_servers(detail=True)
    assert shown["image_props_override"] == overrides
    assert ("POST /v2.1/servers", OURS) in compute_requests


def test_create_without_overrides(
    openstack: Shell, create: list[str], compute_requests: Requests
) -> None:
    """Without the option the request is openstackclient's own."""
    outcome = openstack(*create, "--format=json")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert json.loads(outcome.stdout)["image_props_override"] == {}
    (version,) = (v for r, v in compute_requests if r == "POST /v2.1/servers")
    assert version not in ("", OURS)


@pytest.mark.parametrize("by", ["id", "name"])
def test_show(openstack: Shell, nova: NovaInProcess, by: str) -> None:
    """A server is shown with its overrides, however it is named."""
    server = nova.boot({"hw_numa_nodes": "1", "hw_disk_bus": "scsi"})
    outcome = openstack("server", "show", server[by], "--format=json")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert json.loads(outcome.stdout)["image_props_override"] == {
        "hw_disk_bus": "scsi",
        "hw_numa_nodes": "1",
    }


def test_show_one_column(openstack: Shell, nova: NovaInProcess) -> None:
    """The field can be chosen like any other."""
    server = nova.boot({"hw_numa_nodes": "1"})
    outcome = openstack(
        *("server", "show", server["id"], "--format=value"),
        *("--column", "image_props_override"),
    )
    assert outcome.stderr == ""
    assert outcome.stdout == "{'hw_numa_nodes': '1'}\n"


def test_show_at_an_older_microversion(
    openstack: Shell, nova: NovaInProcess, compute_requests: Requests
) -> None:
    """Who asks for an older answer gets it, without the field."""
    server = nova.boot({"hw_numa_nodes": "1"})
    outcome = openstack(
        f"--os-compute-api-version={NOVAS_LAST}",
        *("server", "show", server["id"], "--format=json"),
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "image_props_override" not in json.loads(outcome.stdout)
    assert (f"GET /v2.1/servers/{server['id']}", OURS) not in compute_requests


def test_create_at_an_older_microversion(
    openstack: Shell, create: list[str], nova: NovaInProcess
) -> None:
    """The option with an older version says which version it needs."""
    outcome = openstack(
        f"--os-compute-api-version={NOVAS_LAST}",
        *create,
        "--image-prop-override=hw_numa_nodes=1",
    )
    assert outcome.status == 1
    assert f"--os-compute-api-version {OURS} or greater" in outcome.stderr
    assert nova.api.get_servers(detail=False) == []


def test_refusal_is_shown_whole(openstack: Shell, create: list[str]) -> None:
    """The API's message, with all problems, reaches the user."""
    outcome = openstack(
        *create,
        "--image-prop-override=hw_disk_bus=virtoi",
        "--image-prop-override=hw_numa_nodes=two",
    )
    assert outcome.status == 1
    assert "Did you mean 'virtio'?" in outcome.stderr
    assert "'two' is no integer" in outcome.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--image-prop-override"], "expected one argument"),
        (["--image-prop-override", "hw_disk_bus"], "expected KEY=VALUE"),
        (["--image-prop-override", "=ide"], "expected KEY=VALUE"),
        (
            [
                *("--image-prop-override", "hw_disk_bus=ide"),
                *("--image-prop-override", "hw_disk_bus=scsi"),
            ],
            "hw_disk_bus is given twice",
        ),
    ],
    ids=["nothing", "no value", "no key", "twice"],
)
def test_bad_arguments(
    openstack: Shell,
    create: list[str],
    words: list[str],
    told: str,
    compute_requests: Requests,
) -> None:
    """A bad argument is told before anything is sent."""
    outcome = openstack(*create, *words)
    assert outcome.status == 2
    assert told in outcome.stderr
    assert compute_requests == []


def test_values_with_equal_signs(
    openstack: Shell, create: list[str], nova: NovaInProcess
) -> None:
    """Only the first equal sign separates key and value."""
    outcome = openstack(*create, "--image-prop-override=os_distro=a=b c=d")
    assert (outcome.status, outcome.stderr) == (0, "")
    (shown,) = nova.api.get_servers(detail=True)
    assert shown["image_props_override"] == {"os_distro": "a=b c=d"}


def test_abbreviation_keeps_its_meaning(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """``--image-prop`` still means ``--image-property``.

    The image is then chosen by a property, for which Glance is asked; the
    harness has none, and that is how far the command gets.
    """
    outcome = openstack(
        *("server", "create", "x", "--flavor", nova.flavor, "--nic", "none"),
        *("--image-prop", "hw_disk_bus=ide"),
    )
    assert "ambiguous" not in outcome.stderr
    assert "--image-prop-override" not in outcome.stderr
    assert outcome.status == 1


def test_cloud_without_the_feature(
    openstack: Shell, create: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option on a cloud without the feature says so."""
    monkeypatch.setattr(
        "image_props_override.clients.compute_requests.CATALOGUE_PATH",
        "/os-no-such-path",
    )
    outcome = openstack(*create, "--image-prop-override=hw_disk_bus=ide")
    assert outcome.status == 1
    assert "does not offer image_props_override" in outcome.stderr


def test_help(openstack: Shell) -> None:
    """The option is in the command's help."""
    outcome = openstack("server", "create", "--help")
    assert "--image-prop-override <key=value>" in outcome.stdout
