# SPDX-License-Identifier: Apache-2.0
"""What the ``openstack server`` commands do on clouds of all kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import ComputeRequests, Shell, shown
from tests.clients.forbidden_catalogue import forbidden_catalogue
from tests.functional.nova_in_process import NOVAS_LAST, OURS, NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

OVERRIDES = {"hw_disk_bus": "scsi", "hw_numa_nodes": "1"}
CATALOGUE = "GET /v2.1/os-image-props-override"


def test_older_microversion(
    openstack: Shell,
    create: list[str],
    nova: NovaInProcess,
    compute_requests: ComputeRequests,
) -> None:
    """Who asks for an older answer gets it; the options need the newer."""
    server = nova.boot(OVERRIDES)
    older = f"--os-compute-api-version={NOVAS_LAST}"
    row = shown(openstack(older, "server", "show", "overridden", "-f", "json"))
    assert "image_props_override" not in row
    assert (f"GET /v2.1/servers/{server['id']}", OURS) not in compute_requests

    for words, needed_by in (
        (
            [*create, "--image-prop-override=hw_numa_nodes=1"],
            "the --image-prop-override option",
        ),
        (
            ["server", "rebuild", "overridden", "--no-image-prop-overrides"],
            "the --no-image-prop-overrides option",
        ),
        (
            ["server", "list", "-c", "image_props_override"],
            "column 'Image Props Override'",
        ),
    ):
        compute_requests.clear()
        outcome = openstack(older, *words)
        assert outcome.status == 1
        assert outcome.stderr == (
            f"--os-compute-api-version {OURS} or greater is required to "
            f"support {needed_by}\n"
        )
        assert {path.split()[0] for path, _ in compute_requests} == {"GET"}


def test_newest_microversion(openstack: Shell, nova: NovaInProcess) -> None:
    """The feature's own microversion can be chosen, too."""
    nova.boot(OVERRIDES)
    words = ("server", "show", "overridden", "-f", "json")
    row = shown(openstack(f"--os-compute-api-version={OURS}", *words))
    assert row["image_props_override"] == OVERRIDES


def test_cloud_without_the_feature(
    openstack: Shell,
    create: list[str],
    nova: NovaInProcess,
    stock_nova: None,
) -> None:
    """There the commands work as ever, and the options say what is missing."""
    del stock_nova
    row = shown(openstack(*create, "--format=json"))
    assert "image_props_override" not in row
    words = ("server", "show", "overridden", "-f", "json")
    assert "image_props_override" not in shown(openstack(*words))
    for command, option in (
        (create, "--image-prop-override=hw_disk_bus=ide"),
        (["server", "rebuild", "x"], "--no-image-prop-override=hw_disk_bus"),
    ):
        outcome = openstack(*command, option)
        assert outcome.status == 1
        assert outcome.stderr == (
            f"the {option.partition('=')[0]} option: the compute service of "
            "this cloud does not offer "
            "image_props_override (nova-image-props-override is not "
            "installed there)\n"
        )
    assert len(nova.api.get_servers(detail=False)) == 1


@pytest.fixture
def cloud_of_sdk(
    identity_and_glance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return the option for a cloud whose connections know overrides."""
    path = tmp_path / "clouds.yaml"
    hook = "vendor_hook: image_props_override.clients.sdk:enable"
    auth = f"auth: {{auth_url: {identity_and_glance}}}"
    path.write_text(f"clouds:\n  enabled:\n    {hook}\n    {auth}\n")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    return "--os-cloud=enabled"


def test_sdk_that_knows_overrides(
    openstack: Shell, nova: NovaInProcess, cloud_of_sdk: str
) -> None:
    """With our ``vendor_hook`` in clouds.yaml servers are shown the same."""
    nova.boot(OVERRIDES)
    words = (cloud_of_sdk, "server", "show", "overridden", "-f", "json")
    assert shown(openstack(*words))["image_props_override"] == OVERRIDES
    older = f"--os-compute-api-version={NOVAS_LAST}"
    assert "image_props_override" not in shown(openstack(older, *words))


@pytest.mark.usefixtures("stock_nova")
def test_sdk_that_knows_overrides_without_the_feature(
    openstack: Shell, create: list[str], cloud_of_sdk: str
) -> None:
    """With our ``vendor_hook``, too, there is no such field there."""
    row = shown(openstack(cloud_of_sdk, *create, "-f", "json"))
    assert "image_props_override" not in row
    row = shown(openstack(cloud_of_sdk, "server", "show", row["id"], "-fjson"))
    assert "image_props_override" not in row


def test_catalogue_forbidden(
    openstack: Shell, create: list[str], nova: NovaInProcess
) -> None:
    """Who does not use the options is not bothered; others are told why."""
    with forbidden_catalogue(nova):
        row = shown(openstack(*create, "--format=json"))
        assert "image_props_override" not in row
        row = shown(openstack("server", "show", "overridden", "-f", "json"))
        assert "image_props_override" not in row
        outcome = openstack(*create, "--image-prop-override=hw_disk_bus=ide")
    assert outcome.status == 1
    assert outcome.stderr == (
        "the --image-prop-override option: the compute service answers 403 "
        "to GET /os-image-props-override: Policy doesn't allow "
        "os_compute_api:os-image-props-override:list to be performed.\n"
    )


def test_catalogue_out_of_order(
    openstack: Shell,
    create: list[str],
    nova: NovaInProcess,
    compute_requests: ComputeRequests,
) -> None:
    """A server is shown without the field, and why; options are refused."""
    nova.boot(OVERRIDES)
    ours = compute_requests.application

    def without_catalogue(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].endswith("/os-image-props-override"):
            start_response("503 Service Unavailable", [])
            return [b"closed"]
        return ours(environ, start_response)

    compute_requests.application = without_catalogue
    outcome = openstack("server", "show", "overridden", "-f", "json")
    assert outcome.status == 0
    assert "image_props_override" not in json.loads(outcome.stdout)
    assert "Cannot read image_props_override of servers" in outcome.stderr
    assert "503" in outcome.stderr
    outcome = openstack(*create, "--image-prop-override=hw_disk_bus=ide")
    assert outcome.status == 1
    assert outcome.stderr.startswith("the --image-prop-override option: ")
    assert "503" in outcome.stderr
