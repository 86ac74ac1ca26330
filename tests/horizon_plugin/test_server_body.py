# SPDX-License-Identifier: Apache-2.0
"""What reaches Nova is what stock Horizon sends, and the overrides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openstack_dashboard.api import nova as stock
from openstack_dashboard.api.rest.nova import Servers as StockServers

from image_props_override.horizon_plugin.rest import Servers
from image_props_override.horizon_plugin.server_body import rebuild_body
from tests.horizon_plugin.recorded_nova import MICROVERSION, RecordedNova

KEY = "image_props_override"
OVERRIDES = {"hw_disk_bus": "scsi", "hw_vif_model": None}
# What the form of Horizon's Launch Instance always has.
FORM: dict[str, Any] = {
    "name": " named ",
    "source_id": "5f0a3ac4-4d4b-4f8f-8f0e-6a8d6c4f0a11",
    "flavor_id": "general-2",
    "key_name": None,
    "user_data": "",
    "security_groups": [],
    "nics": [{"net-id": "network-1", "v4-fixed-ip": ""}],
    "disk_config": "AUTO",
    "config_drive": False,
    "instance_count": 1,
    "scheduler_hints": {},
}


def volume(**fields: Any) -> list[dict[str, Any]]:
    """Return the form's block devices for one volume."""
    return [
        {
            "destination_type": "volume",
            "delete_on_termination": False,
            "uuid": "6ca404f3-d844-4169-bb96-bc792f37de26",
            "boot_index": "0",
            **fields,
        }
    ]


@pytest.mark.parametrize(
    "filled",
    [
        pytest.param({}, id="an image"),
        pytest.param(
            {
                "source_id": "",
                "block_device_mapping_v2": volume(source_type="volume"),
            },
            id="a volume",
        ),
        pytest.param(
            {
                "source_id": "",
                "block_device_mapping_v2": volume(source_type="snapshot"),
            },
            id="a volume snapshot",
        ),
        pytest.param(
            {
                "source_id": None,
                "block_device_mapping_v2": volume(
                    source_type="image", volume_type="fast", volume_size=5
                ),
            },
            id="a new volume",
        ),
        pytest.param({"instance_count": 3}, id="several servers"),
        pytest.param(
            {"scheduler_hints": {"group": "g", "query": "[]"}}, id="hints"
        ),
        pytest.param({"user_data": "#!/bin/sh\necho ä\n"}, id="user data"),
        pytest.param(
            {"security_groups": ["one", "two"], "key_name": "mine"},
            id="groups and a key",
        ),
        pytest.param(
            {
                "nics": [
                    {"net-id": "network-1", "v4-fixed-ip": "192.0.2.7"},
                    {"port-id": "port-1"},
                ]
            },
            id="networks and ports",
        ),
        pytest.param(
            {"nics": [{"net-id": "__auto_allocate__"}]}, id="a new network"
        ),
        pytest.param(
            {
                "availability_zone": "zone",
                "admin_pass": "secret",
                "config_drive": True,
                "meta": {"key": "value"},
                "description": "words",
                "disk_config": "MANUAL",
            },
            id="the rest",
        ),
    ],
)
def test_launch(
    nova: RecordedNova,
    make_request: Callable[..., Any],
    filled: dict[str, Any],
) -> None:
    """The form means to Nova what it means without the plug-in."""
    created = {"server": {"id": "new", "name": "named", "image": ""}}
    nova.answers["POST", "/servers"] = (202, created)
    # Stock Horizon reads the server that it has created.
    nova.answers["GET", "/servers/new"] = (200, created)
    form = FORM | filled
    answer = StockServers().post(
        make_request("POST", "/api/nova/servers/", form)
    )
    assert answer.status_code == 201, answer.content
    sent_by_stock = nova.sent("POST", "/servers").body

    nova.requests.clear()
    answer = Servers().post(
        make_request("POST", "/", {**form, KEY: OVERRIDES})
    )
    assert answer.status_code == 200, answer.content
    sent = nova.sent("POST", "/servers")
    assert sent.microversion == MICROVERSION
    assert sent.body["server"].pop(KEY) == OVERRIDES
    assert sent.body == sent_by_stock


@pytest.mark.parametrize(
    "filled",
    [
        {"disk_config": "AUTO", "description": "", "password": ""},
        {"disk_config": "MANUAL", "description": "d", "password": "secret"},
    ],
)
def test_rebuild(
    nova: RecordedNova,
    make_request: Callable[..., Any],
    filled: dict[str, str],
) -> None:
    """So does the form of a rebuild."""
    path = "/servers/some-id/action"
    nova.answers["POST", path] = (202, {"server": {"id": "some-id"}})
    image = FORM["source_id"]
    stock.server_rebuild(
        make_request("POST", "/"),
        "some-id",
        image,
        filled["password"] or None,
        filled["disk_config"],
        description=filled["description"],
    )
    body = rebuild_body({"image": image, **filled}, OVERRIDES)
    assert body["rebuild"].pop(KEY) == OVERRIDES
    assert body == nova.sent("POST", path).body
