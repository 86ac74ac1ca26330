# SPDX-License-Identifier: Apache-2.0
"""Starts the services of a cloud, each as soon as what it needs is ready."""

import socket
from collections.abc import Callable, Collection, Mapping, Sequence

from sandbox import accounts, processes
from sandbox.errors import SandboxError
from sandbox.service import Service
from sandbox.settings import Settings

Progress = Callable[[str], None]
Listeners = Mapping[str, socket.socket]


def start_all(
    settings: Settings,
    services: Sequence[Service],
    listeners: Listeners,
    tell: Progress,
    *,
    ready: Collection[str] = (),
) -> None:
    """Start services, and wait until all of them are ready.

    Args:
        settings: The cloud's.
        services: In an order they can start in.
        listeners: A listening socket for each API service; closed when the
            last that listens on it has started.
        tell: Is told of each that is ready.
        ready: Names of those that are ready already.

    Raises:
        SandboxError: One ended, or is not ready in time.
    """
    waiting = list(services)
    starting: list[Service] = []
    done = set(ready)
    while waiting or starting:
        for service in [s for s in waiting if done.issuperset(s.starts_after)]:
            waiting.remove(service)
            starting.append(service)
            listener = listeners.get(service.listens_as or "")
            start(service, listener)
            if listener is not None and not any(
                other.listens_as == service.listens_as for other in waiting
            ):
                # Else it would seem to listen on when the service dies.
                listener.close()
        service = starting.pop(0)
        wait_for(service)
        tell(f"{service.name} is ready")
        if service.name == "keystone":
            accounts.fill_keystone(settings)
            tell("users, roles and catalogue are in Keystone")
        done.add(service.name)


def start(service: Service, listener: socket.socket | None) -> None:
    """Start one service, without waiting for it."""
    processes.start(
        service.command,
        environment=service.environment,
        log=service.log,
        record=service.record,
        listener=listener,
    )


def wait_for(service: Service) -> None:
    """Return as soon as a service is ready.

    Raises:
        SandboxError: It ended, or is not ready in time.
    """

    def is_ready() -> bool:
        process = service.process
        if process is None or not process.is_alive:
            raise SandboxError(
                f"{service.name} ended while it started; the end of"
                f" {service.log}:\n{processes.log_end(service.log)}"
            )
        return service.is_ready()

    processes.wait_until(
        is_ready,
        deadline_seconds=service.ready_seconds,
        what=f"{service.name} answers (its log is {service.log})",
    )
