# SPDX-License-Identifier: Apache-2.0
"""What was asked for at boot holds after operations on the same host."""

from __future__ import annotations

import pytest
from nova.cmd import manage
from nova.db.main import api as main_db
from nova.tests.fixtures import CinderFixture

from image_props_override.core.boot.record import SYSTEM_METADATA_PREFIX
from tests.functional.lifecycle import walk as lifecycle
from tests.functional.lifecycle.walk import Server
from tests.functional.services.two_hosts import TwoHosts

HARNESS = TwoHosts


def _stop_and_start(nova: TwoHosts, server: Server) -> None:
    nova._stop_server(server)
    lifecycle.assert_recorded(nova, server)
    nova._start_server(server)


def _soft_reboot(nova: TwoHosts, server: Server) -> None:
    nova._reboot_server(server)


def _hard_reboot(nova: TwoHosts, server: Server) -> None:
    nova._reboot_server(server, hard=True)


def _pause_and_unpause(nova: TwoHosts, server: Server) -> None:
    nova.api.post_server_action(server["id"], {"pause": None})
    nova._wait_for_state_change(server, "PAUSED")
    lifecycle.assert_in_force(nova, server)
    nova.api.post_server_action(server["id"], {"unpause": None})
    nova._wait_for_state_change(server, "ACTIVE")


def _suspend_and_resume(nova: TwoHosts, server: Server) -> None:
    nova._suspend_server(server)
    lifecycle.assert_recorded(nova, server)
    nova._resume_server(server)


def _lock_and_unlock(nova: TwoHosts, server: Server) -> None:
    nova.api.post_server_action(
        server["id"], {"lock": {"locked_reason": "mine"}}
    )
    lifecycle.assert_in_force(nova, server)
    nova.api.post_server_action(server["id"], {"unlock": None})


def _restart_of_nova_compute(nova: TwoHosts, server: Server) -> None:
    nova.restart_compute_service(nova.host_of(server))
    lifecycle.assert_in_force(nova, server)
    # It writes defaults into system metadata, which a new domain would use.
    nova._reboot_server(server, hard=True)


def _soft_delete_and_restore(nova: TwoHosts, server: Server) -> None:
    nova.flags(reclaim_instance_interval=3600)
    nova.api.delete_server(server["id"])
    nova._wait_for_state_change(server, "SOFT_DELETED")
    lifecycle.assert_recorded(nova, server)
    nova.api.post_server_action(server["id"], {"restore": None})
    nova._wait_for_state_change(server, "ACTIVE")
    nova.flags(reclaim_instance_interval=0)


OPERATIONS: dict[str, lifecycle.Operation] = {
    "stop, start": _stop_and_start,
    "soft reboot": _soft_reboot,
    "hard reboot": _hard_reboot,
    "pause, unpause": _pause_and_unpause,
    "suspend, resume": _suspend_and_resume,
    "lock, unlock": _lock_and_unlock,
    "restart of nova-compute": _restart_of_nova_compute,
    "delayed deletion, restore": _soft_delete_and_restore,
}


@pytest.mark.parametrize("operate", OPERATIONS.values(), ids=OPERATIONS)
def test_overrides_hold(
    started_nova: TwoHosts, operate: lifecycle.Operation
) -> None:
    """Guest, system metadata, RequestSpec and API agree as before."""
    lifecycle.assert_survives(started_nova, operate)


def test_operator_changes_a_property(nova: TwoHosts) -> None:
    """What ``nova-manage image_property set`` changes is told no longer."""
    server = lifecycle.boot(nova)
    nova._stop_server(server)
    changed = {"hw_machine_type": "pc", "hw_watchdog_action": "poweroff"}
    assignments = [f"{name}={value}" for name, value in changed.items()]
    failed = manage.ImagePropertyCommands().set(server["id"], assignments)
    assert not failed
    nova._start_server(server)

    now = {**lifecycle.EFFECTIVE, **changed}
    assert lifecycle.in_domain(nova, server) == now
    assert lifecycle.in_system_metadata(nova, server) == now
    assert lifecycle.in_request_spec(nova, server) == now
    assert lifecycle.told(nova, server) == {
        name: value
        for name, value in lifecycle.OVERRIDES.items()
        if name not in changed
    }


def test_deletion(nova: TwoHosts) -> None:
    """The record goes with the rest of a server's data."""
    server = lifecycle.boot(nova)
    kept = main_db.instance_system_metadata_get(nova.context, server["id"])
    assert [key for key in kept if key.startswith(SYSTEM_METADATA_PREFIX)]
    nova._delete_server(server)
    assert not main_db.instance_system_metadata_get(nova.context, server["id"])


def test_attached_devices(nova: TwoHosts) -> None:
    """A volume and a port that are attached later follow the overrides."""
    server = nova.boot({"hw_disk_bus": "scsi", "hw_vif_model": "e1000"})
    volume = {"volumeAttachment": {"volumeId": CinderFixture.IMAGE_BACKED_VOL}}
    nova.api.post_server_volume(server["id"], volume)
    nova._wait_for_volume_attach(server["id"], CinderFixture.IMAGE_BACKED_VOL)
    nova._attach_interface(server, nova.neutron.port_1["id"])
    domain = nova.domain(server)
    buses = [
        target.get("bus") for target in domain.findall("devices/disk/target")
    ]
    assert buses == ["scsi", "scsi", "scsi"]
    (model,) = domain.findall("devices/interface/model")
    assert model.get("type") == "e1000"
