# SPDX-License-Identifier: Apache-2.0
"""openstacksdk after ``enable(connection)``, against real Nova."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import PROJECT
from tests.clients.conftest import ComputeRequests
from tests.clients.forbidden_catalogue import forbidden_catalogue
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

PAGE = PROJECT / "docs" / "openstacksdk.md"
OVERRIDES = {"hw_video_model": "vga", "hw_vif_model": "e1000"}

Connect = Callable[..., Any]


@pytest.fixture
def connect(identity_and_glance: str) -> Connect:
    """Return a function that connects to the cloud as the SDK does it."""
    import openstack

    def connect(**options: Any) -> Any:
        return openstack.connect(
            auth_url=identity_and_glance,
            username="admin",
            password="any",
            project_name="demo",
            user_domain_id="default",
            project_domain_id="default",
            **options,
        )

    return connect


@pytest.fixture
def connection(connect: Connect) -> Any:
    """Return a connection that can override image properties."""
    from image_props_override.clients.sdk import enable

    connection = connect()
    enable(connection)
    return connection


@pytest.fixture
def fields(nova: NovaInProcess) -> dict[str, Any]:
    """Return what a server needs beside overrides."""
    return {
        "name": "overridden",
        "image_id": IMAGE,
        "flavor_id": nova.flavor,
        "networks": "none",
    }


def test_create(
    connection: Any, fields: dict[str, Any], compute_requests: ComputeRequests
) -> None:
    """A created server has the overrides, and tells them when it is read."""
    server = connection.compute.create_server(
        **fields, image_props_override=OVERRIDES
    )
    assert ("POST /v2.1/servers", OURS) in compute_requests
    server = connection.compute.wait_for_server(server, interval=0.1)
    assert server.image_props_override == OVERRIDES


def test_read(connection: Any, nova: NovaInProcess) -> None:
    """A server tells its overrides, however it is read."""
    overrides = {**OVERRIDES, "hw_disk_bus": None}
    server = nova.boot(overrides, imageRef=nova.image_with(hw_disk_bus="ide"))
    compute = connection.compute
    for read in (
        compute.get_server(server["id"]),
        compute.find_server(server["name"], ignore_missing=False),
        *compute.servers(),
        connection.get_server(server["name"]),
    ):
        assert read.image_props_override == overrides


def test_without_overrides(
    connection: Any, fields: dict[str, Any], compute_requests: ComputeRequests
) -> None:
    """Calls without overrides are sent as the SDK would send them."""
    compute = connection.compute
    server = compute.create_server(**fields)
    server = compute.wait_for_server(server, interval=0.1)
    assert server.image_props_override == {}
    compute.update_server(server, name="renamed")
    compute.stop_server(server)
    compute.wait_for_server(server, "SHUTOFF", interval=0.1)
    changing = [
        version
        for request, version in compute_requests
        if not request.startswith("GET")
    ]
    assert len(changing) == 3
    assert OURS not in changing


def test_chosen_microversion(
    connect: Connect,
    nova: NovaInProcess,
    fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """A connection's own microversion holds for all but the overrides."""
    from image_props_override.clients.sdk import enable

    connection = connect(compute_default_microversion=NOVAS_LAST)
    enable(connection)
    server = connection.compute.create_server(
        **fields, image_props_override=OVERRIDES
    )
    assert ("POST /v2.1/servers", OURS) in compute_requests
    read = connection.compute.get_server(server.id)
    assert read.image_props_override is None
    (shown,) = nova.api.get_servers()
    assert shown["image_props_override"] == OVERRIDES


def test_cloud_layer(
    connection: Any, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """``connection.create_server`` takes overrides, too."""
    server = connection.create_server(
        "overridden",
        image=IMAGE,
        flavor=nova.flavor,
        image_props_override=OVERRIDES,
    )
    assert server.image_props_override == OVERRIDES
    assert ("POST /v2.1/servers", OURS) in compute_requests
    other = connection.create_server("other", image=IMAGE, flavor=nova.flavor)
    assert other.image_props_override == {}


def test_threads(
    connection: Any, nova: NovaInProcess, fields: dict[str, Any]
) -> None:
    """Threads that share a connection do not get each other's overrides."""
    chosen = {
        f"server-{number}": {"os_distro": str(number)} if number % 2 else None
        for number in range(4)
    }

    def create(name: str) -> None:
        connection.compute.create_server(
            **{**fields, "name": name}, image_props_override=chosen[name]
        )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create, chosen))
    assert {
        server["name"]: server["image_props_override"] or None
        for server in nova.api.get_servers()
    } == chosen


