# SPDX-License-Identifier: Apache-2.0
"""The faults: each begins before the request, and ends when it is told to."""

import contextlib
import dataclasses
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from tests.sandbox.faults.faulty_cloud import (
    BROKER,
    PROXIED,
    VOLUMES,
    FaultyCloud,
    client_pid,
)

# Longer than any of a service's own answers here, shorter than Nova waits.
SLOW_SECONDS: Final = 1.5
NOVA_PROCESSES: Final = ("nova-api", "nova-conductor", "nova-compute")
# Whether the fault has begun; None if it is there from the start.
Begun = Callable[[], bool] | None
# What each operation of a server with overrides may have to write.
TABLES: Final = {
    "request_specs": "nova_api",
    "instance_system_metadata": "nova_cell1",
}
_DENY: Final = """\
rules:
  - properties: [hw_vif_model]
    action: deny
    reason: not today
"""


@dataclasses.dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: What the table calls it.
        inject: Begins it, and ends it on leaving. What it is handed counts
            how much of the operation's own traffic has to pass first.
        measure: Which traffic that is: a proxy's or a process's name; None
            if the fault is there from the start.
    """

    name: str
    inject: Callable[[FaultyCloud, int], AbstractContextManager[Begun]]
    measure: str | None = None


def all_faults() -> list[Fault]:
    """Return every fault of the table."""
    faults = []
    for service in (*PROXIED, BROKER, VOLUMES):
        faults += [
            Fault(f"{service} down", _down(service)),
            Fault(f"{service} slow", _slow(service)),
            Fault(f"{service} gone in the middle", _gone(service), service),
        ]
    faults += [
        Fault("database locked", _locked),
        *(
            Fault(f"database refuses to write {table}", _refusing(table))
            for table in TABLES
        ),
        *(
            Fault(f"{kind} killed in the middle", _killed(kind), kind)
            for kind in NOVA_PROCESSES
        ),
        *(
            Fault(f"{kind} killed before", _dead(kind))
            for kind in ("nova-conductor", "nova-compute")
        ),
        Fault("rules file is garbage", _rules_are("rules: [}\n")),
        Fault("rules file is unreadable", _rules_are(None)),
        Fault("rules file changes in the middle", _rules_change, "nova-api"),
        Fault("disk full for the log", _log_full),
    ]
    return faults


def _down(
    service: str,
) -> Callable[[FaultyCloud, int], AbstractContextManager[Begun]]:
    return lambda cloud, _: cloud.proxies[service].down()


def _slow(
    service: str,
) -> Callable[[FaultyCloud, int], AbstractContextManager[Begun]]:
    return lambda cloud, _: cloud.proxies[service].slow(SLOW_SECONDS)


def _gone(
    service: str,
) -> Callable[[FaultyCloud, int], AbstractContextManager[Begun]]:
    return lambda cloud, number: cloud.proxies[service].gone_at(number)


@contextlib.contextmanager
def _locked(cloud: FaultyCloud, _number: int) -> Iterator[None]:
    """Keep Nova's databases for one writer, which writes nothing."""
    with contextlib.ExitStack() as stack:
        for name in ("nova_api", "nova_cell1"):
            connection = sqlite3.connect(
                cloud.database(name), timeout=60, isolation_level=None
            )
            stack.callback(connection.close)
            connection.execute("BEGIN IMMEDIATE")
        yield


def _refusing(
    table: str,
) -> Callable[[FaultyCloud, int], AbstractContextManager[Begun]]:
    @contextlib.contextmanager
    def inject(cloud: FaultyCloud, _number: int) -> Iterator[None]:
        events = ("INSERT", "UPDATE")
        triggers = [f"fault_{event.lower()}" for event in events]
        _execute(
            cloud.database(TABLES[table]),
            *(
                f"CREATE TRIGGER {trigger} BEFORE {event} ON {table} BEGIN"
                " SELECT RAISE(ABORT, 'the disk is gone'); END"
                for trigger, event in zip(triggers, events, strict=True)
            ),
        )
        try:
            yield
        finally:
            _execute(
                cloud.database(TABLES[table]),
                *(f"DROP TRIGGER {trigger}" for trigger in triggers),
            )

    return inject


