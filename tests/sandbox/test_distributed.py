# SPDX-License-Identifier: Apache-2.0
"""Overrides last where Nova has several hosts and cells.

Everything but the guests is as in a large cloud: two hosts of nova-api, a
conductor for each cell, three hosts of nova-compute, MariaDB and RabbitMQ.
`make test-distributed` runs it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import broker, demo, mariadb, restart
from sandbox import cloud as sandbox_cloud
from sandbox.nova_layout import REAL_HOST
from sandbox.server_api import KEY, ServerApi
from sandbox.service_table import services
from sandbox.settings import Settings
from tests.sandbox import lacking
from tests.sandbox.conftest import new_cloud

# The second host of cell1, and the one of cell2.
SECOND_HOST = "fake-2"
OTHER_CELL = "fake-3"
OVERRIDES = {
    "hw_machine_type": "q35",
    "hw_vif_model": "e1000e",
    "os_command_line": "console=ttyS0 owner=distributed",
}
_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def distributed() -> Iterator[Settings]:
    """A running cloud of several hosts and cells, on the fake driver."""
    if not (broker.is_installed() and mariadb.is_installed()):
        lacking.skip_but_fail_in_ci(
            "RabbitMQ or MariaDB is missing: run sandbox/install --with-broker"
        )
    with new_cloud(
        "fake", first_port=12000, nova_processes="distributed"
    ) as settings:
        yield sandbox_cloud.up(settings)


@pytest.fixture(scope="module")
def api(distributed: Settings) -> ServerApi:
    """The first host of nova-api, which the catalogue names."""
    return ServerApi.of(distributed)


@pytest.fixture(scope="module")
def other_api(distributed: Settings) -> ServerApi:
    """The second host of nova-api."""
    return ServerApi.of(distributed, "nova-api-2")


def test_the_demo(distributed: Settings) -> None:
    """It shows what it shows on one host."""
    assert demo.run(distributed) == 0


def test_cold_migration(api: ServerApi, other_api: ServerApi) -> None:
    """To the other host of the cell; both hosts of nova-api show the same."""
    server_id = _server(api, REAL_HOST)

    _accepted(api.act(server_id, "migrate", {"host": SECOND_HOST}))
    _has_overrides(api.wait_for(server_id, "VERIFY_RESIZE"), SECOND_HOST)
    _accepted(api.act(server_id, "confirmResize"), 204)

    _has_overrides(api.wait_for(server_id), SECOND_HOST)
    _has_overrides(other_api.show(server_id), SECOND_HOST)
    _survives_a_rebuild(other_api, server_id)


def test_live_migration(api: ServerApi) -> None:
    """To the other host of the cell."""
    server_id = _server(api, REAL_HOST)

    _accepted(
        api.act(
            server_id,
            "os-migrateLive",
            {"host": SECOND_HOST, "block_migration": "auto"},
        )
    )

    _has_overrides(api.wait_for(server_id), SECOND_HOST)


@pytest.mark.parametrize("ends", ["confirmResize", "revertResize"])
def test_resize_to_another_cell(api: ServerApi, ends: str) -> None:
    """Nova copies the server to the other cell, and perhaps back."""
    server_id = _server(api, REAL_HOST)

    _accepted(api.act(server_id, "migrate", {"host": OTHER_CELL}))
    _has_overrides(api.wait_for(server_id, "VERIFY_RESIZE"), OTHER_CELL)
    assert api.act(server_id, ends).status_code in (202, 204)

    confirmed = ends == "confirmResize"
    _has_overrides(
        api.wait_for(server_id), OTHER_CELL if confirmed else REAL_HOST
    )
    _survives_a_rebuild(api, server_id)


def test_evacuation(distributed: Settings, api: ServerApi) -> None:
    """The host is down: Nova builds its server anew on the other one."""
    server_id = _server(api, SECOND_HOST)
    (compute,) = (
        service
        for service in services(distributed)
        if service.name == "nova-compute-2"
    )
    restart.stop(compute)
    try:
        _force_down(api, SECOND_HOST, down=True)

        _accepted(api.act(server_id, "evacuate", {}), 200)

        # Since 2.95 Nova leaves it stopped.
        _has_overrides(api.wait_for(server_id, "SHUTOFF"), REAL_HOST)
    finally:
        # A host that servers have left must start before it counts as up.
        restart.restart(distributed, compute.name)
        _force_down(api, SECOND_HOST, down=False)
    _accepted(api.act(server_id, "os-start"))
    api.wait_for(server_id)
    _survives_a_rebuild(api, server_id)


def _server(api: ServerApi, host: str) -> str:
    created = api.create(f"moving-{next(_NUMBERS)}", OVERRIDES, host=host)
    _accepted(created)
    server_id: str = created.json()["server"]["id"]
    _has_overrides(api.wait_for(server_id), host)
    return server_id


def _accepted(answer: Any, status_code: int = 202) -> None:
    assert answer.status_code == status_code, answer.text


def _has_overrides(server: dict[str, Any], host: str) -> None:
    assert _host_of(server) == host
    assert server[KEY] == OVERRIDES
    assert OVERRIDES.items() <= server["image"]["properties"].items()


def _host_of(server: dict[str, Any]) -> Any:
    return server["OS-EXT-SRV-ATTR:host"]


def _survives_a_rebuild(api: ServerApi, server_id: str) -> None:
    """Nova reads the image in Glance again, where the server is now."""
    host = _host_of(api.show(server_id))
    _accepted(api.act(server_id, "rebuild", {"imageRef": api.image}))
    _has_overrides(api.wait_for(server_id), host)


def _force_down(api: ServerApi, host: str, *, down: bool) -> None:
    found = api.request("GET", f"/os-services?host={host}").json()
    (service,) = found["services"]
    _accepted(
        api.request(
            "PUT", f"/os-services/{service['id']}", {"forced_down": down}
        ),
        200,
    )
