# SPDX-License-Identifier: Apache-2.0
"""Has many clients create servers with overrides in a cloud of 100 hosts.

Batches of servers with overrides take turns with batches without. Every server
is checked afterwards: it has its own overrides, and nobody else's.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import sqlalchemy

from benchmarks import clouds
from benchmarks.clouds import ApiHost
from benchmarks.results import Results, in_random_order
from benchmarks.showing.scale import CREATE, LIST, WITH, WITHOUT
from image_props_override.core.boot.record import as_written
from sandbox import databases, processes
from sandbox.configuration import OPERATORS_FILE, database_url, on_mariadb
from sandbox.nova_layout import API_LEVEL, cells
from sandbox.server_api import KEY, ServerApi, create_body
from sandbox.service import service_environment
from sandbox.settings import Settings

HOSTS: Final = 100
BATCHES: Final = 10
SERVERS_PER_BATCH: Final = 100
CLIENTS: Final = 16
LISTS: Final = 4
# More at once would only wait for each other while they start.
_HOSTS_AT_ONCE: Final = 10
_SECONDS: Final = 600.0
_HOSTS_NAME: Final = "hosts"
# What a hundred hosts report, and look at again, costs more than servers do.
_OPERATORS: Final = """\
[DEFAULT]
report_interval = 60
service_down_time = 300
update_resources_interval = 900
sync_power_state_interval = -1
heal_instance_info_cache_interval = -1
"""
_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "hw_vif_model": ("virtio", "e1000", "e1000e", "rtl8139"),
    "hw_disk_bus": ("virtio", "scsi", "ide"),
    "hw_watchdog_action": ("disabled", "reset", "poweroff", "pause", "none"),
    "hw_boot_menu": ("true", "false"),
}


def measure(
    results: Results,
    hosts: int = HOSTS,
    batches: int = BATCHES,
    servers: int = SERVERS_PER_BATCH,
) -> None:
    """Create and list servers.

    Args:
        results: Where to add the samples.
        hosts: How many hosts there are, beside the cloud's own.
        batches: How many, of each kind.
        servers: Of each batch.
    """
    asked = clouds.settings_of("distributed")
    _write_operators_file(asked)
    with clouds.running("distributed") as settings:
        clouds.without_quota(settings)
        _start_hosts(settings, hosts)
        scale = _Scale(settings, results, servers)
        try:
            for number, kind in in_random_order(batches, (WITH, WITHOUT), 0):
                scale.create(number, kind)
            scale.check()
            for number, kind in in_random_order(LISTS, (WITH, WITHOUT)):
                scale.list(number, kind)
        finally:
            scale.close()


def overrides_of(number: int) -> dict[str, str]:
    """Return the overrides of one server: no other has the same."""
    chosen = {}
    rest = number
    for name, values in _CHOICES.items():
        rest, place = divmod(rest, len(values))
        chosen[name] = values[place]
    return {**chosen, "os_command_line": f"console=ttyS0 owner={number}"}


def _write_operators_file(settings: Settings) -> None:
    folder = settings.etc_dir / "nova"
    folder.mkdir(parents=True, exist_ok=True)
    if settings.in_use() is None:
        # Marks the folder as a cloud's.
        settings.save()
    (folder / OPERATORS_FILE).write_text(_OPERATORS)


def _start_hosts(settings: Settings, count: int) -> None:
    """Start hosts of nova-compute, in turn in the cloud's cells."""
    environment = service_environment(settings, "nova")
    environment["PATH"] = os.pathsep.join(
        (str(settings.novas_names_dir), environment["PATH"])
    )
    # Of each cell, what a host of make-believe guests reads.
    files = [
        settings.etc_dir / "nova" / name / "nova.conf"
        for name in ("nova-compute-2", "nova-compute-3")
    ]
    began = datetime.datetime.now(datetime.UTC)
    for first in range(0, count, _HOSTS_AT_ONCE):
        number = min(_HOSTS_AT_ONCE, count - first)
        group = first // _HOSTS_AT_ONCE
        name = f"{_HOSTS_NAME}-{group}"
        processes.start(
            (
                *(sys.executable, "-m", "sandbox.runtime.compute_hosts"),
                *(name, str(number), str(settings.var_dir / "hosts")),
                *("nova-compute", "--config-file"),
                str(files[group % len(files)]),
            ),
            environment=environment,
            log=settings.log_dir / f"{name}.log",
            record=settings.run_dir / f"{name}.json",
        )
        _wait_for_hosts(settings, first + number, began)
        passed = datetime.datetime.now(datetime.UTC) - began
        print(f"{first + number} hosts after {passed.seconds} s", flush=True)


def _wait_for_hosts(
    settings: Settings, count: int, began: datetime.datetime
) -> None:
    """Wait until hosts have reported, and the scheduler knows their cells."""

    def there_are() -> bool:
        reported = [
            databases.rows(
                settings,
                f"nova_{cell}",
                "SELECT COUNT(*) FROM services WHERE host LIKE :hosts"
                " AND last_seen_up > :began",
                hosts=f"{_HOSTS_NAME}-%",
                began=f"{began:%Y-%m-%d %H:%M:%S}",
            )[0][0]
            for cell in cells(settings)
        ]
        if sum(reported) < count:
            return False
        mapped = databases.rows(
            settings,
            "nova_api",
            "SELECT COUNT(*) FROM host_mappings WHERE host LIKE :hosts",
            hosts=f"{_HOSTS_NAME}-%",
        )
        return bool(mapped[0][0] >= count)

    processes.wait_until(
        there_are,
        deadline_seconds=_SECONDS,
        what=f"{count} hosts have reported",
    )


