# SPDX-License-Identifier: Apache-2.0
"""Nova as processes of their own, which talk through RabbitMQ."""

import contextlib
import datetime
import os
import sqlite3
import sys
from pathlib import Path
from typing import Final

from sandbox import broker
from sandbox.service import (
    Service,
    answers,
    base_environment,
    listens,
    service_environment,
)
from sandbox.settings import Settings

# They share one listening socket: the kernel gives each connection to one.
API_WORKERS: Final = 3


def nova_services(
    settings: Settings, starts_after: tuple[str, ...]
) -> list[Service]:
    """Broker, conductor, scheduler, compute and workers of nova-api."""
    return [
        *_broker(settings),
        _nova_process(settings, "nova-conductor", ("rabbitmq",)),
        _nova_process(settings, "nova-scheduler", ("rabbitmq",)),
        # Who asks a conductor that is not there waits for 10 seconds.
        _nova_process(
            settings, "nova-compute", ("nova-conductor", *starts_after)
        ),
        *(
            _api_worker(settings, number, ("rabbitmq",))
            for number in range(1, API_WORKERS + 1)
        ),
    ]


def _broker(settings: Settings) -> list[Service]:
    environment = base_environment(settings) | broker.environment(settings)
    amqp = settings.broker_ports["amqp"]
    epmd = settings.broker_ports["epmd"]
    return [
        Service(
            name="epmd",
            command=broker.epmd_command(settings),
            environment=base_environment(settings),
            is_ready=lambda: listens(epmd),
            log=settings.log_dir / "epmd.log",
            record=settings.run_dir / "epmd.json",
        ),
        Service(
            name="rabbitmq",
            command=broker.command(),
            environment=environment,
            is_ready=lambda: listens(amqp),
            log=settings.log_dir / "rabbitmq.log",
            record=settings.run_dir / "rabbitmq.json",
            starts_after=("epmd",),
        ),
    ]


def _api_worker(
    settings: Settings, number: int, starts_after: tuple[str, ...]
) -> Service:
    name = f"nova-api-{number}"
    port = settings.ports["nova"]
    return Service(
        name=name,
        command=(sys.executable, "-m", "sandbox.runtime.serve", "nova"),
        environment=service_environment(settings, "nova"),
        is_ready=lambda: answers(port),
        log=settings.log_dir / f"{name}.log",
        record=settings.run_dir / f"{name}.json",
        starts_after=starts_after,
        listens_as="nova",
    )


def _nova_process(
    settings: Settings, name: str, starts_after: tuple[str, ...]
) -> Service:
    script = name
    environment = service_environment(settings, "nova")
    if settings.extension and not settings.stock_services:
        script = _SCRIPTS_WITH_OVERRIDES.get(name, name)
        environment["PATH"] = os.pathsep.join(
            (str(settings.novas_names_dir), environment["PATH"])
        )
    file = "nova-compute.conf" if name == "nova-compute" else "nova.conf"
    configuration = settings.etc_dir / "nova" / file
    record = settings.run_dir / f"{name}.json"
    return Service(
        name=name,
        command=(
            *(sys.executable, "-m", "sandbox.runtime.nova_service"),
            *(script, "--config-file", str(configuration)),
        ),
        environment=environment,
        is_ready=lambda: _is_up(settings, name, since=record),
        log=settings.log_dir / f"{name}.log",
        record=record,
        starts_after=starts_after,
    )


# Both ways of docs/operator/install.md: nova-compute keeps its name, by a link
# in `Settings.novas_names_dir`.
_SCRIPTS_WITH_OVERRIDES: Final = {
    "nova-conductor": "nova-conductor-image-props",
}


def _is_up(settings: Settings, binary: str, *, since: Path) -> bool:
    """Whether it has told the database that it lives; of compute, more.

    Servers go to a compute only when the scheduler has found it, too, and
    has mapped it to its cell.

    Args:
        settings: The cloud's.
        binary: The service, as Nova's database names it.
        since: The file that was written when the process was started.
    """
    started = datetime.datetime.fromtimestamp(
        since.stat().st_mtime, datetime.UTC
    )
    reported = _rows(
        settings.db_dir / "nova_cell1.db",
        "SELECT 1 FROM services WHERE binary = ? AND last_seen_up > ?",
        (binary, f"{started:%Y-%m-%d %H:%M:%S.%f}"),
    )
    if binary != "nova-compute" or not reported:
        return bool(reported)
    return bool(
        _rows(
            settings.db_dir / "nova_api.db", "SELECT 1 FROM host_mappings", ()
        )
    )


def _rows(
    database: Path, query: str, values: tuple[str, ...]
) -> list[tuple[object, ...]]:
    with contextlib.closing(
        sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)
    ) as connection:
        return connection.execute(query, values).fetchall()
