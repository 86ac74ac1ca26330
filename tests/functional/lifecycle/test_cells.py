# SPDX-License-Identifier: Apache-2.0
"""What was asked for at boot holds in another cell."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from nova import context as nova_context
from nova import objects
from nova.policies import base as base_policies
from nova.policies import servers as servers_policies

from tests.functional.lifecycle import walk as lifecycle
from tests.functional.lifecycle.walk import Server
from tests.functional.services.two_hosts import TwoHosts


class TwoCells(TwoHosts):
    """A host in each of two cells, and servers that move between them."""

    NUMBER_OF_CELLS: ClassVar = 2

    def setUp(self) -> None:
        """Let admins resize to another cell, which nobody may by default."""
        super().setUp()
        self.policy.set_rules(
            {servers_policies.CROSS_CELL_RESIZE: base_policies.RULE_ADMIN_API},
            overwrite=False,
        )

    def start_compute(self, hostname: str = "compute1", **kwargs: Any) -> Any:
        """Start a host: compute1 in cell1, compute2 in cell2."""
        kwargs["cell_name"] = hostname.replace("compute", "cell")
        return super().start_compute(hostname, **kwargs)

    def instance(self, server: Server) -> Any:
        """Return the server as the database of its cell has it."""
        mapping = objects.InstanceMapping.get_by_instance_uuid(
            self.context, server["id"]
        )
        with nova_context.target_cell(
            self.context, mapping.cell_mapping
        ) as context:
            return objects.Instance.get_by_uuid(
                context, server["id"], expected_attrs=["system_metadata"]
            )


HARNESS = TwoCells


def _resize_and_confirm(nova: TwoCells, server: Server) -> None:
    _resize(nova, server)
    nova._confirm_resize(server, cross_cell=True)


def _resize_and_revert(nova: TwoCells, server: Server) -> None:
    _resize(nova, server)
    nova._revert_resize(server)


def _resize(nova: TwoCells, server: Server) -> None:
    host = nova.host_of(server)
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    assert nova.host_of(server) != host
    lifecycle.assert_in_force(nova, server)


OPERATIONS: dict[str, Any] = {
    "cross-cell resize, revert": _resize_and_revert,
    "cross-cell resize, confirm": _resize_and_confirm,
}


@pytest.mark.parametrize("operate", OPERATIONS.values(), ids=OPERATIONS)
def test_overrides_hold(
    started_nova: TwoCells, operate: lifecycle.Operation
) -> None:
    """Guest, system metadata, RequestSpec and API agree as before."""
    lifecycle.assert_survives(started_nova, operate)
