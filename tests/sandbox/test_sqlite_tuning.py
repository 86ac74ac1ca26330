# SPDX-License-Identifier: Apache-2.0
"""Services that share one SQLite database get in nobody's way."""

import subprocess
import sys
from pathlib import Path

from tests import PROJECT

# In a process of its own: the tuning is for the whole process.
PROLOGUE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from oslo_db.sqlalchemy import enginefacade
from sqlalchemy import text
from sandbox.runtime import sqlite_tuning

if sys.argv[2] == "tuned":
    sqlite_tuning.install()
manager = enginefacade.transaction_context()
manager.configure(connection=f"sqlite:///{sys.argv[1]}?timeout=2")

@enginefacade.transaction_context_provider
class Context:
    pass

with manager.writer.using(Context()) as session:
    session.execute(text("CREATE TABLE counter (value INTEGER)"))
    session.execute(text("INSERT INTO counter VALUES (0)"))
"""
READ_THEN_WRITE = """
def add_one(_):
    with manager.writer.using(Context()) as session:
        value = session.execute(text("SELECT value FROM counter")).scalar()
        session.execute(text(f"UPDATE counter SET value = {value + 1}"))

with ThreadPoolExecutor(10) as threads:
    list(threads.map(add_one, range(200)))
with manager.reader.using(Context()) as session:
    print(session.execute(text("SELECT value FROM counter")).scalar())
"""
INDEPENDENT_READER_IN_WRITER = """
context = Context()
with manager.writer.using(context) as session:
    session.execute(text("UPDATE counter SET value = 1"))
    with manager.reader.independent.using(context) as other:
        print(other.execute(text("SELECT value FROM counter")).scalar())
"""


def run(
    program: str, tmp_path: Path, tuning: str = "tuned"
) -> subprocess.CompletedProcess[str]:
    """Run it on an empty database."""
    database = str(tmp_path / "database")
    return subprocess.run(
        [sys.executable, "-c", PROLOGUE + program, database, tuning],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def test_threads_that_read_and_then_write_all_succeed(tmp_path: Path) -> None:
    """No update is lost, none is refused."""
    result = run(READ_THEN_WRITE, tmp_path)
    assert result.stdout == "200\n", result.stderr


def test_without_the_tuning_they_do_not(tmp_path: Path) -> None:
    """So the tuning is still needed."""
    result = run(READ_THEN_WRITE, tmp_path, "untuned")
    assert "database is locked" in result.stderr


def test_an_independent_reader_does_not_wait_for_its_writer(
    tmp_path: Path,
) -> None:
    """Placement reads so while it retries; it hung for a minute, and failed.

    It reads what was there before the writer began.
    """
    result = run(INDEPENDENT_READER_IN_WRITER, tmp_path)
    assert result.stdout == "0\n", result.stderr
