# SPDX-License-Identifier: Apache-2.0
"""SQLite made safe for services that write from many threads at once.

Without this, ten parallel server creates end in ``database is locked`` and
servers that stay in BUILD.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

from oslo_db.sqlalchemy import enginefacade
from sqlalchemy import event
from sqlalchemy.engine import Engine

_PRAGMAS = (
    # Readers and one writer at the same time.
    "journal_mode=WAL",
    # Only a crash of the whole machine could lose the last writes.
    "synchronous=OFF",
    # Milliseconds that a writer waits for its turn.
    "busy_timeout=60000",
)


def install() -> None:
    """Tune every SQLite connection that this process opens from now on.

    A transaction that reads first and writes later fails at once, whatever
    its timeout, when somebody else wrote in between: its snapshot is old.
    So each transaction that oslo.db knows to be a writer's takes the write
    lock when it begins. oslo.db has no setting for that, hence the wrapper
    around its private ``_produce_block``.
    """
    # .transaction: the innermost one of this thread; .writes: whether the
    # write lock is its to take.
    innermost = threading.local()
    transaction_context = enginefacade._TransactionContext
    produce_block = transaction_context._produce_block

    def produce_noted_block(
        self: Any, mode: Any, *args: Any, **kwargs: Any
    ) -> Any:
        block = produce_block(self, mode, *args, **kwargs)

        @contextlib.contextmanager
        def noted() -> Iterator[Any]:
            outer = getattr(innermost, "transaction", None)
            outer_writes = getattr(innermost, "writes", False)
            innermost.transaction = self
            # A reader nested in a writer may be the one that emits BEGIN.
            # An independent one is another transaction: it would wait for
            # the writer's lock for ever, as the writer waits for it.
            innermost.writes = mode is enginefacade._WRITER or (
                outer_writes and outer is self
            )
            try:
                with block as resource:
                    yield resource
            finally:
                innermost.transaction = outer
                innermost.writes = outer_writes

        return noted()

    transaction_context._produce_block = produce_noted_block

    @event.listens_for(Engine, "connect")
    def tune(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def take_write_lock(
        _connection: Any,
        _cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        _executemany: bool,
    ) -> tuple[str, Any]:
        # oslo.db itself emits the BEGIN on SQLite, as a statement.
        if statement == "BEGIN" and getattr(innermost, "writes", False):
            statement = "BEGIN IMMEDIATE"
        return statement, parameters
