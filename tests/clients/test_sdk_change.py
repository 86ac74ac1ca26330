# SPDX-License-Identifier: Apache-2.0
"""openstacksdk changes the overrides of a stopped server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import ComputeRequests, Connect
from tests.functional.lifecycle.test_stopped_server import started, stopped
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

BOOTED = {"hw_disk_bus": "scsi", "hw_vif_model": "e1000"}
CHANGED = {"hw_disk_bus": "sata", "hw_video_model": "vga"}


@pytest.fixture
def server(nova: NovaInProcess) -> str:
    """Return the id of a stopped server with overrides."""
    return str(stopped(nova, BOOTED)["id"])


@pytest.mark.parametrize("by_id", [True, False])
def test_update(
    connection: Any,
    nova: NovaInProcess,
    server: str,
    compute_requests: ComputeRequests,
    *,
    by_id: bool,
) -> None:
    """The set is replaced, together with other fields; the server tells it."""
    compute = connection.compute
    known = server if by_id else compute.get_server(server)
    updated = compute.update_server(
        known, name="new", image_props_override=CHANGED
    )
    assert updated.image_props_override == CHANGED
    assert by_id or known is updated
    read = compute.get_server(server)
    assert (read.name, read.image_props_override) == ("new", CHANGED)
    changes = [r for r in compute_requests if r[0].startswith("PUT")]
    assert changes == [(f"PUT /v2.1/servers/{server}", OURS)]
    domain = started(nova, {"id": server})
    target = domain.find("devices/disk[@device='disk']/target")
    assert target.get("bus") == "sata"


def test_drop_all(connection: Any, server: str) -> None:
    """An empty set drops all; the cloud layer takes it, too."""
    updated = connection.update_server(server, image_props_override={})
    assert updated.image_props_override == {}
    read = connection.compute.get_server(server)
    assert read.image_props_override == {}


def test_what_is_known_may_be_old(connection: Any, server: str) -> None:
    """The set is sent even if it is what the server had when it was read."""
    compute = connection.compute
    known = compute.get_server(server)
    compute.update_server(server, image_props_override={})
    compute.update_server(known, image_props_override=BOOTED)
    assert compute.get_server(server).image_props_override == BOOTED


def test_without_overrides(
    connection: Any, server: str, compute_requests: ComputeRequests
) -> None:
    """Other updates are the SDK's own, and overrides are kept."""
    compute = connection.compute
    compute.update_server(compute.get_server(server), name="new")
    compute.update_server(server, name="newer", image_props_override=None)
    assert compute.get_server(server).image_props_override == BOOTED
    versions = {v for r, v in compute_requests if r.startswith("PUT")}
    assert OURS not in versions


def test_server_of_another_connection(
    connect: Connect, connection: Any, server: str
) -> None:
    """A server that knows no overrides can be changed, too."""
    known = connect().compute.get_server(server)
    updated = connection.compute.update_server(
        known, image_props_override=CHANGED
    )
    assert updated.image_props_override == CHANGED


def test_refusals(connection: Any, nova: NovaInProcess, server: str) -> None:
    """All problems are told at once; a running server is a conflict."""
    from openstack import exceptions

    compute = connection.compute
    with pytest.raises(exceptions.BadRequestException) as refusal:
        compute.update_server(
            server,
            name="new",
            image_props_override={"hw_disk_bsu": "ide", "hw_numa_nodes": "2"},
        )
    assert "[name_unknown]" in str(refusal.value)
    assert "[needs_move]" in str(refusal.value)
    assert compute.get_server(server).name == "overridden"
    started(nova, {"id": server})
    with pytest.raises(exceptions.ConflictException, match="stop it first"):
        compute.update_server(server, image_props_override=CHANGED)


def test_cloud_without_the_feature(
    connection: Any, server: str, stock_nova: None
) -> None:
    """There the call says what is lacking."""
    from openstack import exceptions

    del stock_nova
    with pytest.raises(exceptions.NotSupported, match="does not offer"):
        connection.compute.update_server(server, image_props_override={})
    connection.compute.update_server(server, name="new")


def test_preview(connection: Any, server: str) -> None:
    """A preview is of a server, and warns; without a set, of its own."""
    preview = connection.compute.preview_image_props_override
    told = preview(
        server=server, image_props_override={"hw_machine_type": "q35"}
    )
    assert told.is_bootable
    (warning,) = told.warnings
    assert warning["property"] == "hw_machine_type"
    told = preview(server=server)
    assert told.warnings == []
    values = {each["name"]: each["value"] for each in told.properties}
    assert values["hw_disk_bus"] == "scsi"


def test_catalogue(connection: Any) -> None:
    """It says when a change takes effect."""
    listed = connection.compute.overridable_image_properties()
    told = {each.name: each.takes_effect for each in listed}
    assert told["hw_disk_bus"] == "next_start"
    assert told["hw_numa_nodes"] == "move"
