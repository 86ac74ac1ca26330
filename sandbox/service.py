# SPDX-License-Identifier: Apache-2.0
"""One long-running process of a cloud: what it needs, how it is watched."""

import contextlib
import dataclasses
import http.client
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sandbox.processes import Process
from sandbox.settings import CHECKOUT, Settings

# Marks each process of a cloud, and all that it starts, as that cloud's.
CLOUD_VARIABLE: Final = "SANDBOX_CLOUD"

_ENTRY_POINTS: Final = (
    Path(__file__).resolve().parent / "runtime" / "neutron_entry_points"
)
# Where each service finds its configuration; Cinder is told by its command.
# Nova's paste file comes first in its list: Nova loads its application from
# the first.
_CONFIGURATION_VARIABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "keystone": {"OS_KEYSTONE_CONFIG_DIR": "{folder}"},
    "glance": {"OS_GLANCE_CONFIG_DIR": "{folder}"},
    "placement": {"OS_PLACEMENT_CONFIG_DIR": "{folder}"},
    "neutron": {
        "OS_NEUTRON_CONFIG_DIR": "{folder}",
        "OS_NEUTRON_CONFIG_FILES": "neutron.conf",
    },
    "nova": {
        "OS_NOVA_CONFIG_DIR": "{folder}",
        "OS_NOVA_CONFIG_FILES": "api-paste.ini;nova.conf",
    },
}


@dataclasses.dataclass(frozen=True)
class Service:
    """One process of a cloud.

    Attributes:
        name: What it is called in `status` and `logs`.
        command: The program's absolute path, and its arguments.
        environment: All of its environment variables.
        is_ready: Whether it answers.
        log: Its output.
        record: Where the `Process` is written down.
        starts_after: Names of the services that it needs.
        ready_seconds: How long it may take to answer; a loaded machine
            takes several times what an idle one does.
        listens_as: The API service whose listening socket it is handed.
        holds_databases: Whether the databases are made only when it runs.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    log: Path
    record: Path
    starts_after: tuple[str, ...] = ()
    ready_seconds: float = 120
    listens_as: str | None = None
    holds_databases: bool = False

    @property
    def process(self) -> Process | None:
        """The process it was last started as; None if it is stopped."""
        return Process.recorded_in(self.record)


def base_environment(settings: Settings) -> dict[str, str]:
    """What every process of this cloud has in its environment.

    Nothing of the caller's: no OS_* or locale variable can leak in.
    """
    return {
        CLOUD_VARIABLE: str(settings.state_dir),
        "PATH": f"{settings.bin_dir}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(settings.var_dir),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{_ENTRY_POINTS}",
        # OpenStack's libraries warn of one another's next releases.
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
        # Neutron uses setproctitle, which would else write over the
        # environment that /proc shows, and so over our mark.
        "SPT_NOENV": "1",
    }


def service_environment(settings: Settings, name: str) -> dict[str, str]:
    """The environment with which a service's programs find its files."""
    folder = settings.etc_dir / name
    return base_environment(settings) | {
        variable: value.format(folder=folder)
        for variable, value in _CONFIGURATION_VARIABLES.get(name, {}).items()
    }


def answers(port: int) -> bool:
    """Whether an HTTP server gives any answer at all, within 5 seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False


def accepts(path: Path) -> bool:
    """Whether somebody listens on a UNIX socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def listens(port: int) -> bool:
    """Whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
