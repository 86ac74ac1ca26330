# SPDX-License-Identifier: Apache-2.0
"""What was asked for at boot holds after operations on the same host."""

from __future__ import annotations

import pytest

from tests.functional import lifecycle
from tests.functional.lifecycle import Server
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.two_hosts import TwoHosts


@pytest.fixture(scope="module")
def harness_class() -> type[NovaInProcess]:
    """Two hosts."""
    return TwoHosts


@pytest.fixture
def server(started_nova: TwoHosts) -> Server:
    """A server with overrides; one for all operations that it survives."""
    return lifecycle.active_server(started_nova)


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


OPERATIONS: dict[str, lifecycle.Operation] = {
    "stop, start": _stop_and_start,
    "soft reboot": _soft_reboot,
    "hard reboot": _hard_reboot,
    "pause, unpause": _pause_and_unpause,
    "suspend, resume": _suspend_and_resume,
    "lock, unlock": _lock_and_unlock,
    "restart of nova-compute": _restart_of_nova_compute,
}


@pytest.mark.parametrize("operate", OPERATIONS.values(), ids=OPERATIONS)
def test_overrides_hold(
    started_nova: TwoHosts, server: Server, operate: lifecycle.Operation
) -> None:
    """Guest, system metadata, RequestSpec and API agree as before."""
    lifecycle.assert_in_force(started_nova, server)
    operate(started_nova, server)
    lifecycle.assert_in_force(started_nova, server)
