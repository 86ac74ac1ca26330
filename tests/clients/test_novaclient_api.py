# SPDX-License-Identifier: Apache-2.0
"""``client.servers`` of novaclient's Python API, with overrides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import webob

from tests.clients.conftest import NOVACLIENTS, ComputeRequests
from tests.functional.nova_in_process import (
    IMAGE,
    OURS,
    NovaInProcess,
    lenient,
)
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

OVERRIDES = {"hw_video_model": "vga", "hw_vif_model": "e1000"}


def test_create_and_rebuild(
    client: Any, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """Both take overrides; servers tell what was overridden."""
    server = client.servers.create(
        "a-server",
        IMAGE,
        nova.flavor,
        nics="none",
        image_props_override=OVERRIDES,
    )
    assert server.image_props_override == OVERRIDES
    assert client.servers.get(server.id).image_props_override == OVERRIDES
    nova._wait_for_state_change({"id": server.id}, "ACTIVE")
    rebuilt = server.rebuild(IMAGE, image_props_override={})
    assert rebuilt.image_props_override == {}
    assert rebuilt.adminPass
    assert rebuilt.request_ids
    # Nothing else of the server is as of a newer microversion.
    assert "pinned_availability_zone" not in rebuilt.to_dict()
    changing = {
        version
        for request, version in compute_requests
        if request.startswith("POST")
    }
    assert changing == {OURS}


@pytest.mark.parametrize(
    "overrides", [{}, {"image_props_override": {}}], ids=["without", "with"]
)
def test_rebuild_arguments(
    client: Any,
    nova: NovaInProcess,
    compute_requests: ComputeRequests,
    overrides: dict[str, Any],
) -> None:
    """The other arguments are novaclient's, in its order.

    Its manager has another one.
    """
    server = client.servers.get(nova.boot()["id"])
    sent = []
    nova_itself = compute_requests.application

    def recording(environ: dict[str, Any], start_response: Any) -> Any:
        request = webob.Request(environ)
        if request.method == "POST":
            sent.append(request.json["rebuild"])
        return nova_itself(environ, start_response)

    compute_requests.application = recording
    # libvirt's driver preserves none, and the server fails.
    with lenient():
        rebuilt = server.rebuild(
            IMAGE, "secret", True, name="new", **overrides
        )
    assert (rebuilt.name, rebuilt.adminPass) == ("new", "secret")
    assert sent == [
        {
            "imageRef": IMAGE,
            "adminPass": "secret",
            "preserve_ephemeral": True,
            "name": "new",
            **overrides,
        }
    ]


def test_reservation(client: Any, nova: NovaInProcess) -> None:
    """Several servers at once have the same overrides."""
    reservation = client.servers.create(
        "many",
        IMAGE,
        nova.flavor,
        nics="none",
        min_count=2,
        reservation_id=True,
        image_props_override=OVERRIDES,
    )
    assert reservation.startswith("r-")
    servers = client.servers.list()
    assert len(servers) == 2
    assert all(each.image_props_override == OVERRIDES for each in servers)


def test_threads(client: Any, nova: NovaInProcess) -> None:
    """Threads that share a client do not get each other's overrides."""
    chosen = {
        f"server-{number}": {"os_distro": str(number)} if number % 2 else None
        for number in range(4)
    }

    def create(name: str) -> None:
        client.servers.create(
            name,
            IMAGE,
            nova.flavor,
            nics="none",
            image_props_override=chosen[name],
        )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create, chosen))
    assert {
        server["name"]: server["image_props_override"] or None
        for server in nova.api.get_servers()
    } == chosen
    assert client.api_version.get_string() == NOVACLIENTS


def test_wrong_overrides(
    client: Any, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """They are refused in the cloud's words."""
    from novaclient import exceptions

    with pytest.raises(exceptions.BadRequest, match="hw_vif_model"):
        client.servers.create(
            "a-server",
            IMAGE,
            nova.flavor,
            nics="none",
            image_props_override={"hw_vif_modl": "e1000"},
        )
    assert ("POST /v2.1/servers", OURS) in compute_requests