class _Scale:
    """The servers of one run."""

    def __init__(
        self, settings: Settings, results: Results, servers: int
    ) -> None:
        self._results = results
        self._servers = servers
        api = ServerApi.of(settings)
        self._hosts = [
            ApiHost(settings, name, api.microversion)
            for name in clouds.API_HOSTS
        ]
        self._body = partial(create_body, image=api.image, flavor=api.flavor)
        self._run = uuid.uuid4().hex[:8]
        # What was asked for, by the server's id.
        self._asked: dict[str, dict[str, str]] = {}
        self._cells = [f"nova_{cell}" for cell in cells(settings)]
        names = {*on_mariadb(settings)} - {f"nova_{API_LEVEL}"}
        self._engines = {
            name: sqlalchemy.create_engine(database_url(settings, name))
            for name in sorted(names)
        }

    def close(self) -> None:
        """Leave the databases."""
        for host in self._hosts:
            host.close()
        for engine in self._engines.values():
            engine.dispose()

    def create(self, number: int, kind: str) -> None:
        """Create a batch of servers, and wait until all of them run."""
        batch = f"{self._run}-{kind}-{number}"
        first = number * self._servers
        statements, rows = self._hosts[0].statements(), self._rows()
        start = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            milliseconds = sorted(
                clients.map(
                    lambda place: self._create_one(
                        self._hosts[place % len(self._hosts)],
                        f"{batch}-{place}",
                        overrides_of(first + place) if kind == WITH else {},
                    ),
                    range(self._servers),
                )
            )
        answered = time.perf_counter() - start
        processes.wait_until(
            lambda: self._all_run(batch),
            deadline_seconds=_SECONDS,
            what=f"all servers of batch {batch} run",
        )
        seconds = time.perf_counter() - start
        self._results.add(
            CREATE,
            kind,
            number,
            p50_ms=milliseconds[self._servers // 2],
            p95_ms=milliseconds[self._servers * 95 // 100],
            per_second=self._servers / answered,
            running_per_second=self._servers / seconds,
            statements=(self._hosts[0].statements() - statements)
            / self._servers,
            rows=(self._rows() - rows) / self._servers,
        )
        print(f"{batch}: {seconds:.1f} s", flush=True)

    def _create_one(
        self, host: ApiHost, name: str, overrides: dict[str, str]
    ) -> float:
        body = self._body(name, overrides=overrides)
        start = time.perf_counter()
        answer = host.send("POST", "/servers", body)
        milliseconds = (time.perf_counter() - start) * 1000
        assert answer.status_code == 202, answer.text
        self._asked[answer.json()["server"]["id"]] = overrides
        return milliseconds

    def list(self, number: int, kind: str) -> None:
        """List all servers of one kind, with all that Nova shows of them."""
        answer = self._hosts[number % len(self._hosts)].request(
            "GET", f"/servers/detail?name=^{self._run}-{kind}-&limit=1000"
        )
        assert answer.status == 200, answer.body
        shown = {s["id"]: s[KEY] for s in answer.body["servers"]}
        wanted = {
            server: overrides
            for server, overrides in self._asked.items()
            if bool(overrides) == (kind == WITH)
        }
        assert shown == wanted
        self._results.add(
            LIST, kind, number, wall_ms=answer.wall_ms, servers=len(shown)
        )

    def check(self) -> None:
        """Check that each server has its own overrides, in every place.

        In its record, as image properties in its system metadata, and in its
        request specification.
        """
        metadata: dict[str, dict[str, str]] = {}
        for cell in self._cells:
            for server, key, value in self._query(
                cell,
                "SELECT instance_uuid, `key`, value"
                " FROM instance_system_metadata WHERE deleted = 0",
            ):
                metadata.setdefault(server, {})[key] = value
        specs = dict(
            self._query(
                "nova_api", "SELECT instance_uuid, spec FROM request_specs"
            )
        )
        for server, overrides in self._asked.items():
            kept = metadata[server]
            assert as_written(kept) == overrides, server
            spec = _properties_of(specs[server])
            for name, value in overrides.items():
                assert kept[f"image_{name}"] == value, (server, name)
                assert _in_words(spec[name]) == value, (server, name)

    def _all_run(self, batch: str) -> bool:
        states = [
            state
            for cell in self._cells
            for (state,) in self._query(
                cell,
                "SELECT vm_state FROM instances"
                f" WHERE display_name LIKE '{batch}-%%' AND deleted = 0",
            )
        ]
        assert "error" not in states, f"a server of {batch} is in error"
        return states.count("active") == self._servers

    def _rows(self) -> int:
        """Count the rows of all tables in Nova's databases."""
        count = 0
        for database, engine in self._engines.items():
            for table in sqlalchemy.inspect(engine).get_table_names():
                ((rows,),) = self._query(
                    database,
                    f"SELECT COUNT(*) FROM `{table}`",
                )
                count += rows
        return count

    def _query(self, database: str, query: str) -> Any:
        with self._engines[database].connect() as connection:
            return connection.exec_driver_sql(query).all()


def _properties_of(spec: str) -> dict[str, Any]:
    image = json.loads(spec)["nova_object.data"]["image"]
    properties = image["nova_object.data"]["properties"]
    found: dict[str, Any] = properties["nova_object.data"]
    return found


def _in_words(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
