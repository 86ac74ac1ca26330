# SPDX-License-Identifier: Apache-2.0
"""What was asked for at boot holds when a server moves between hosts."""

from __future__ import annotations

import pytest

from tests.functional.lifecycle import walk as lifecycle
from tests.functional.lifecycle.walk import Server
from tests.functional.nova_in_process import OURS
from tests.functional.services.two_hosts import TwoHosts

HARNESS = TwoHosts


def _resize_and_confirm(nova: TwoHosts, server: Server) -> None:
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    lifecycle.assert_in_force(nova, server)
    nova._confirm_resize(server)


def _resize_and_revert(nova: TwoHosts, server: Server) -> None:
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    lifecycle.assert_in_force(nova, server)
    nova._revert_resize(server)


def _cold_migration(nova: TwoHosts, server: Server) -> None:
    nova._migrate_server(server)
    lifecycle.assert_in_force(nova, server)
    nova._confirm_resize(server)


def _live_migration(nova: TwoHosts, server: Server) -> None:
    nova._live_migrate(server)
    lifecycle.assert_in_force(nova, server)
    # The guest came along with its domain; a new domain is made here.
    nova._reboot_server(server, hard=True)


def _evacuation(nova: TwoHosts, server: Server) -> None:
    with nova.dead(nova.host_of(server)):
        nova._evacuate_server(server, expected_state="SHUTOFF")
        nova._start_server(server)


def _shelve_and_unshelve(nova: TwoHosts, server: Server) -> None:
    nova.flags(shelved_offload_time=-1)
    nova._shelve_server(server, expected_state="SHELVED")
    lifecycle.assert_recorded(nova, server)
    nova._unshelve_server(server)


def _shelve_offload_and_unshelve(nova: TwoHosts, server: Server) -> None:
    nova.flags(shelved_offload_time=0)
    nova._shelve_server(server)
    lifecycle.assert_recorded(nova, server)
    nova._unshelve_server(server)


OPERATIONS: dict[str, lifecycle.Operation] = {
    "resize, confirm": _resize_and_confirm,
    "resize, revert": _resize_and_revert,
    "cold migration": _cold_migration,
    "live migration": _live_migration,
    "evacuation": _evacuation,
    "shelve, unshelve": _shelve_and_unshelve,
    "shelve, offload, unshelve": _shelve_offload_and_unshelve,
}


@pytest.mark.parametrize("operate", OPERATIONS.values(), ids=OPERATIONS)
def test_overrides_hold(
    started_nova: TwoHosts, operate: lifecycle.Operation
) -> None:
    """Guest, system metadata, RequestSpec and API agree as before."""
    lifecycle.assert_survives(started_nova, operate)


def test_what_snapshots_do_not_inherit(nova: TwoHosts) -> None:
    """Stock services would unshelve without it, so it is not shelved.

    An operator who lets it be shelved has a record that does not claim it.
    """
    nova.flags(shelved_offload_time=0)
    nova.flags(non_inheritable_image_properties=["hw_machine_type"])
    server = lifecycle.boot(nova)
    path = f"/v2.1/servers/{server['id']}/action"
    refusal = nova.request("POST", path, OURS, json={"shelve": None})
    assert refusal.status_code == 409
    assert "nova-conductor does not re-apply overrides" in refusal.text
    lifecycle.assert_in_force(nova, server)

    with nova.configured(require_services=False):
        nova.request("POST", path, OURS, json={"shelve": None})
    nova._wait_for_state_change(server, "SHELVED_OFFLOADED")
    assert lifecycle.told(nova, server) == lifecycle.OVERRIDES
    nova._unshelve_server(server)

    left = {**lifecycle.EFFECTIVE, "hw_machine_type": "pc"}
    assert lifecycle.in_domain(nova, server) == left
    assert lifecycle.in_system_metadata(nova, server) == left
    told = dict(lifecycle.OVERRIDES)
    del told["hw_machine_type"]
    assert lifecycle.told(nova, server) == told
