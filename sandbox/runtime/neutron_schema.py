# SPDX-License-Identifier: Apache-2.0
"""Creates Neutron's tables in an empty SQLite database.

``neutron-db-manage upgrade heads`` cannot: its migrations use ALTER
CONSTRAINT, which SQLite lacks.

Usage: python -m sandbox.runtime.neutron_schema DATABASE_URL
"""

import sys

import sqlalchemy
from neutron.db.migration.models import head

if __name__ == "__main__":
    head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))