def test_rebuild(
    connection: Any, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """A rebuild keeps what there is, takes a new set, or drops all."""
    server = nova.boot({"hw_vif_model": "e1000"})["id"]
    rebuild = connection.compute.rebuild_server
    for given, overrides in (
        ({}, {"hw_vif_model": "e1000"}),
        ({"image_props_override": OVERRIDES}, OVERRIDES),
        ({"image_props_override": {}}, {}),
    ):
        compute_requests.clear()
        rebuilt = rebuild(server, IMAGE, **given)
        connection.compute.wait_for_server(rebuilt, interval=0.1)
        read = connection.compute.get_server(server)
        assert read.image_props_override == overrides
        sent = dict(compute_requests)[f"POST /v2.1/servers/{server}/action"]
        assert (sent == OURS) == bool(given)


def test_rebuild_of_the_cloud_layer(
    connection: Any, nova: NovaInProcess
) -> None:
    """``connection.rebuild_server`` takes overrides, too."""
    server = nova.boot(OVERRIDES)["id"]
    rebuilt = connection.rebuild_server(
        server, IMAGE, image_props_override={}, wait=True
    )
    assert rebuilt.image_props_override == {}


def test_servers_of_other_connections(
    connect: Connect, connection: Any, nova: NovaInProcess
) -> None:
    """A server that another connection has read can be rebuilt, and read."""
    nova.boot(OVERRIDES)
    stock = connect()
    (server,) = stock.compute.servers()
    rebuilt = connection.compute.rebuild_server(
        server, IMAGE, image_props_override={"hw_vif_model": "virtio"}
    )
    rebuilt = connection.compute.wait_for_server(rebuilt, interval=0.1)
    assert rebuilt.image_props_override == {"hw_vif_model": "virtio"}
    rebuilt = connection.compute.rebuild_server(server, IMAGE)
    connection.compute.wait_for_server(rebuilt, interval=0.1)
    ours = connection.compute.get_server(server.id)
    assert ours.image_props_override == {"hw_vif_model": "virtio"}
    assert stock.compute.get_server(ours).status == "ACTIVE"


def test_catalogue_forbidden(
    connection: Any,
    nova: NovaInProcess,
    fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """Servers are read without overrides, and the cloud is asked once."""
    from openstack import exceptions

    compute = connection.compute
    with forbidden_catalogue(nova):
        server = compute.create_server(**fields)
        server = compute.wait_for_server(server, interval=0.1)
        assert server.image_props_override is None
        (listed,) = compute.servers()
        assert listed.image_props_override is None
        asked = [request for request, _ in compute_requests]
        assert asked.count("GET /v2.1/os-image-props-override") == 1
        with pytest.raises(exceptions.SDKException, match="doesn't allow"):
            compute.create_server(**fields, image_props_override=OVERRIDES)


def test_preview(connection: Any, nova: NovaInProcess) -> None:
    """What would become of a boot can be asked for."""
    preview = connection.compute.preview_image_props_override(
        nova.flavor,
        image=nova.image_with(hw_disk_bus="ide"),
        image_props_override={"hw_disk_bus": "scsi", "os_command_line": "x"},
    )
    assert preview.is_bootable is False
    assert [each["code"] for each in preview.problems] == ["kernel_missing"]
    (bus,) = (p for p in preview.properties if p["name"] == "hw_disk_bus")
    assert bus == {
        "name": "hw_disk_bus",
        "value": "scsi",
        "origin": "override",
        "image_value": "ide",
    }
    preview = connection.compute.preview_image_props_override(
        nova.flavor, image=IMAGE
    )
    assert preview.is_bootable is True
    assert preview.problems == []


def test_typo(
    connection: Any, fields: dict[str, Any], compute_requests: ComputeRequests
) -> None:
    """All wrong names and values are told before anything is sent."""
    from openstack import exceptions

    with pytest.raises(exceptions.BadRequestException) as refusal:
        connection.compute.create_server(
            **fields,
            image_props_override={"hw_disk_bsu": "ide", "hw_numa_nodes": "x"},
        )
    assert "did you mean 'hw_disk_bus'?" in str(refusal.value)
    assert "'x' is no integer" in str(refusal.value)
    assert "POST /v2.1/servers" not in dict(compute_requests)


def test_refusal_of_the_cloud(
    connection: Any, fields: dict[str, Any], compute_requests: ComputeRequests
) -> None:
    """What only the cloud can tell is told in its own words."""
    from openstack import exceptions

    with pytest.raises(exceptions.BadRequestException) as refusal:
        connection.compute.create_server(
            **fields, image_props_override={"os_command_line": "quiet"}
        )
    assert "[kernel_missing]" in str(refusal.value)
    assert ("POST /v2.1/servers", OURS) in compute_requests


def test_catalogue(connection: Any) -> None:
    """The properties that there are can be listed."""
    properties = {
        each.name: each
        for each in connection.compute.overridable_image_properties()
    }
    bus = properties["hw_disk_bus"]
    assert "virtio" in bus.legal_values
    assert bus.is_allowed is True
    assert properties["img_signature"].is_allowed is False
    assert "the signature in Glance" in properties["img_signature"].rule
    assert properties["hw_architecture"].legacy_aliases == ["architecture"]


@pytest.fixture
def clouds(
    identity_and_glance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clouds in ``clouds.yaml``: ``enabled`` has our line, ``mycloud``."""
    auth = f"""
    auth:
      auth_url: {identity_and_glance}
      username: admin
      password: any
      project_name: demo
      user_domain_id: default
      project_domain_id: default
"""
    hook = "vendor_hook: image_props_override.clients.sdk:enable"
    path = tmp_path / "clouds.yaml"
    path.write_text(f"clouds:\n  enabled:\n    {hook}{auth}  mycloud:{auth}")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))


@pytest.mark.usefixtures("clouds")
def test_clouds_yaml(fields: dict[str, Any]) -> None:
    """A line in ``clouds.yaml`` enables overrides for that cloud only."""
    import openstack

    enabled = openstack.connect(cloud="enabled")
    enabled.compute.create_server(**fields, image_props_override=OVERRIDES)
    (server,) = enabled.compute.servers()
    assert server.image_props_override == OVERRIDES
    (server,) = openstack.connect(cloud="mycloud").compute.servers()
    assert not hasattr(server, "image_props_override")


@pytest.mark.usefixtures("clouds")
def test_the_pages_examples(
    nova: NovaInProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """The examples of docs/openstacksdk.md work, one after the other."""
    image = nova.image_with(hw_disk_bus="ide", os_distro="debian12")
    nova.glance.images[image]["name"] = "debian"
    nova._create_flavor(name="small", vcpu=2)
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    variables: dict[str, Any] = {}
    for example in examples:
        exec(example, variables)
    printed = capsys.readouterr().out
    assert "hw_vif_model" in printed
    assert "{'hw_disk_bus': 'scsi', 'os_distro': None}" in printed
    (server,) = nova.api.get_servers()
    assert server["image_props_override"] == {}


def test_stock_sdk(
    connect: Connect, nova: NovaInProcess, fields: dict[str, Any]
) -> None:
    """Without ``enable``: what docs/openstacksdk.md says of the stock SDK."""
    stock = connect()
    stock.compute.create_server(**fields, image_props_override=OVERRIDES)
    (server,) = nova.api.get_servers()
    assert server["image_props_override"] == {}
    nova._wait_for_state_change(server, "ACTIVE")
    with pytest.raises(TypeError, match="image_props_override"):
        stock.compute.rebuild_server(
            server["id"], IMAGE, image_props_override=OVERRIDES
        )
    with pytest.raises(TypeError, match="image_props_override"):
        stock.create_server("x", image_props_override=OVERRIDES)


@pytest.mark.usefixtures("stock_nova")
def test_cloud_without_the_feature(
    connection: Any, fields: dict[str, Any]
) -> None:
    """There, overrides are refused; all else works."""
    from openstack import exceptions

    compute = connection.compute
    for call in (
        lambda: compute.create_server(
            **fields, image_props_override=OVERRIDES
        ),
        lambda: list(compute.overridable_image_properties()),
        lambda: compute.preview_image_props_override("1", image=IMAGE),
    ):
        with pytest.raises(exceptions.NotSupported, match="does not offer"):
            call()
    compute.create_server(**fields)
    (server,) = compute.servers()
    assert server.image_props_override is None
