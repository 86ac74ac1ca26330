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
            # Connections that linger from an earlier start do not matter.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
                listener.listen(_BACKLOG)
            except OSError as error:
                problems.append(_problem(name, port, error))
            listeners[name] = listener
        if settings.has_broker:
            problems += _broker_problems(settings)
        yield listeners, problems


def _broker_problems(settings: Settings) -> list[str]:
    # It takes no socket from anybody, so these are only looked at.
    problems = []
    for name, port in settings.broker_ports.items():
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError as error:
                problems.append(_problem(f"RabbitMQ ({name})", port, error))
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
