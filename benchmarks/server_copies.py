# SPDX-License-Identifier: Apache-2.0
"""Copies of a server, row by row in Nova's database.

Nova lists them like others. To boot a thousand would take an hour.
"""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy

from sandbox.configuration import database_url
from sandbox.settings import Settings

# By table of a cell: the column that holds the server's id.
_TABLES: Final = {
    "instances": "uuid",
    "instance_extra": "instance_uuid",
    "instance_info_caches": "instance_uuid",
    "instance_system_metadata": "instance_uuid",
    "block_device_mapping": "instance_uuid",
}
_OWN: Final = frozenset({"id", "uuid"})


def make(settings: Settings, cell: str, server: str, count: int) -> None:
    """Make copies of a server.

    Args:
        settings: Of a distributed cloud.
        cell: The database of the server's cell.
        server: The server's id.
        count: How many copies.
    """
    copies = [{"copy": str(uuid.uuid4())} for _ in range(count)]
    _copy(settings, cell, _TABLES, server, copies)
    _copy(
        settings,
        "nova_api",
        dict.fromkeys(("instance_mappings", "request_specs"), "instance_uuid"),
        server,
        copies,
    )


def _copy(
    settings: Settings,
    database: str,
    tables: dict[str, str],
    server: str,
    copies: list[dict[str, str]],
) -> None:
    engine = sqlalchemy.create_engine(database_url(settings, database))
    inspector = sqlalchemy.inspect(engine)
    with engine.begin() as connection:
        for table, key in tables.items():
            names = [each["name"] for each in inspector.get_columns(table)]
            same = [f"`{name}`" for name in names if name not in {key} | _OWN]
            new = {f"`{key}`": ":copy"}
            if table == "block_device_mapping":
                new["`uuid`"] = "UUID()"
            columns = ", ".join([*new, *same])
            values = ", ".join([*new.values(), *same])
            statement = sqlalchemy.text(
                f"INSERT INTO {table} ({columns}) SELECT {values}"
                f" FROM {table} WHERE `{key}` = :server"
            )
            connection.execute(
                statement, [{**each, "server": server} for each in copies]
            )
    engine.dispose()
