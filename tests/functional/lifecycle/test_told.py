# SPDX-License-Identifier: Apache-2.0
"""Who is told of a server's record, who is not, and what telling costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy.engine
from nova.tests.fixtures import CinderFixture

from image_props_override.core.override_request import KEY
from image_props_override.core.properties.limits import RECORD_PREFIX
from tests.functional.lifecycle import walk as lifecycle
from tests.functional.lifecycle.walk import EFFECTIVE, OVERRIDES
from tests.functional.nova_in_process import (
    NOVAS_LAST,
    OURS,
)
from tests.functional.services.two_hosts import TwoHosts

HARNESS = TwoHosts


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Yield a list that fills with the SQL statements that are run."""
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event = (sqlalchemy.engine.Engine, "before_cursor_execute", count)
    sqlalchemy.event.listen(*event)
    try:
        yield statements
    finally:
        sqlalchemy.event.remove(*event)


def test_lists_cost_nothing_more(nova: TwoHosts) -> None:
    """A list asks the database as often as Nova's own, however long."""

    def listed(microversion: str) -> list[Any]:
        answer = nova.request("GET", "/v2.1/servers/detail", microversion)
        servers: list[Any] = answer.json()["servers"]
        return servers

    def queries(microversion: str) -> int:
        # The least of some, because Nova's services run in this process, too,
        # and report now and then that they are alive.
        counts = []
        for _ in range(4):
            with counted_statements() as statements:
                listed(microversion)
            counts.append(len(statements))
        return min(counts)

    for total in (2, 4):
        lifecycle.boot(nova, min_count=2, max_count=2)
        records = [each["image_props_override"] for each in listed(OURS)]
        assert records == [OVERRIDES] * total
        assert queries(OURS) == queries(NOVAS_LAST) > 0


def test_volume_booted_servers_tell(nova: TwoHosts) -> None:
    """Show and list tell the record, though Nova shows no image."""
    root = {
        "boot_index": 0,
        "source_type": "volume",
        "destination_type": "volume",
        "uuid": CinderFixture.IMAGE_BACKED_VOL,
    }
    server = nova.boot(
        {"hw_numa_nodes": "2"}, imageRef=None, block_device_mapping_v2=[root]
    )
    for shown in (server, *nova.api.get_servers()):
        assert shown["image"] == ""
        assert shown["image_props_override"] == {"hw_numa_nodes": "2"}


def test_notifications_tell_properties(nova: TwoHosts) -> None:
    """And not the record, whose keys are ours alone."""
    nova.notifier.reset()
    server = lifecycle.boot(nova)
    nova._reboot_server(server, hard=True)
    nova._delete_server(server)
    images = [
        notification.payload["image_meta"]
        for notification in nova.notifier.notifications
        if "image_meta" in notification.payload
    ]
    # From nova-api, conductor and nova-compute.
    assert len(images) > 3
    assert images[-1]["hw_machine_type"] == EFFECTIVE["hw_machine_type"]
    sent = [n.payload for n in nova.notifier.notifications]
    sent += nova.notifier.versioned_notifications
    assert RECORD_PREFIX not in json.dumps(sent, default=str)


def test_plain_nova_serves_the_server(nova: TwoHosts) -> None:
    """With the package gone, a server goes on working as it is."""
    server = lifecycle.boot(nova)
    path = f"/v2.1/servers/{server['id']}"

    with nova.without_the_package():
        assert nova.request("GET", path, OURS).status_code == 406
        shown = nova.request("GET", path, NOVAS_LAST).json()["server"]
        listed = nova.request("GET", "/v2.1/servers/detail", NOVAS_LAST)
        answer = nova.request(
            "POST", f"{path}/action", json={"reboot": {"type": "HARD"}}
        )
    assert answer.status_code == 202
    nova._wait_for_state_change(server, "ACTIVE")
    (in_list,) = listed.json()["servers"]
    assert in_list["image"] == shown["image"]
    # Nova 29 shows no properties, 31 whatever it has, "base_image_ref" too.
    properties = shown["image"].pop("properties", EFFECTIVE)
    for name, value in EFFECTIVE.items():
        assert properties.get(name) == value
    if "base_image_ref" not in properties:
        assert RECORD_PREFIX not in json.dumps([shown, properties])
    assert lifecycle.in_domain(nova, server) == EFFECTIVE


def test_pool_of_which_one_worker_is_stock(nova: TwoHosts) -> None:
    """What overrides is refused by such a worker, and nothing is lost."""
    server = lifecycle.boot(nova)
    path = f"/v2.1/servers/{server['id']}"
    create = nova.body({"hw_disk_bus": "scsi"}, name="not-created")
    image = {"imageRef": server["image"]["id"]}
    rebuild = {"rebuild": {**image, KEY: {"hw_disk_bus": "ide"}}}
    requests = (
        ("POST", "/v2.1/servers", create),
        ("POST", f"{path}/action", rebuild),
        ("PUT", path, {"server": {KEY: {"hw_disk_bus": "ide"}}}),
    )
    with nova.without_the_package():
        for version, status in ((OURS, 406), (NOVAS_LAST, 400)):
            for method, where, body in requests:
                answer = nova.request(method, where, version, json=body)
                assert answer.status_code == status, answer.text
        names = [each["name"] for each in nova.api.get_servers()]
    assert "not-created" not in names
    assert lifecycle.told(nova, server) == OVERRIDES
    assert lifecycle.in_domain(nova, server) == EFFECTIVE
