# SPDX-License-Identifier: Apache-2.0
"""Creates the services' databases, all at the same time."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox import mariadb
from sandbox.configuration import (
    DATABASES,
    VOLUME_DATABASES,
    database_url,
    on_mariadb,
)
from sandbox.errors import SandboxError
from sandbox.nova_layout import API_LEVEL, cells, nova_processes
from sandbox.processes import POLL_SECONDS, log_end
from sandbox.service import base_environment
from sandbox.settings import PASSWORD, REGION, Settings

# Nothing a service does while it creates tables takes this long, in
# seconds, even on a busy machine.
_DEADLINE_SECONDS: Final = 600.0


def exist(settings: Settings) -> bool:
    """Whether `create` has once run to its end, for Cinder too if need be."""
    if settings.volumes and not _cinder_marker(settings).exists():
        return False
    return _complete_marker(settings).exists()


def create(settings: Settings) -> None:
    """Create the databases; half-made ones of an earlier try go first.

    A cloud that is given Cinder later keeps the others. MariaDB, if the
    cloud has it, must be running.

    Raises:
        SandboxError: A service's own command failed; shows its output.
    """
    chains: dict[str, Iterator[tuple[str, ...]]] = {}
    names: tuple[str, ...] = ()
    if not _complete_marker(settings).exists():
        shutil.rmtree(settings.db_dir, ignore_errors=True)
        settings.db_dir.mkdir(parents=True)
        names += tuple(
            name for name in DATABASES if name not in on_mariadb(settings)
        )
        if settings.is_distributed:
            mariadb.create_empty(settings, on_mariadb(settings))
        chains |= {
            "keystone": iter(_keystone_commands(settings)),
            "nova": iter(_nova_commands(settings)),
            "neutron": iter(_neutron_commands(settings)),
            "glance": iter(_glance_commands(settings)),
            "placement": iter(_placement_commands(settings)),
        }
    if settings.volumes:
        for half_made in settings.db_dir.glob("cinder.db*"):
            half_made.unlink()
        names += VOLUME_DATABASES
        chains["cinder"] = iter(_cinder_commands(settings))
    _run(settings, chains)
    for name in names:
        _set_write_ahead_log(settings.db_dir / f"{name}.db")
    if settings.volumes:
        _cinder_marker(settings).touch()
    _complete_marker(settings).touch()


def rows(
    settings: Settings, database: str, query: str, **values: str
) -> list[Any]:
    """What a query finds in one of the databases, wherever that is.

    Args:
        settings: The cloud's.
        database: Its name.
        query: In SQL, with ``:name`` for each of the values.
        values: The values.
    """
    import sqlalchemy  # Slow, and most commands do not need it.

    engine = sqlalchemy.create_engine(
        database_url(settings, database), poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        return list(connection.execute(sqlalchemy.text(query), values))


def _run(
    settings: Settings, chains: Mapping[str, Iterator[tuple[str, ...]]]
) -> None:
    """Run chains of commands side by side, to the end of all."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    for name, commands in chains.items():
        _start_next(settings, name, commands, running)
    deadline = time.monotonic() + _DEADLINE_SECONDS
    try:
        while running:
            for name, process in list(running.items()):
                if process.poll() is None:
                    continue
                if process.returncode != 0:
                    raise SandboxError(_failure(settings, name, process))
                _start_next(settings, name, chains[name], running)
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"databases of {', '.join(running)}: not created after"
                    f" {_DEADLINE_SECONDS:.0f} s; see {settings.log_dir}"
                )
            time.sleep(POLL_SECONDS)
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def _set_write_ahead_log(database: Path) -> None:
    """Set the mode in which `sandbox.runtime.sqlite_tuning` opens it.

    It stays in the file. Of several processes that set it at the same time
    all but one are told, without any waiting, that the database is locked.
    """
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _start_next(
    settings: Settings,
    name: str,
    commands: Iterator[tuple[str, ...]],
    running: dict[str, subprocess.Popen[bytes]],
) -> None:
    running.pop(name, None)
    command = next(commands, None)
    if command is None:
        return
    program = str(settings.bin_dir / command[0])
    with (settings.log_dir / f"{name}-database.log").open("ab") as log:
        running[name] = subprocess.Popen(
            (program, *command[1:]),
            env=base_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches only the sandbox command, which ends it.
            start_new_session=True,
        )


