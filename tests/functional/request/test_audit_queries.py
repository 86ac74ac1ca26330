# SPDX-License-Identifier: Apache-2.0
"""The queries of docs/operator/audit.md find what is overridden."""

from __future__ import annotations

import json
import re
from typing import Any

from nova import objects
from nova.context import target_cell
from nova.db.main import api as database

from tests import PROJECT
from tests.functional.nova_in_process import NovaInProcess

PAGE = PROJECT / "docs" / "operator" / "audit.md"
QUERIES = re.findall(
    r"^```sql\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
)
# Too much for one row of the record.
OVERRIDES = {
    "hw_disk_bus": "scsi",
    "hw_vif_model": None,
    "os_admin_user": "x" * 200,
    "os_distro": "d" * 100,
}


def run(nova: NovaInProcess, query: str) -> list[Any]:
    """Return the rows that a query finds in a cell's database."""
    cell = objects.CellMappingList.get_all(nova.context)[-1]
    with (
        target_cell(nova.context, cell) as context,
        database.get_context_manager(context).reader.using(context) as session,
    ):
        return list(session.connection().exec_driver_sql(query))


def test_queries(nova: NovaInProcess) -> None:
    """One server overrides something; another one has such an image."""
    image = nova.image_with(hw_disk_bus="ide", hw_vif_model="virtio")
    overriding = nova.boot(OVERRIDES, imageRef=image)
    other = nova.boot(imageRef=image)

    counting, listing, effective = QUERIES
    assert run(nova, counting) == [(1,)]

    rows = run(nova, listing)
    assert len(rows) > 1
    assert {row[:3] for row in rows} == {
        (nova.api.project_id, overriding["id"], "compute1")
    }
    record = "".join(value for *_, value in rows)
    assert json.loads(record) == OVERRIDES

    assert dict(map(tuple, run(nova, effective))) == {
        overriding["id"]: "scsi",
        other["id"]: "ide",
    }
