# SPDX-License-Identifier: Apache-2.0
"""A cloud of separate processes whose Nova reaches all else by proxies."""

import contextlib
import dataclasses
import json
import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox import cloud as sandbox_cloud
from sandbox import configuration, images, processes
from sandbox.accounts import connect
from sandbox.service import Service
from sandbox.service_table import services
from sandbox.settings import Settings
from tests.sandbox.faults.proxy import Proxy

PROXIED: Final = ("keystone", "glance", "placement", "neutron")
VOLUMES: Final = "cinder"
BROKER: Final = "broker"
# Between the services' ports and those of guests' displays.
_PROXY_PORT_OFFSET: Final = 50
# Where Nova finds the others. It would wait a minute for an answer by RPC: a
# fault has to end before a test does.
_LINES: Final = {
    "[DEFAULT]": "rpc_response_timeout = 8",
    "[glance]": "endpoint_override = {glance}",
    "[placement]": "endpoint_override = {placement}",
    "[neutron]": "endpoint_override = {neutron}",
}
_VOLUME_LINES: Final = {
    "[cinder]": "endpoint_template = {cinder}/v3/%(project_id)s",
}
# Seconds that Nova's processes wait for another writer of SQLite.
_DATABASE_WAIT: Final = ("?timeout=60", "?timeout=6")


@dataclasses.dataclass(frozen=True)
class FaultyCloud:
    """A running cloud, and what can be done to it.

    Attributes:
        settings: The cloud's.
        proxies: By the name of the service behind them.
        listener: The socket of nova-api's workers, for those that are
            started again.
    """

    settings: Settings
    proxies: dict[str, Proxy]
    listener: socket.socket

    def service(self, name: str) -> Service:
        """Return a service of the cloud."""
        (found,) = (s for s in services(self.settings) if s.name == name)
        return found

    def names_of(self, kind: str) -> list[str]:
        """Return the processes of a kind: all of nova-api's workers."""
        names = [s.name for s in services(self.settings)]
        return [name for name in names if name.startswith(kind)]

    def kill(self, name: str) -> None:
        """End a service at once, with its children."""
        for process in self._session(name):
            process.send(signal.SIGKILL)

    def owns(self, name: str, pid: int) -> bool:
        """Whether a process belongs to a service."""
        leader = self.service(name).process
        with contextlib.suppress(ProcessLookupError):
            return leader is not None and os.getsid(pid) == leader.pid
        return False

    def restart(self, name: str, log: Path | None = None) -> None:
        """End a service, if it runs, and start it as before.

        Args:
            name: Which one.
            log: Where it writes its log; the usual place by default.
        """
        service = self.service(name)
        processes.stop(lambda: self._session(name))
        processes.start(
            service.command,
            environment=service.environment,
            log=log or service.log,
            record=service.record,
            listener=self.listener if service.listens_as else None,
        )
        processes.wait_until(
            service.is_ready, deadline_seconds=120, what=f"{name} is ready"
        )

    def _session(self, name: str) -> list[processes.Process]:
        leader = self.service(name).process
        return [] if leader is None else processes.session_of(leader)

    def database(self, name: str) -> Path:
        """Return the file of a database."""
        return self.settings.db_dir / f"{name}.db"

    def rows(self, database: str, query: str, *values: str) -> list[Any]:
        """Return what a database holds, whatever Nova's API says."""
        file = self.database(database)
        with contextlib.closing(
            sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)
        ) as connection:
            return connection.execute(query, values).fetchall()


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[FaultyCloud]:
    """Start a cloud with proxies around its Nova; it is not wiped.

    Args:
        settings: With ``nova_processes="separate"``.
    """
    kept: list[socket.socket] = []
    base = settings.port_base + _PROXY_PORT_OFFSET
    proxied = (*PROXIED, *([VOLUMES] if settings.volumes else []))
    ports = {name: base + n for n, name in enumerate((*proxied, BROKER))}
    targets = {
        **{name: settings.ports[name] for name in proxied},
        BROKER: settings.broker_ports["amqp"],
    }
    write = configuration.write_configuration
    start = sandbox_cloud._start

    def write_with_proxies(asked: Settings) -> None:
        write(asked)
        for name in ("nova.conf", "nova-compute.conf"):
            _send_through_proxies(asked, asked.etc_dir / "nova" / name, ports)

    def start_and_keep(asked: Settings, listeners: Any, tell: Any) -> None:
        kept.append(listeners["nova"].dup())
        start(asked, listeners, tell)

    with contextlib.ExitStack() as stack:
        proxies = {}
        for name, port in ports.items():
            http = name != BROKER
            proxies[name] = Proxy(port, targets[name], http=http)
            stack.callback(proxies[name].close)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(configuration, "write_configuration", write_with_proxies)
        patch.setattr(sandbox_cloud, "_start", start_and_keep)
        up = sandbox_cloud.up(settings)
        stack.callback(kept[0].close)
        try:
            yield FaultyCloud(up, proxies, kept[0])
        finally:
            sandbox_cloud.down(up)


def _send_through_proxies(
    settings: Settings, file: Path, ports: dict[str, int]
) -> None:
    """Have Nova find all others at the proxies."""
    text = file.read_text()
    urls = {n: f"http://127.0.0.1:{port}" for n, port in ports.items()}
    lines = _LINES | (_VOLUME_LINES if settings.volumes else {})
    for section, line in lines.items():
        assert section in text
        text = text.replace(section, f"{section}\n{line.format_map(urls)}", 1)
    amqp = settings.broker_ports["amqp"]
    for service, old in (
        ("keystone", settings.url("keystone")),
        (BROKER, f"127.0.0.1:{amqp}/"),
    ):
        port = ports[service]
        new = f"127.0.0.1:{port}/" if service == BROKER else urls[service]
        assert old in text
        text = text.replace(old, new)
    file.write_text(text.replace(*_DATABASE_WAIT))


@dataclasses.dataclass(frozen=True)
class Api:
    """Nova's API, and what a request to it needs."""

    url: str
    token: str
    microversion: str
    image: str
    other_image: str
    flavor: str
    network: str


def api_of(cloud: FaultyCloud) -> Api:
    """Return how to send requests that go past the proxies."""
    settings = cloud.settings
    connection = connect(settings)
    answer = connection.compute.get(
        "/os-image-props-override", microversion="latest"
    )
    network = connection.network.find_network("sandbox")
    return Api(
        url=f"{settings.url('nova')}/v2.1",
        token=connection.session.get_token(),
        microversion=answer.json()["microversion"],
        image=connection.image.find_image(images.GUEST).id,
        other_image=connection.image.find_image(images.INSTALLER).id,
        flavor=connection.compute.find_flavor("tiny").id,
        network=network.id,
    )


def client_pid(port: int) -> int | None:
    """Return the process that holds the local end of a connection.

    Args:
        port: Its port on 127.0.0.1.
    """
    wanted = f"0100007F:{port:04X}"
    inodes = {
        fields[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if (fields := line.split())[1] == wanted
    }
    links = {f"socket:[{inode}]" for inode in inodes}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(link.readlink()) in links:
                return int(link.parts[2])
    return None


def request_spec_of(cloud: FaultyCloud, server: str) -> dict[str, str]:
    """Return the image properties in a server's request specification."""
    found = cloud.rows(
        "nova_api",
        "SELECT spec FROM request_specs WHERE instance_uuid = ?",
        server,
    )
    if not found:
        return {}
    image = json.loads(found[0][0])["nova_object.data"]["image"]
    properties: dict[str, str] = image["nova_object.data"]["properties"][
        "nova_object.data"
    ]
    return properties
