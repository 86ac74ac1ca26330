# SPDX-License-Identifier: Apache-2.0
"""Overrides stay apart where several processes and threads serve the API.

Nova is separate processes here, as in production: three workers of nova-api
on one port, conductor, scheduler and compute, with RabbitMQ between them.
"""

import concurrent.futures
import contextlib
import dataclasses
import functools
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from image_props_override.core.boot.record import recorded_overrides
from sandbox import accounts, broker, images, processes
from sandbox import cloud as sandbox_cloud
from sandbox.nova_layout import API_WORKERS
from sandbox.service import service_environment
from sandbox.service_table import services
from sandbox.settings import Settings
from tests.sandbox import lacking
from tests.sandbox.leftovers import leftovers_of

CREATES = 200
# As many requests are under way at any time: eight threads in each worker.
CLIENTS = 24
KEY = "image_props_override"
VIF_MODELS = ("e1000", "e1000e", "ne2k_pci", "pcnet", "rtl8139")


@dataclasses.dataclass(frozen=True)
class Compute:
    """The compute API of the cloud, by plain HTTP."""

    settings: Settings
    microversion: str
    token: str
    image: str
    flavor: str

    def request(
        self, method: str, path: str, body: Any = None
    ) -> requests.Response:
        """Send one request on a connection of its own."""
        return requests.request(
            method,
            f"{self.settings.url('nova')}/v2.1{path}",
            json=body,
            headers={
                "X-Auth-Token": self.token,
                "OpenStack-API-Version": f"compute {self.microversion}",
            },
            timeout=300,
        )

    def create(
        self, name: str, overrides: Mapping[str, str]
    ) -> requests.Response:
        """Create a server, without the key where there are no overrides."""
        server: dict[str, Any] = {
            "name": name,
            "imageRef": self.image,
            "flavorRef": self.flavor,
            "networks": "none",
        }
        if overrides:
            server[KEY] = dict(overrides)
        return self.request("POST", "/servers", {"server": server})

    def create_and_wait(self, name: str, overrides: Mapping[str, str]) -> str:
        """Return the id of a new server as soon as it is active."""
        created = self.create(name, overrides)
        assert created.status_code == 202, created.text
        server_id: str = created.json()["server"]["id"]
        self.wait_until_active(server_id)
        return server_id

    def rebuild(self, server_id: str, **more: object) -> requests.Response:
        """Rebuild a server from the image it has."""
        body = {"rebuild": {"imageRef": self.image, **more}}
        return self.request("POST", f"/servers/{server_id}/action", body)

    def wait_until_active(self, server_id: str) -> dict[str, Any]:
        """Return the server as soon as it is active."""
        shown: dict[str, Any] = {}

        def is_active() -> bool:
            shown.update(
                self.request("GET", f"/servers/{server_id}").json()["server"]
            )
            assert shown["status"] != "ERROR", shown["fault"]
            return bool(shown["status"] == "ACTIVE")

        processes.wait_until(
            is_active, deadline_seconds=300, what=f"{server_id} is active"
        )
        return shown


@pytest.fixture(scope="module")
def compute(fake_cloud: Settings) -> Iterator[Compute]:
    """The cloud with Nova's processes apart; nothing of it stays."""
    if not broker.is_installed():
        lacking.skip_but_fail_in_ci(
            "RabbitMQ is missing: run sandbox/install --with-broker"
        )
    sandbox_cloud.down(fake_cloud)
    # Puts 200 servers away in no time.
    databases = fake_cloud.db_dir
    kept = databases.with_name("db-before-api-workers")
    if databases.exists():
        shutil.copytree(databases, kept)
    settings = dataclasses.replace(fake_cloud, nova_processes="separate")
    try:
        yield _compute_of(sandbox_cloud.up(settings))
    finally:
        sandbox_cloud.down(settings)
        shutil.rmtree(databases)
        if kept.exists():
            kept.rename(databases)
        assert leftovers_of(settings) == []


