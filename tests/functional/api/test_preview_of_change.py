# SPDX-License-Identifier: Apache-2.0
"""A preview of another set of overrides for a server."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.functional.lifecycle.test_stopped_server import BOOTED
from tests.functional.nova_in_process import OURS, NovaInProcess


def answer_to_preview(
    nova: NovaInProcess, asked: dict[str, Any]
) -> requests.Response:
    """Return the raw answer to a preview."""
    return nova.request(
        "POST",
        "/v2.1/os-image-props-override/preview",
        OURS,
        headers={"X-Roles": "member,reader"},
        json={"preview": asked},
    )


def test_preview(nova: NovaInProcess) -> None:
    """It tells of a running server what a change would make of it."""
    image = nova.image_with(hw_vif_model="e1000")
    server = nova.boot(BOOTED, imageRef=image)
    asked = {"hw_vif_model": None, "hw_numa_nodes": "2", "nonsense": "x"}
    answer = answer_to_preview(
        nova, {"serverId": server["id"], "image_props_override": asked}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()["preview"]
    assert {(p["property"], p["code"]) for p in told["problems"]} == {
        ("nonsense", "name_unknown"),
        ("hw_numa_nodes", "needs_move"),
    }
    seen = {p["name"]: (p["value"], p["origin"]) for p in told["properties"]}
    assert seen["hw_vif_model"] == (None, "removed")
    assert "hw_watchdog_action" not in seen
    assert nova.api.get_server(server["id"])["image_props_override"] == BOOTED


NO_SERVER = "9168b536-cd40-4630-b43f-b259807c6e87"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"serverId": NO_SERVER, "flavorRef": "1"}, 400),
        ({"serverId": NO_SERVER, "imageRef": NO_SERVER}, 400),
        ({"imageRef": NO_SERVER}, 400),
        ({"serverId": NO_SERVER}, 404),
    ],
)
def test_preview_of_nothing(
    nova: NovaInProcess, asked: dict[str, str], status: int
) -> None:
    """A request that names too little or too much is refused."""
    assert answer_to_preview(nova, asked).status_code == status
