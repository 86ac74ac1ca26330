# SPDX-License-Identifier: Apache-2.0
"""openstacksdk after ``enable(connection)``, against real Nova."""

from __future__ import annotations

import runpy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import PROJECT
from tests.clients.conftest import ComputeRequests, Connect
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

AUDITOR = PROJECT / "docs" / "examples" / "audit" / "overriding_servers.py"
OVERRIDES = {"hw_video_model": "vga", "hw_vif_model": "e1000"}


def test_create(
    connection: Any,
    server_fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """A created server has the overrides, and tells them when it is read."""
    server = connection.compute.create_server(
        **server_fields, image_props_override=OVERRIDES
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


def test_example_of_an_auditor(
    connection: Any,
    nova: NovaInProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It lists the servers that override the property, and no others."""
    overriding = nova.boot({"hw_disk_bus": "scsi"})
    nova.boot({"hw_vif_model": "e1000"})
    nova.boot()
    monkeypatch.setattr("openstack.connect", lambda: connection)
    monkeypatch.setattr("sys.argv", [str(AUDITOR), "hw_disk_bus"])
    runpy.run_path(str(AUDITOR))
    assert capsys.readouterr().out.split() == [
        nova.api.project_id,
        overriding["id"],
        "scsi",
    ]
    page = PROJECT / "docs" / "operator" / "audit.md"
    assert f"```python\n{AUDITOR.read_text()}```" in page.read_text()


def test_without_overrides(
    connection: Any,
    server_fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """Calls without overrides are sent as the SDK would send them."""
    compute = connection.compute
    server = compute.create_server(**server_fields)
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
    server_fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """A connection's own microversion holds for all but the overrides."""
    from image_props_override.clients.sdk import enable

    connection = connect(compute_default_microversion=NOVAS_LAST)
    enable(connection)
    server = connection.compute.create_server(
        **server_fields, image_props_override=OVERRIDES
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
    connection: Any, nova: NovaInProcess, server_fields: dict[str, Any]
) -> None:
    """Threads that share a connection do not get each other's overrides."""
    chosen = {
        f"server-{number}": {"os_distro": str(number)} if number % 2 else None
        for number in range(4)
    }

    def create(name: str) -> None:
        connection.compute.create_server(
            **{**server_fields, "name": name},
            image_props_override=chosen[name],
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


def test_typo(
    connection: Any,
    server_fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """All wrong names and values are told, with what else is wrong."""
    from openstack import exceptions

    with pytest.raises(exceptions.BadRequestException) as refusal:
        connection.compute.create_server(
            **server_fields,
            image_props_override={
                "hw_disk_bsu": "ide",
                "hw_numa_nodes": "x",
                "os_command_line": "quiet",
            },
        )
    assert "did you mean 'hw_disk_bus'?" in str(refusal.value)
    assert "'x' is not an integer" in str(refusal.value)
    assert "[kernel_missing]" in str(refusal.value)
    assert ("POST /v2.1/servers", OURS) in compute_requests


def test_refusal_of_the_cloud(
    connection: Any,
    server_fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """What only the cloud can tell is told in its own words."""
    from openstack import exceptions

    with pytest.raises(exceptions.BadRequestException) as refusal:
        connection.compute.create_server(
            **server_fields, image_props_override={"os_command_line": "quiet"}
        )
    assert "[kernel_missing]" in str(refusal.value)
    assert ("POST /v2.1/servers", OURS) in compute_requests
