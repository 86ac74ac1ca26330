# SPDX-License-Identifier: Apache-2.0
"""Ports of 127.0.0.1, taken before anything else is done.

The services start up to a minute after the first look at the machine: who
only looked whether a port is free could find somebody else on it then.
"""

import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import Final

from sandbox.errors import SandboxError
from sandbox.settings import Settings

_BACKLOG: Final = 128


@contextlib.contextmanager
def taken(
    settings: Settings,
) -> Iterator[tuple[dict[str, socket.socket], list[str]]]:
    """Listening sockets, and which of the ports are not to be had.

    Yields:
        A socket for each API service, by its name: whoever hands one on to
        a process may close it, and the others are closed at the end. And
        one line for each port that somebody else has, with what to do.
    """
    with contextlib.ExitStack() as stack:
        listeners = {}
        problems = []
        for name, port in settings.ports.items():
            listener = stack.enter_context(socket.socket())
            try:
                _listen(listener, port)
            except OSError as error:
                problems.append(_problem(name, port, error))
            listeners[name] = listener
        problems += _problems_of_the_unshared(settings)
        yield listeners, problems


@contextlib.contextmanager
def taken_again(settings: Settings, name: str) -> Iterator[socket.socket]:
    """A listening socket for one API service, whose process has ended.

    Raises:
        SandboxError: Somebody else has the port.
    """
    with socket.socket() as listener:
        try:
            _listen(listener, settings.ports[name])
        except OSError as error:
            raise SandboxError(
                _problem(name, settings.ports[name], error)
            ) from error
        yield listener


def _listen(listener: socket.socket, port: int) -> None:
    # Connections that linger from an earlier start do not matter.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(_BACKLOG)


def _problems_of_the_unshared(settings: Settings) -> list[str]:
    # What takes no socket from anybody: these ports are only looked at.
    ports: dict[str, int] = {}
    if settings.has_broker:
        ports |= {
            f"RabbitMQ ({name})": port
            for name, port in settings.broker_ports.items()
        }
    if settings.is_distributed:
        ports["MariaDB"] = settings.database_port
    problems = []
    for name, port in ports.items():
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError as error:
                problems.append(_problem(name, port, error))
    return problems


def _problem(name: str, port: int, error: OSError) -> str:
    why = (
        "taken"
        if error.errno == errno.EADDRINUSE
        else f"not usable ({error.strerror})"
    )
    return (
        f"port {port} of 127.0.0.1, meant for {name}, is {why}: choose"
        " another SANDBOX_PORT_BASE"
    )
