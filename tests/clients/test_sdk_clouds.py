# SPDX-License-Identifier: Apache-2.0
"""What connections of the SDK know of their clouds, and which are ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import ComputeRequests, Connect
from tests.clients.forbidden_catalogue import forbidden_catalogue
from tests.functional.nova_in_process import IMAGE, NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

OVERRIDES = {"hw_video_model": "vga", "hw_vif_model": "e1000"}


def test_catalogue(connection: Any) -> None:
    """The properties that there are can be listed."""
    properties = {
        each.name: each
        for each in connection.compute.overridable_image_properties()
    }
    bus = properties["hw_disk_bus"]
    assert "virtio" in bus.legal_values
    assert bus.is_allowed is True
    assert "virtio" in bus.allowed_values["values"]
    assert bus.is_removal_allowed is True
    assert properties["img_signature"].is_allowed is False
    assert "the signature in Glance" in properties["img_signature"].rule
    assert properties["hw_architecture"].legacy_aliases == ["architecture"]


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
        "supported": True,
    }
    preview = connection.compute.preview_image_props_override(
        nova.flavor, image=IMAGE
    )
    assert preview.is_bootable is True
    assert preview.problems == []


def test_catalogue_forbidden(
    connection: Any,
    nova: NovaInProcess,
    server_fields: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """Servers are read without overrides, and the cloud is asked once."""
    from openstack import exceptions

    compute = connection.compute
    with forbidden_catalogue(nova):
        server = compute.create_server(**server_fields)
        server = compute.wait_for_server(server, interval=0.1)
        assert server.image_props_override is None
        (listed,) = compute.servers()
        assert listed.image_props_override is None
        asked = [request for request, _ in compute_requests]
        assert asked.count("GET /v2.1/os-image-props-override") == 1
        with pytest.raises(exceptions.SDKException, match="doesn't allow"):
            compute.create_server(
                **server_fields, image_props_override=OVERRIDES
            )


@pytest.mark.usefixtures("stock_nova")
def test_cloud_without_the_feature(
    connection: Any, server_fields: dict[str, Any]
) -> None:
    """There, overrides are refused; all else works."""
    from openstack import exceptions

    compute = connection.compute
    for call in (
        lambda: compute.create_server(
            **server_fields, image_props_override=OVERRIDES
        ),
        lambda: list(compute.overridable_image_properties()),
        lambda: compute.preview_image_props_override("1", image=IMAGE),
    ):
        with pytest.raises(exceptions.NotSupported, match="does not offer"):
            call()
    compute.create_server(**server_fields)
    (server,) = compute.servers()
    assert server.image_props_override is None


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
def test_clouds_yaml(server_fields: dict[str, Any]) -> None:
    """A line in ``clouds.yaml`` enables overrides for that cloud only."""
    import openstack

    enabled = openstack.connect(cloud="enabled")
    enabled.compute.create_server(
        **server_fields, image_props_override=OVERRIDES
    )
    (server,) = enabled.compute.servers()
    assert server.image_props_override == OVERRIDES
    (server,) = openstack.connect(cloud="mycloud").compute.servers()
    assert not hasattr(server, "image_props_override")


def test_stock_sdk(
    connect: Connect, nova: NovaInProcess, server_fields: dict[str, Any]
) -> None:
    """Without ``enable``: the SDK as docs/user/openstacksdk.md has it."""
    stock = connect()
    stock.compute.create_server(
        **server_fields, image_props_override=OVERRIDES
    )
    (server,) = nova.api.get_servers()
    assert server["image_props_override"] == {}
    nova._wait_for_state_change(server, "ACTIVE")
    with pytest.raises(TypeError, match="image_props_override"):
        stock.compute.rebuild_server(
            server["id"], IMAGE, image_props_override=OVERRIDES
        )
    with pytest.raises(TypeError, match="image_props_override"):
        stock.create_server("x", image_props_override=OVERRIDES)
