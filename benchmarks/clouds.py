# SPDX-License-Identifier: Apache-2.0
"""Clouds of the sandbox that benchmarks run on, beside whichever you use.

A cloud stays, ended, until all benchmarks of a run are done: the next one
starts it with its databases there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import requests

from benchmarks.results import CHECKOUT
from sandbox import (
    accounts,
    cloud,
    configuration,
    images,
    processes,
    restart,
)
from sandbox.service import Service
from sandbox.service_table import services
from sandbox.settings import Settings

FOLDER: Final = CHECKOUT / ".sandbox-bench"
API_HOSTS: Final = {"nova-api-1": "nova", "nova-api-2": "nova-api-2"}
_PORT_BASE: Final = 16400
_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fake": {"virt": "fake"},
    "guests": {"virt": "auto"},
    "distributed": {"virt": "fake", "nova_processes": "distributed"},
}


def settings_of(kind: str) -> Settings:
    """Return the settings of a cloud.

    Args:
        kind: ``fake``, ``guests`` (real ones, all of Nova in one process) or
            ``distributed``.
    """
    chosen: Mapping[str, Any] = _KINDS[kind]
    base = os.environ.get("SANDBOX_PORT_BASE") or _PORT_BASE
    return Settings(state_dir=FOLDER / kind, port_base=int(base), **chosen)


@contextlib.contextmanager
def running(kind: str) -> Iterator[Settings]:
    """Yield a running cloud, which is ended afterwards."""
    asked = settings_of(kind)
    try:
        yield cloud.up(asked)
    finally:
        cloud.down(asked)


def wipe(kinds: Iterable[str]) -> None:
    """Remove clouds."""
    for kind in kinds:
        cloud.wipe(settings_of(kind))


def without_quota(settings: Settings) -> None:
    """Let the admin's project have as many servers as it likes."""
    compute = accounts.connect(settings).compute
    project = compute.get_project_id()
    body = {"quota_set": {"instances": -1, "cores": -1, "ram": -1}}
    answer = compute.put(f"/os-quota-sets/{project}", json=body)
    answer.raise_for_status()


def new_image(
    settings: Settings,
    name: str,
    properties: Mapping[str, str],
    data: object = b"nobody boots it",
) -> str:
    """Return the id of a new image that has the guest's kernel.

    Args:
        settings: Of the running cloud.
        name: The image's.
        properties: Besides kernel and ramdisk.
        data: What it holds: bytes, or a file that is read.
    """
    glance = accounts.connect(settings).image
    guest = images.named(glance, images.GUEST)[0]
    body = {
        **{key: guest[key] for key in ("kernel_id", "ramdisk_id")},
        "os_command_line": "console=ttyS0 quiet",
        **properties,
        "name": name,
        "container_format": "bare",
        "disk_format": "raw",
    }
    created = glance.post("/images", json=body)
    created.raise_for_status()
    image_id = str(created.json()["id"])
    glance.put(
        f"/images/{image_id}/file",
        data=data,
        headers={"Content-Type": "application/octet-stream"},
    ).raise_for_status()
    return image_id


def novas_last(settings: Settings) -> tuple[str, str]:
    """Return Nova's own last microversion, and ours, which follows it."""
    session = accounts.connect(settings).session
    answer = session.get(f"{settings.url('nova')}/v2.1/")
    shown = answer.json()["version"]["version"]
    major, minor = map(int, shown.split("."))
    switched_on = "nova-api-1" not in settings.stock_processes
    last = minor - 1 if settings.extension and switched_on else minor
    return f"{major}.{last}", f"{major}.{last + 1}"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came of one request, and what it took.

    Attributes:
        status: HTTP's.
        body: From JSON; None if there is none.
        wall_ms: From the request to the end of the answer.
        cpu_ms: Of the processor, by nova-api's processes.
        statements: That MariaDB was sent meanwhile, by whomever.
    """

    status: int
    body: Any
    wall_ms: float
    cpu_ms: float
    statements: int

    @property
    def figures(self) -> dict[str, float]:
        """What it took, by metric."""
        return {
            "wall_ms": self.wall_ms,
            "cpu_ms": self.cpu_ms,
            "statements": self.statements,
        }


class ApiHost:
    """One host of nova-api of a distributed cloud, asked as admin."""

    def __init__(
        self, settings: Settings, name: str, microversion: str
    ) -> None:
        """Ask a host that runs.

        Args:
            settings: The cloud's.
            name: Of `API_HOSTS`.
            microversion: What each request asks for.
        """
        import sqlalchemy

        self._url = settings.url(API_HOSTS[name]) + "/v2.1"
        self._headers = {
            "X-Auth-Token": accounts.connect(settings).session.get_token(),
            "OpenStack-API-Version": f"compute {microversion}",
        }
        self._processes = processes_of(service_named(settings, name))
        self._database = sqlalchemy.create_engine(
            configuration.database_url(settings, "nova_api")
        ).connect()

    def close(self) -> None:
        """Leave the database."""
        self._database.close()
        self._database.engine.dispose()

    def request(self, method: str, path: str, body: Any = None) -> Answer:
        """Send one request."""
        statements = self.statements()
        cpu_ms = self.cpu_ms()
        start = time.perf_counter()
        answer = self.send(method, path, body)
        return Answer(
            status=answer.status_code,
            wall_ms=(time.perf_counter() - start) * 1000,
            cpu_ms=self.cpu_ms() - cpu_ms,
            # Of the two questions, the first counts.
            statements=self.statements() - statements - 1,
            body=answer.json() if answer.content else None,
        )

    def send(
        self, method: str, path: str, body: Any = None
    ) -> requests.Response:
        """Send one request, without measuring; many may do so at once."""
        return requests.request(
            method,
            self._url + path,
            json=body,
            headers=self._headers,
            timeout=300,
        )

    def cpu_ms(self) -> float:
        """Return the processor's milliseconds that its processes have used."""
        return sum(map(cpu_ms_of, self._processes))

    def statements(self) -> int:
        """Return how many statements MariaDB was sent so far, this one too."""
        found = self._database.exec_driver_sql(
            "SHOW GLOBAL STATUS LIKE 'Questions'"
        )
        return int(found.one()[1])


def service_named(settings: Settings, name: str) -> Service:
    """Return one of the cloud's services."""
    return next(each for each in services(settings) if each.name == name)


def end_all_but_the_apis(settings: Settings) -> None:
    """End what works on servers: a request then costs nova-api alone.

    What is sent to them stays in RabbitMQ.
    """
    for service in services(settings):
        if service.name.startswith(
            ("nova-conductor", "nova-scheduler", "nova-compute")
        ):
            restart.stop(service)


def processes_of(service: Service) -> list[int]:
    """Return the ids of a service's process and its workers."""
    assert service.process is not None, f"{service.name} does not run"
    return [each.pid for each in processes.session_of(service.process)]


def cpu_ms_of(pid: int) -> float:
    """Return the processor's milliseconds that a process has used."""
    # The clock of another process, as clock_getcpuclockid(3) makes its
    # number. /proc has ticks of 10 ms.
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e6
