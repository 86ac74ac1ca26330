# SPDX-License-Identifier: Apache-2.0
"""Nova as processes of their own, which talk through RabbitMQ."""

import datetime
import os
import sys
from pathlib import Path
from typing import Final

from sandbox import broker, databases, mariadb
from sandbox.nova_layout import NovaProcess, has_extension, nova_processes
from sandbox.service import (
    Service,
    accepts,
    answers,
    base_environment,
    listens,
    service_environment,
)
from sandbox.settings import Settings

# Both ways of docs/operator/install.md: nova-compute keeps its name, by a link
# in `Settings.novas_names_dir`.
_SCRIPTS_WITH_OVERRIDES: Final = {
    "nova-conductor": "nova-conductor-image-props",
}


def nova_services(
    settings: Settings, starts_after: tuple[str, ...]
) -> list[Service]:
    """Broker, database if it has one, and the processes of Nova.

    Args:
        settings: The cloud's.
        starts_after: What nova-compute needs beside Nova.
    """
    needed = _what_all_need(settings)
    names = tuple(service.name for service in needed)
    return [
        *needed,
        *(
            _api(settings, process, names)
            if process.binary == "nova-api"
            else _process(
                settings,
                process,
                names + _needed_beside(settings, process, starts_after),
            )
            for process in nova_processes(settings)
        ),
    ]


def _needed_beside(
    settings: Settings, process: NovaProcess, outside_nova: tuple[str, ...]
) -> tuple[str, ...]:
    if process.binary != "nova-compute":
        return ()
    # What asks a conductor that is not there waits for 10 seconds.
    conductors = [
        each.name
        for each in nova_processes(settings)
        if each.binary == "nova-conductor" and each.cell == process.cell
    ]
    return (*conductors, *outside_nova)


def _what_all_need(settings: Settings) -> list[Service]:
    environment = base_environment(settings) | broker.environment(settings)
    amqp = settings.broker_ports["amqp"]
    epmd = settings.broker_ports["epmd"]
    needed = [
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
    if settings.is_distributed:
        needed.insert(
            0,
            Service(
                name="mariadb",
                command=mariadb.command(settings),
                environment=base_environment(settings) | mariadb.environment(),
                is_ready=lambda: accepts(mariadb.socket(settings)),
                log=settings.log_dir / "mariadb.log",
                record=settings.run_dir / "mariadb.json",
                holds_databases=True,
            ),
        )
    return needed


def _api(
    settings: Settings, process: NovaProcess, starts_after: tuple[str, ...]
) -> Service:
    assert process.listens_as is not None
    port = settings.ports[process.listens_as]
    folder = process.configuration_file(settings).parent
    environment = service_environment(settings, "nova") | {
        "OS_NOVA_CONFIG_DIR": str(folder)
    }
    command: tuple[str, ...]
    command = (sys.executable, "-m", "sandbox.runtime.serve", "nova")
    if process.gunicorn:
        # Without arguments: Nova would read them.
        command = (str(settings.bin_dir / "gunicorn"),)
        settings_file = settings.etc_dir / "nova" / "gunicorn.conf.py"
        environment["GUNICORN_CMD_ARGS"] = f"--config={settings_file}"
    return Service(
        name=process.name,
        command=command,
        environment=environment,
        is_ready=lambda: answers(port),
        log=settings.log_dir / f"{process.name}.log",
        record=settings.run_dir / f"{process.name}.json",
        starts_after=starts_after,
        listens_as=process.listens_as,
    )


def _process(
    settings: Settings, process: NovaProcess, starts_after: tuple[str, ...]
) -> Service:
    script = process.binary
    environment = service_environment(settings, "nova")
    if has_extension(settings, process):
        script = _SCRIPTS_WITH_OVERRIDES.get(script, script)
        environment["PATH"] = os.pathsep.join(
            (str(settings.novas_names_dir), environment["PATH"])
        )
    configuration = process.configuration_file(settings)
    record = settings.run_dir / f"{process.name}.json"
    return Service(
        name=process.name,
        command=(
            *(sys.executable, "-m", "sandbox.runtime.nova_service"),
            *(script, "--config-file", str(configuration)),
        ),
        environment=environment,
        is_ready=lambda: _is_up(settings, process, since=record),
        log=settings.log_dir / f"{process.name}.log",
        record=record,
        starts_after=starts_after,
    )


def _is_up(settings: Settings, process: NovaProcess, *, since: Path) -> bool:
    """Whether it has told the database that it lives; of compute, more.

    Servers go to a compute only when the scheduler has found it, too, and
    has mapped it to its cell.

    Args:
        settings: The cloud's.
        process: The process.
        since: The file that was written when the process was started.
    """
    started = datetime.datetime.fromtimestamp(
        since.stat().st_mtime, datetime.UTC
    )
    reported = databases.rows(
        settings,
        f"nova_{process.cell}",
        "SELECT 1 FROM services WHERE `binary` = :binary AND host = :host"
        " AND last_seen_up > :started",
        binary=process.binary,
        host=process.host,
        started=f"{started:%Y-%m-%d %H:%M:%S.%f}",
    )
    if process.binary != "nova-compute" or not reported:
        return bool(reported)
    return bool(
        databases.rows(
            settings,
            "nova_api",
            "SELECT 1 FROM host_mappings WHERE host = :host",
            host=process.host,
        )
    )