def _failure(
    settings: Settings, name: str, process: subprocess.Popen[bytes]
) -> str:
    log = settings.log_dir / f"{name}-database.log"
    command = " ".join(map(str, process.args))  # type: ignore[arg-type]
    return (
        f"{command}: exit code {process.returncode}; the end of {log}:\n"
        f"{log_end(log)}"
    )


def _keystone_commands(settings: Settings) -> list[tuple[str, ...]]:
    manage = (
        "keystone-manage",
        "--config-file",
        str(settings.etc_dir / "keystone" / "keystone.conf"),
    )
    url = f"{settings.url('keystone')}/v3"
    key_folders = ("fernet-keys", "credential-keys")
    for folder in key_folders:
        path = settings.etc_dir / "keystone" / folder
        # Keys that no database knows would only confuse.
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True, mode=0o700)
    ourselves = (
        *("--keystone-user", str(os.geteuid())),
        *("--keystone-group", str(os.getegid())),
    )
    return [
        (*manage, "db_sync"),
        (*manage, "fernet_setup", *ourselves),
        (*manage, "credential_setup", *ourselves),
        (
            *manage,
            "bootstrap",
            *("--bootstrap-password", PASSWORD),
            *("--bootstrap-public-url", url),
            *("--bootstrap-internal-url", url),
            *("--bootstrap-admin-url", url),
            *("--bootstrap-region-id", REGION),
        ),
    ]


def _nova_commands(settings: Settings) -> list[tuple[str, ...]]:
    manage = (
        "nova-manage",
        "--config-file",
        str(settings.etc_dir / "nova" / "nova.conf"),
    )
    if settings.is_distributed:
        return _nova_commands_of_cells(settings, manage)
    return [
        (*manage, "api_db", "sync"),
        (
            *(*manage, "cell_v2", "map_cell0"),
            *("--database_connection", database_url(settings, "nova_cell0")),
        ),
        (
            *(*manage, "cell_v2", "create_cell", "--name", "cell1"),
            *("--database_connection", database_url(settings, "nova_cell1")),
            # A template, which Nova fills from its configuration file.
            "--transport-url",
            "{scheme}://{username}:{password}@{hostname}:{port}/{path}",
        ),
        # Of both cells, as the last of the three needs the mappings.
        (*manage, "db", "sync"),
    ]


def _nova_commands_of_cells(
    settings: Settings, manage: tuple[str, ...]
) -> list[tuple[str, ...]]:
    # Templates, which each process fills from its own configuration: the
    # ports may change.
    place = "{scheme}://{username}:{password}@{hostname}:{port}"
    database = f"{place}/nova_%s?{{query}}"
    # Without mappings there are no cells to ask, so the tables are made by
    # the conductors' own configuration.
    conductors = {
        process.cell: process.configuration_file(settings)
        for process in nova_processes(settings)
        if process.binary == "nova-conductor"
    }
    return [
        (*manage, "api_db", "sync"),
        (
            *(*manage, "cell_v2", "map_cell0"),
            *("--database_connection", database % API_LEVEL),
        ),
        *(
            (
                *(*manage, "cell_v2", "create_cell", "--name", cell),
                *("--database_connection", database % cell),
                *("--transport-url", f"{place}/{cell}"),
            )
            for cell in cells(settings)
        ),
        *(
            (
                *("nova-manage", "--config-file", str(configuration)),
                *("db", "sync", "--local_cell"),
            )
            for configuration in conductors.values()
        ),
    ]


def _neutron_commands(settings: Settings) -> list[tuple[str, ...]]:
    return [
        (
            *(sys.executable, "-m", "sandbox.runtime.neutron_schema"),
            database_url(settings, "neutron"),
        )
    ]


def _glance_commands(settings: Settings) -> list[tuple[str, ...]]:
    configuration = settings.etc_dir / "glance" / "glance-api.conf"
    return [("glance-manage", "--config-file", str(configuration), "db_sync")]


def _placement_commands(settings: Settings) -> list[tuple[str, ...]]:
    configuration = settings.etc_dir / "placement" / "placement.conf"
    return [
        (
            *("placement-manage", "--config-file", str(configuration)),
            *("db", "sync"),
        )
    ]


def _cinder_commands(settings: Settings) -> list[tuple[str, ...]]:
    configuration = settings.etc_dir / "cinder" / "cinder.conf"
    return [
        (
            *("cinder-manage", "--config-file", str(configuration)),
            *("db", "sync"),
        )
    ]


def _cinder_marker(settings: Settings) -> Path:
    return settings.db_dir / "cinder-complete"


def _complete_marker(settings: Settings) -> Path:
    return settings.db_dir / "complete"
