# SPDX-License-Identifier: Apache-2.0
"""MariaDB of this cloud's own, for a Nova of several hosts and cells.

`sandbox/install` unpacks Debian's packages into the virtual environment and
installs nothing, as it does for RabbitMQ (see `sandbox.broker`).
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.settings import PASSWORD, Settings

# What `sandbox/install` unpacks the packages into.
FOLDER: Final = Path(sys.prefix) / "mariadb"
SHARE: Final = FOLDER / "usr" / "share" / "mysql"
_DAEMON: Final = FOLDER / "usr" / "sbin" / "mariadbd"
_USER: Final = "sandbox"
# What Debian's `mariadb-install-db` feeds it, without root's accounts. Each
# statement has to end its line.
_SYSTEM_TABLES: Final = (
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
)
_ACCOUNT: Final = f"""
FLUSH PRIVILEGES;
CREATE USER {_USER}@127.0.0.1 IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO {_USER}@127.0.0.1;
"""


def is_installed() -> bool:
    """Whether `sandbox/install` has unpacked it."""
    return (FOLDER / "complete").exists()


def command(settings: Settings) -> tuple[str, ...]:
    """MariaDB itself, which stays in the foreground."""
    return (str(_DAEMON), f"--defaults-file={_configuration(settings)}")


def environment() -> dict[str, str]:
    """Where it finds libraries that the machine may lack."""
    folders = (FOLDER / "usr" / "lib").glob("*-linux-gnu")
    return {"LD_LIBRARY_PATH": ":".join(map(str, folders))}


def data_dir(settings: Settings) -> Path:
    """The folder of its tables."""
    return settings.var_dir / "mariadb"


def socket(settings: Settings) -> Path:
    """The UNIX socket, which it makes beside its port."""
    return settings.run_dir / "mariadb.sock"


def url(settings: Settings, database: str) -> str:
    """The SQLAlchemy URL of one database."""
    place = f"127.0.0.1:{settings.database_port}/{database}"
    return f"mysql+pymysql://{_USER}:{PASSWORD}@{place}?charset=utf8mb4"


def prepare(settings: Settings) -> None:
    """Make its own tables, once; it must not be running.

    Raises:
        SandboxError: It failed; shows what MariaDB said.
    """
    folder = data_dir(settings)
    complete = folder / "sandbox-complete"
    if complete.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tables = "\n".join((SHARE / name).read_text() for name in _SYSTEM_TABLES)
    made = subprocess.run(
        [*command(settings), "--bootstrap"],
        input=f"CREATE DATABASE mysql;\nUSE mysql;\n{tables}\n{_ACCOUNT}",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise SandboxError(f"MariaDB makes no tables:\n{made.stderr}")
    complete.touch()


def create_empty(settings: Settings, names: Iterable[str]) -> None:
    """Create databases; what an earlier try has left of them goes first."""
    import sqlalchemy  # Slow, and most clouds do not need it.

    engine = sqlalchemy.create_engine(url(settings, "mysql"))
    with engine.begin() as connection:
        for name in names:
            for statement in (
                f"DROP DATABASE IF EXISTS {name}",
                f"CREATE DATABASE {name} CHARACTER SET utf8mb3",
            ):
                connection.exec_driver_sql(statement)
    engine.dispose()


def _configuration(settings: Settings) -> Path:
    return settings.etc_dir / "mariadb" / "mariadb.cnf"