def _execute(database: Path, *statements: str) -> None:
    with contextlib.closing(
        sqlite3.connect(database, timeout=60, isolation_level=None)
    ) as connection:
        for statement in statements:
            connection.execute(statement)


@contextlib.contextmanager
def counted(cloud: FaultyCloud, kind: str) -> Iterator[Callable[[], int]]:
    """Count what a proxy hands on, or what a process of Nova sends."""
    if kind in cloud.proxies:
        proxy = cloud.proxies[kind]
        before = proxy.seen
        yield lambda: proxy.seen - before
        return
    count = 0

    def on_message(_name: str) -> None:
        nonlocal count
        count += 1

    with _watched(cloud, kind, on_message):
        yield lambda: count


@contextlib.contextmanager
def _watched(
    cloud: FaultyCloud, kind: str, on_message: Callable[[str], None]
) -> Iterator[None]:
    """Call with the name of the process of a kind that sends something.

    What it sends to the broker does not count: there are heartbeats.
    """
    names = cloud.names_of(kind)

    def look(port: int) -> None:
        pid = client_pid(port)
        for name in names if pid is not None else ():
            if cloud.owns(name, pid or 0):
                on_message(name)

    proxies = [cloud.proxies[name] for name in PROXIED]
    for proxy in proxies:
        proxy.on_message = look
    try:
        yield
    finally:
        for proxy in proxies:
            proxy.on_message = lambda _port: None


def _killed(
    kind: str,
) -> Callable[[FaultyCloud, int], AbstractContextManager[Begun]]:
    @contextlib.contextmanager
    def inject(cloud: FaultyCloud, number: int) -> Iterator[Begun]:
        left = number
        killed: list[str] = []
        lock = threading.Lock()

        def on_message(name: str) -> None:
            nonlocal left
            with lock:
                left -= 1
                if left == 0:
                    killed.append(name)
                    cloud.kill(name)

        try:
            with _watched(cloud, kind, on_message):
                yield lambda: bool(killed)
        finally:
            for name in killed:
                cloud.restart(name)

    return inject


def _dead(
    kind: str,
) -> Callable[[FaultyCloud, int], AbstractContextManager[Begun]]:
    @contextlib.contextmanager
    def inject(cloud: FaultyCloud, _number: int) -> Iterator[None]:
        cloud.kill(kind)
        try:
            yield
        finally:
            cloud.restart(kind)

    return inject


def _rules_are(
    text: str | None,
) -> Callable[[FaultyCloud, int], AbstractContextManager[Begun]]:
    @contextlib.contextmanager
    def inject(cloud: FaultyCloud, _number: int) -> Iterator[None]:
        file = cloud.settings.rules_file
        kept = file.with_suffix(".kept")
        file.rename(kept)
        try:
            if text is None:
                # Root may read any file, but no folder.
                file.mkdir()
            else:
                file.write_text(text)
            yield
        finally:
            if file.is_dir():
                file.rmdir()
            os.replace(kept, file)  # noqa: PTH105 - as an editor does.

    return inject


@contextlib.contextmanager
def _rules_change(cloud: FaultyCloud, number: int) -> Iterator[Begun]:
    """Forbid what is asked for while one worker is at it.

    Every worker that serves the next request sees the new rules.
    """
    left = number
    lock = threading.Lock()
    with contextlib.ExitStack() as stack:

        def on_message(_name: str) -> None:
            nonlocal left
            with lock:
                left -= 1
                if left == 0:
                    stack.enter_context(_rules_are(_DENY)(cloud, 0))

        with _watched(cloud, "nova-api", on_message):
            yield lambda: left <= 0


@contextlib.contextmanager
def _log_full(cloud: FaultyCloud, _number: int) -> Iterator[None]:
    """All of Nova writes its log to a full disk."""
    names = [name for kind in NOVA_PROCESSES for name in cloud.names_of(kind)]
    for name in names:
        cloud.restart(name, log=Path("/dev/full"))
    try:
        yield
    finally:
        for name in names:
            cloud.restart(name)
