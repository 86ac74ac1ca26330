# SPDX-License-Identifier: Apache-2.0
"""Creates Neutron's tables in an SQLite database, or brings them up to date.

``neutron-db-manage upgrade heads`` cannot: its migrations use ALTER
CONSTRAINT, which SQLite lacks. To the tables of an older release, new columns
are added, and nothing else is changed.

Usage: python -m sandbox.runtime.neutron_schema DATABASE_URL
"""

import sys

import sqlalchemy
from neutron.db.migration.models import head


def main(url: str) -> None:
    """Make the database one of the installed Neutron."""
    engine = sqlalchemy.create_engine(url)
    metadata = head.get_metadata()
    metadata.create_all(engine)
    there = sqlalchemy.inspect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            names = {
                column["name"] for column in there.get_columns(table.name)
            }
            for column in table.columns:
                if column.name not in names:
                    kind = column.type.compile(engine.dialect)
                    connection.exec_driver_sql(
                        f'ALTER TABLE "{table.name}" '
                        f'ADD COLUMN "{column.name}" {kind}'
                    )


if __name__ == "__main__":
    main(sys.argv[1])
