# SPDX-License-Identifier: Apache-2.0
"""Installed on a cloud that has servers, and removed from it again.

nova-compute and nova-conductor are Nova's own here, and so is nova-api where a
test says "without".
"""

from __future__ import annotations

import json
from typing import Any

from image_props_override.core.properties.limits import RECORD_PREFIX
from tests.functional.lifecycle import walk as lifecycle
from tests.functional.lifecycle.walk import (
    EFFECTIVE,
    IMAGE_PROPERTIES,
    OVERRIDES,
)
from tests.functional.nova_in_process import NOVAS_LAST, OURS
from tests.functional.services.two_hosts import TwoHosts

HARNESS = TwoHosts

Server = dict[str, Any]


def act(nova: TwoHosts, server: Server, version: str, **action: Any) -> None:
    """Have an action accepted."""
    answer = nova.request(
        "POST", f"/v2.1/servers/{server['id']}/action", version, json=action
    )
    assert answer.status_code in (202, 204), answer.text


def shown(nova: TwoHosts, server: Server, version: str) -> Server:
    """Return what the API shows of a server."""
    path = f"/v2.1/servers/{server['id']}"
    found: Server = nova.request("GET", path, version).json()["server"]
    return found


def resize(nova: TwoHosts, server: Server, version: str) -> None:
    """Resize a server, and confirm it."""
    flavor = nova._create_flavor(vcpu=4)
    act(nova, server, version, resize={"flavorRef": flavor})
    nova._wait_for_state_change(server, "VERIFY_RESIZE")
    act(nova, server, version, confirmResize=None)
    nova._wait_for_state_change(server, "ACTIVE")


def delete(nova: TwoHosts, server: Server, version: str) -> None:
    """Delete a server, and see that it is gone."""
    path = f"/v2.1/servers/{server['id']}"
    assert nova.request("DELETE", path, version).status_code == 204
    nova._wait_until_deleted(server)


def test_servers_from_before(nova: TwoHosts) -> None:
    """A server of stock Nova shows no overrides and does what it did."""
    image = nova.kernel_image_with(**IMAGE_PROPERTIES)
    with nova.without_the_package():
        created = nova.request(
            "POST",
            "/v2.1/servers",
            NOVAS_LAST,
            json=nova.body(imageRef=image),
        )
    server = created.json()["server"]
    nova._wait_for_state_change(server, "ACTIVE")
    before = nova.system_metadata(server)

    assert shown(nova, server, OURS)["image_props_override"] == {}
    resize(nova, server, OURS)
    act(nova, server, OURS, rebuild={"imageRef": image})
    nova._wait_for_state_change(server, "ACTIVE")

    after = nova.system_metadata(server)
    for name in IMAGE_PROPERTIES:
        assert after[f"image_{name}"] == before[f"image_{name}"]
    assert RECORD_PREFIX not in json.dumps(after)
    delete(nova, server, OURS)


def test_removed(nova: TwoHosts) -> None:
    """Stock Nova resizes a server with its overrides, rebuilds it without."""
    server = lifecycle.boot(nova)

    with nova.without_the_package():
        resize(nova, server, NOVAS_LAST)
        assert lifecycle.in_domain(nova, server) == EFFECTIVE
        assert "image_props_override" not in shown(nova, server, NOVAS_LAST)
    # What Nova keeps is still there for who installs it again.
    assert lifecycle.told(nova, server) == OVERRIDES

    with nova.without_the_package():
        image = server["image"]["id"]
        act(nova, server, NOVAS_LAST, rebuild={"imageRef": image})
        nova._wait_for_state_change(server, "ACTIVE")
        kept = nova.system_metadata(server)
        for name, value in IMAGE_PROPERTIES.items():
            assert kept[f"image_{name}"] == value
        assert RECORD_PREFIX not in json.dumps(kept)
    assert lifecycle.told(nova, server) == {}

    with nova.without_the_package():
        delete(nova, server, NOVAS_LAST)
