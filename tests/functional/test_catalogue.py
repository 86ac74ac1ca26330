# SPDX-License-Identifier: Apache-2.0
"""GET /os-image-props-override tells what can be overridden here."""

from __future__ import annotations

import pytest
from nova.api.openstack.compute import routes
from nova.objects.image_meta import ImageMetaProps

from tests.functional.nova_in_process import (
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)

PATH = "/v2.1/os-image-props-override"


@pytest.mark.parametrize("asked", ["latest", OURS])
def test_catalogue(nova: NovaInProcess, asked: str) -> None:
    """Clients learn the microversion and every property of this Nova."""
    answer = nova.request("GET", PATH, asked)
    assert answer.status_code == 200
    document = answer.json()
    assert document["microversion"] == OURS
    by_name = {each["name"]: each for each in document["properties"]}
    assert set(by_name) == set(ImageMetaProps.fields)
    bus = by_name["hw_disk_bus"]
    assert bus["kind"] == "enum"
    assert "virtio" in bus["legal_values"]
    assert bus["allowed"] is True
    nodes = by_name["hw_numa_nodes"]
    assert (nodes["minimum"], nodes["maximum"]) == (1, 128)


def test_catalogue_tells_the_rules(nova: NovaInProcess) -> None:
    """What may not be overridden says which rule is against it."""
    document = nova.request("GET", PATH, OURS).json()
    by_name = {each["name"]: each for each in document["properties"]}
    denied = by_name["hw_rescue_bus"]
    assert denied["allowed"] is False
    assert "deny pattern 'hw_rescue_bus'" in denied["rule"]


@pytest.mark.parametrize("asked", [NOVAS_LAST, "2.1", None])
def test_not_before_ours(nova: NovaInProcess, asked: str | None) -> None:
    """Below our microversion the path does not exist."""
    assert nova.request("GET", PATH, asked).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_read_only(nova: NovaInProcess, method: str) -> None:
    """The catalogue cannot be changed."""
    assert nova.request(method, PATH, OURS, json={}).status_code in (404, 405)


def test_novas_routes_are_left_alone(nova: NovaInProcess) -> None:
    """Our application is built beside Nova's route list, not into it."""
    assert nova.request("GET", PATH, OURS).status_code == 200
    assert PATH.removeprefix("/v2.1") not in dict(routes.ROUTE_LIST)
    for _, methods in routes.ROUTE_LIST:
        if not isinstance(methods, str):
            for maker, _ in methods.values():
                assert maker.args[0].__module__.startswith("nova.")
