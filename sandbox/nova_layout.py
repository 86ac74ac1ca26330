# SPDX-License-Identifier: Apache-2.0
"""Which processes a Nova of several is made of: a table of data."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.settings import Settings

# The API's own level: its processes report to the database of cell0, and their
# messages have RabbitMQ's default virtual host.
API_LEVEL: Final = "cell0"
# Where real guests run, in a cloud that has them, and the zone of that host.
REAL_HOST: Final = "sandbox"
GUEST_ZONE: Final = "guests"
# They share one listening socket: the kernel gives each connection to one.
API_WORKERS: Final = 3
# Of each host of nova-api, where there are several.
GUNICORN_WORKERS: Final = 2


@dataclasses.dataclass(frozen=True)
class NovaProcess:
    """One process of Nova.

    Attributes:
        name: What it is called in `status`, `logs` and `restart`.
        binary: What Nova calls it, and what its console script is called.
        configuration: Its file, below ``etc/nova``; processes of one host of
            nova-api share the folder and so `api-paste.ini`.
        host: The host that it says it is on.
        cell: Whose messages and database it has.
        listens_as: The name of its port in `Settings.ports`.
        gunicorn: Whether a nova-api runs under gunicorn, not waitress.
        fake_guests: Whether its guests are make-believe in every cloud.
    """

    name: str
    binary: str
    configuration: str
    host: str = REAL_HOST
    cell: str = "cell1"
    listens_as: str | None = None
    gunicorn: bool = False
    fake_guests: bool = False

    def configuration_file(self, settings: Settings) -> Path:
        """The file that it reads."""
        return settings.etc_dir / "nova" / self.configuration

    def state_path(self, settings: Settings) -> Path:
        """The folder of what it keeps; each nova-compute has its own."""
        return settings.var_dir / (self.name if self._is_apart else "nova")

    def instances_path(self, settings: Settings) -> Path:
        """The folder of its servers."""
        if self._is_apart:
            return self.state_path(settings) / "instances"
        return settings.instances_dir

    @property
    def _is_apart(self) -> bool:
        return self.fake_guests


_SEPARATE: Final = (
    NovaProcess("nova-conductor", "nova-conductor", "nova.conf"),
    NovaProcess("nova-scheduler", "nova-scheduler", "nova.conf"),
    # A nova-compute of its own must not know the databases.
    NovaProcess("nova-compute", "nova-compute", "nova-compute.conf"),
    *(
        NovaProcess(
            f"nova-api-{number}", "nova-api", "nova.conf", listens_as="nova"
        )
        for number in range(1, API_WORKERS + 1)
    ),
)


def _distributed(
    name: str,
    host: str,
    cell: str = API_LEVEL,
    listens_as: str | None = None,
    *,
    fake_guests: bool = False,
) -> NovaProcess:
    binary = "-".join(name.split("-")[:2])
    return NovaProcess(
        name,
        binary,
        f"{name}/nova.conf",
        host,
        cell,
        listens_as,
        gunicorn=binary == "nova-api",
        fake_guests=fake_guests,
    )


# A conductor of the API's level, which handles tasks over all cells, and one
# in each cell, which is its hosts' way to the database.
_DISTRIBUTED: Final = (
    _distributed("nova-conductor", "conductor"),
    _distributed("nova-conductor-cell1", "conductor-cell1", "cell1"),
    _distributed("nova-conductor-cell2", "conductor-cell2", "cell2"),
    _distributed("nova-scheduler-1", "scheduler-1"),
    _distributed("nova-scheduler-2", "scheduler-2"),
    # Real guests, where this cloud has them, are on the first.
    _distributed("nova-compute-1", REAL_HOST, "cell1"),
    _distributed("nova-compute-2", "fake-2", "cell1", fake_guests=True),
    _distributed("nova-compute-3", "fake-3", "cell2", fake_guests=True),
    _distributed("nova-api-1", "api-1", listens_as="nova"),
    _distributed("nova-api-2", "api-2", listens_as="nova-api-2"),
)

LAYOUTS: Final[Mapping[str, tuple[NovaProcess, ...]]] = {
    "one": (),
    "separate": _SEPARATE,
    "distributed": _DISTRIBUTED,
}


def nova_processes(settings: Settings) -> tuple[NovaProcess, ...]:
    """The processes of this cloud's Nova; none where it is a single one."""
    return LAYOUTS[settings.nova_processes]


def cells(settings: Settings) -> list[str]:
    """The cells that hold servers, by name."""
    names = {process.cell for process in nova_processes(settings)}
    return sorted(names - {API_LEVEL}) or ["cell1"]


def has_extension(settings: Settings, process: NovaProcess) -> bool:
    """Whether it runs with image-props-override; else it is Nova's own."""
    if not settings.extension or process.name in settings.stock_processes:
        return False
    return process.binary == "nova-api" or not settings.stock_services