def _compute_of(settings: Settings) -> Compute:
    cloud = accounts.connect(settings)
    catalogue = cloud.compute.get(
        "/os-image-props-override", microversion="latest"
    )
    return Compute(
        settings=settings,
        microversion=catalogue.json()["microversion"],
        token=cloud.session.get_token(),
        image=images.named(cloud.image, images.GUEST)[0]["id"],
        flavor=cloud.compute.find_flavor("tiny").id,
    )


def test_doctor_sees_services_under_either_name(compute: Compute) -> None:
    """nova-compute runs under Nova's name, nova-conductor under ours."""
    environment = service_environment(compute.settings, "nova")
    doctor = subprocess.run(
        [compute.settings.bin_dir / "image-props-override", "doctor"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    words = " ".join(doctor.stdout.split())
    assert "Success: Lines of api-paste.ini" in words, doctor.stderr
    assert "Success: Rebuild and rescue" in words, words


def test_a_rebuild_keeps_overrides_where_the_services_can(
    compute: Compute,
) -> None:
    """nova-api asks them over the broker; stock ones make it refuse."""
    overrides = {"os_command_line": "owner=rebuilt"}
    server_id = compute.create_and_wait("rebuilt", overrides)

    kept = compute.rebuild(server_id)

    assert kept.status_code == 202, kept.text
    shown = compute.wait_until_active(server_id)
    assert shown[KEY] == overrides
    assert _properties(shown)["os_command_line"] == "owner=rebuilt"

    stock = dataclasses.replace(compute.settings, stock_services=True)
    for name in ("nova-conductor", "nova-compute"):
        _restart(stock, name)
    # Another server: the fake driver forgets its own when it ends.
    server_id = compute.create_and_wait("not-rebuilt", overrides)

    refused = compute.rebuild(server_id)

    assert refused.status_code == 409, refused.text
    message = refused.json()["conflictingRequest"]["message"]
    assert "does not re-apply overrides" in message
    assert compute.wait_until_active(server_id)[KEY] == overrides

    dropped = compute.rebuild(server_id, **{KEY: {}})

    assert dropped.status_code == 202, dropped.text
    assert compute.wait_until_active(server_id)[KEY] == {}


def test_no_server_carries_the_overrides_of_another(compute: Compute) -> None:
    """Of 200 created at the same time, by workers of several processes."""
    _wait_for_all_workers(compute)
    wanted = {f"parallel-{n}": _overrides(n) for n in range(CREATES)}
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(
            clients.map(compute.create, wanted.keys(), wanted.values())
        )

    assert {answer.status_code for answer in answers} == {202}
    request_ids = {
        answer.headers["x-openstack-request-id"] for answer in answers
    }
    assert len(request_ids) == CREATES
    # Each of the processes served a good part of them.
    served = _served_by(compute.settings, request_ids)
    assert sum(served.values()) == CREATES
    assert min(served[pid] for pid in _worker_pids(compute.settings)) > 10

    # The conductor has written them down: from here on nothing that is
    # looked at changes. The fake computes need minutes to build them all.
    names = {
        name: answer.json()["server"]["id"]
        for name, answer in zip(wanted, answers, strict=True)
    }
    database = functools.partial(_rows, compute.settings, "nova_cell1")
    processes.wait_until(
        lambda: (
            {uuid for (uuid,) in database("SELECT uuid FROM instances")}
            >= set(names.values())
        ),
        deadline_seconds=120,
        what="the conductor has taken all servers",
    )
    servers = compute.request("GET", "/servers/detail").json()["servers"]
    shown = {server["id"]: server for server in servers}
    metadata = _system_metadata(compute.settings)
    request_specs = _request_specs(compute.settings)
    image = images.PROPERTIES[images.GUEST]
    for name, overrides in wanted.items():
        server_id = names[name]
        assert shown[server_id][KEY] == overrides
        assert recorded_overrides(metadata[server_id]) == overrides
        for key in ("os_command_line", "hw_vif_model"):
            effective = overrides.get(key, image[key])
            assert metadata[server_id][f"image_{key}"] == effective
            assert request_specs[server_id][key] == effective
            assert _properties(shown[server_id])[key] == effective


def _overrides(number: int) -> dict[str, str]:
    """Two of one kind never follow each other; every fourth has none."""
    command_line = {"os_command_line": f"owner={number}"}
    vif_model = {"hw_vif_model": VIF_MODELS[number % len(VIF_MODELS)]}
    return [{}, command_line, vif_model, command_line | vif_model][number % 4]


def _restart(settings: Settings, name: str) -> None:
    """End one service of the cloud and start it as these settings say."""
    (service,) = (s for s in services(settings) if s.name == name)
    running = service.process
    assert running is not None
    # nova-conductor's worker, too: `processes.start` makes a session.
    processes.stop(
        lambda: processes.all_where(
            lambda folder: os.getsid(int(folder.name)) == running.pid
        )
    )
    processes.start(
        service.command,
        environment=service.environment,
        log=service.log,
        record=service.record,
    )
    processes.wait_until(
        service.is_ready, deadline_seconds=120, what=f"stock {name} is ready"
    )


def _wait_for_all_workers(compute: Compute) -> None:
    """Return when each of them has served a request."""
    request_ids = set()

    def all_have() -> bool:
        answer = compute.request("GET", "/flavors")
        request_ids.add(answer.headers["x-openstack-request-id"])
        served = _served_by(compute.settings, request_ids)
        return _worker_pids(compute.settings) <= served.keys()

    processes.wait_until(
        all_have, deadline_seconds=120, what="all workers of nova-api serve"
    )


def _worker_pids(settings: Settings) -> set[int]:
    pids = {
        service.process.pid
        for service in services(settings)
        if service.name.startswith("nova-api") and service.process is not None
    }
    assert len(pids) == API_WORKERS
    return pids


def _served_by(settings: Settings, request_ids: set[str]) -> dict[int, int]:
    """How many of the requests each process has served, by its own log."""
    served: dict[int, int] = {}
    for log in settings.log_dir.glob("nova-api-*.log"):
        for line in log.read_text().splitlines():
            match = re.match(
                r"\S+ \S+ (\d+) INFO nova\.api\.openstack\.requestlog"
                r" \[None (req-\S+)",
                line,
            )
            if match and match[2] in request_ids:
                served[int(match[1])] = served.get(int(match[1]), 0) + 1
    return served


def _properties(server: Mapping[str, Any]) -> dict[str, str]:
    properties: dict[str, str] = server["image"]["properties"]
    return properties


def _system_metadata(settings: Settings) -> dict[str, dict[str, str]]:
    """Server id to what Nova has kept of its image."""
    metadata: dict[str, dict[str, str]] = {}
    for server_id, key, value in _rows(
        settings,
        "nova_cell1",
        "SELECT instance_uuid, key, value FROM instance_system_metadata"
        " WHERE deleted = 0",
    ):
        metadata.setdefault(server_id, {})[key] = value
    return metadata


def _request_specs(settings: Settings) -> dict[str, dict[str, str]]:
    """Server id to the image properties that the scheduler goes by."""
    return {
        server_id: json.loads(text)["nova_object.data"]["image"][
            "nova_object.data"
        ]["properties"]["nova_object.data"]
        for server_id, text in _rows(
            settings,
            "nova_api",
            "SELECT instance_uuid, spec FROM request_specs",
        )
    }


def _rows(settings: Settings, database: str, query: str) -> list[Any]:
    file = settings.db_dir / f"{database}.db"
    with contextlib.closing(
        sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)
    ) as connection:
        return connection.execute(query).fetchall()
