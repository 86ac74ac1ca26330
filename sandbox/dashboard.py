# SPDX-License-Identifier: Apache-2.0
"""Horizon against a running cloud, in an environment of its own.

Its pins clash with those of the cloud's services.
"""

import socket
import subprocess
from pathlib import Path
from typing import Final

from sandbox import processes
from sandbox.errors import SandboxError
from sandbox.service import answers, base_environment
from sandbox.settings import CHECKOUT, PASSWORD, Settings

PYTHON: Final = CHECKOUT / ".venv-dashboard" / "bin" / "python"
# After RabbitMQ's ports.
_PORT_OFFSET: Final = 20
_SETTINGS_MODULE: Final = "sandbox.runtime.dashboard_settings"
_READY_SECONDS: Final = 120


def is_installed() -> bool:
    """Return whether Horizon's environment is there."""
    return PYTHON.exists()


def url_of(settings: Settings) -> str:
    """Return where the dashboard of a cloud is."""
    return f"http://127.0.0.1:{settings.port_base + _PORT_OFFSET}/"


def up(settings: Settings, *, plugin: bool = True) -> str:
    """Start the dashboard, unless it runs; `cloud.down` ends it.

    Args:
        settings: Of a running cloud.
        plugin: Whether our plug-in is enabled in it.

    Returns:
        Its URL.

    Raises:
        SandboxError: It is not installed, its port is taken, or it fails.
    """
    if not is_installed():
        raise SandboxError(
            "Horizon is not installed: sandbox/install --with-dashboard"
        )
    record = settings.run_dir / "dashboard.json"
    port = settings.port_base + _PORT_OFFSET
    running = processes.Process.recorded_in(record)
    if running is not None and running.is_alive:
        return url_of(settings)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise SandboxError(
                f"port {port} of 127.0.0.1, meant for the dashboard, cannot"
                f" be used ({error.strerror}): choose another"
                " SANDBOX_PORT_BASE"
            ) from error
        listener.listen()
        environment = _environment(settings, plugin=plugin)
        log = settings.log_dir / "dashboard.log"
        _prepare_static_files(environment, log)
        process = processes.start(
            (str(PYTHON), "-m", "sandbox.runtime.dashboard"),
            environment=environment,
            log=log,
            record=record,
            listener=listener,
        )
    processes.wait_until(
        lambda: answers(port) or not process.is_alive,
        deadline_seconds=_READY_SECONDS,
        what="the dashboard answers",
    )
    if not process.is_alive:
        raise SandboxError(f"it ended:\n{processes.log_end(log)}")
    return url_of(settings)


def down(settings: Settings) -> None:
    """End the dashboard alone."""
    record = settings.run_dir / "dashboard.json"
    process = processes.Process.recorded_in(record)
    if process is not None:
        processes.stop(lambda: [process])
        # Its threads may hold the port for a moment longer.
        port = settings.port_base + _PORT_OFFSET
        processes.wait_until(
            lambda: not answers(port),
            deadline_seconds=_READY_SECONDS,
            what="the dashboard's port is free",
        )
        record.unlink()


def message(url: str) -> str:
    """Return what to tell the user of a dashboard."""
    return (
        f"Horizon:  {url}\n"
        f"Users:    demo and admin, password {PASSWORD}\n"
        "End it:   make down"
    )


def _environment(settings: Settings, *, plugin: bool) -> dict[str, str]:
    folder = settings.var_dir / "dashboard"
    folder.mkdir(exist_ok=True)
    return base_environment(settings) | {
        "PYTHONPATH": str(CHECKOUT),
        "DJANGO_SETTINGS_MODULE": _SETTINGS_MODULE,
        "DASHBOARD_FOLDER": str(folder),
        "DASHBOARD_KEYSTONE_URL": f"{settings.url('keystone')}/v3",
        "DASHBOARD_PLUGIN": "1" if plugin else "0",
    }


def _prepare_static_files(environment: dict[str, str], log: Path) -> None:
    for command in (
        ("collectstatic", "--noinput", "--clear"),
        ("compress", "--force"),
    ):
        with log.open("a") as output:
            done = subprocess.run(
                [PYTHON, "-m", "django", *command],
                env=environment,
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode:
            raise SandboxError(
                f"{command[0]} failed:\n{processes.log_end(log)}"
            )
