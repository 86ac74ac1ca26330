# SPDX-License-Identifier: Apache-2.0
"""A long command line is refused where a host would give another one."""

from __future__ import annotations

from typing import Any

import pytest

from image_props_override.nova_plugin.nova_privates import hosts
from tests.functional.api.previewing import preview
from tests.functional.lifecycle.long_lines import (
    LONG,
    OWN,
    Server,
    TwoHostsOfOurs,
    all_see,
    boot,
    stopped,
)
from tests.functional.lifecycle.test_stopped_server import answer_to_change
from tests.functional.services.two_hosts import HOSTS

HARNESS = TwoHostsOfOurs
LINE = "os_command_line"
NEEDS = "needs nova-compute-image-props on every compute host"


def other_than(host: str) -> str:
    """Return the other host."""
    (other,) = {*HOSTS} - {host}
    return other


def conflict(nova: TwoHostsOfOurs, server: Server, **action: Any) -> str:
    """Return the words of an action that is a conflict, and did nothing."""
    before = nova.instance(server)
    answer = nova.act(server, **action)
    assert answer.status_code == 409, (action, answer.text)
    after = nova.instance(server)
    assert (after.vm_state, after.task_state, after.host) == (
        before.vm_state,
        before.task_state,
        before.host,
    )
    words: str = answer.json()["conflictingRequest"]["message"]
    assert "1000 bytes, of which Nova keeps 255" in words
    return words


def test_requests(nova: TwoHostsOfOurs) -> None:
    """Create, preview, change and rebuild are told; nothing is made."""
    image = nova.kernel_image_with(os_command_line=OWN)
    server = boot(nova, "short")
    nova._stop_server(server)
    with nova.stock_compute(other_than(nova.host_of(server))):
        status, words = nova.refused({LINE: LONG}, imageRef=image)
        assert status == 400
        for part in ("is 1000 bytes long", "255 bytes", NEEDS, "1 of 2 lack"):
            assert part in words
        assert not any(host in words for host in HOSTS)
        told = preview(nova, {LINE: LONG}, imageRef=image)
        assert [each["code"] for each in told["problems"]] == [
            "value_too_long"
        ]
        # The image's own counts.
        own = nova.kernel_image_with(os_command_line=LONG)
        status, words = nova.refused({LINE: "%default% x"}, imageRef=own)
        assert "is 1002 bytes long" in words
        change = answer_to_change(nova, server, {LINE: LONG})
        assert change.status_code == 400
        assert NEEDS in change.text
        for overrides in ({LINE: "x" * 255}, {}):
            change = answer_to_change(nova, server, overrides)
            assert change.status_code == 200, change.text
        nova._start_server(server)
        answer = nova.act(
            server,
            rebuild={
                "imageRef": image,
                "image_props_override": {LINE: LONG},
            },
        )
        assert answer.status_code == 400
        assert NEEDS in answer.text
    assert len(nova.api.get_servers()) == 1
    all_see(nova, server, OWN, None)
    assert boot(nova, LONG)


def test_hosts_that_are_not_known(
    nova: TwoHostsOfOurs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading that fails is no consent, nor is an empty cloud."""
    image = nova.kernel_image_with(os_command_line=OWN)

    def fail() -> Any:
        raise hosts.HostsUnreadableError("cell down")

    for reading in (fail, list):
        monkeypatch.setattr(hosts, "compute_nodes", reading)
        status, words = nova.refused({LINE: LONG}, imageRef=image)
        assert status == 400
        assert "nova-api cannot read now what they run" in words
    assert nova.boot({LINE: "short"}, imageRef=image)


def test_stock_compute_came_back(nova: TwoHostsOfOurs) -> None:
    """No guest starts with another line; the server can be made short."""
    server = stopped(nova, LONG)
    host = nova.host_of(server)
    with nova.stock_compute(host):
        words = conflict(nova, server, **{"os-start": None})
        assert "nova-compute does not re-apply overrides" in words
        assert "at most 255 bytes" in words
        conflict(nova, server, reboot={"type": "HARD"})
        conflict(nova, server, migrate=None)
        change = answer_to_change(nova, server, {LINE: "short"})
        assert change.status_code == 200, change.text
        nova._start_server(server)
        assert nova.command_line(server) == "short"


def test_running_guest_on_stock_compute(nova: TwoHostsOfOurs) -> None:
    """It goes on, and ends or moves nowhere; deleting always works."""
    server = boot(nova, LONG)
    suspended = boot(nova, LONG)
    nova._suspend_server(suspended)
    with (
        nova.stock_compute(HOSTS[0]),
        nova.stock_compute(HOSTS[1]),
    ):
        for kind in ("SOFT", "HARD"):
            conflict(nova, server, reboot={"type": kind})
        conflict(nova, suspended, resume=None)
        nova._delete_server(server)
    nova._resume_server(suspended)
    all_see(nova, suspended)


def test_moves(nova: TwoHostsOfOurs) -> None:
    """One stock host forbids to move; the guest's own host starts it."""
    server = boot(nova, LONG)
    host = nova.host_of(server)
    other = other_than(host)
    flavor = nova._create_flavor(vcpu=4)
    with nova.stock_compute(other):
        for action in (
            {"resize": {"flavorRef": flavor}},
            {"migrate": None},
            {"migrate": {"host": other}},
            {"os-migrateLive": {"host": None, "block_migration": "auto"}},
        ):
            words = conflict(nova, server, **action)
            assert NEEDS in words
        nova._stop_server(server)
        nova._start_server(server)
        all_see(nova, server)
        (service,) = nova.api.get_services(host=host, binary="nova-compute")
        nova.api.put_service_force_down(service["id"], True)
        conflict(nova, server, evacuate={})
        nova.api.put_service_force_down(service["id"], False)


def test_unshelve(nova: TwoHostsOfOurs) -> None:
    """A shelved server waits until every host can start it."""
    nova.flags(shelved_offload_time=0)
    server = boot(nova, LONG)
    nova._shelve_server(server)
    with nova.stock_compute(HOSTS[0]):
        words = conflict(nova, server, unshelve=None)
        assert NEEDS in words
    nova._unshelve_server(server)
    all_see(nova, server)


def test_revert(nova: TwoHostsOfOurs) -> None:
    """A resize is not reverted to a host that has changed since."""
    server = boot(nova, LONG)
    host = nova.host_of(server)
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    with nova.stock_compute(host):
        conflict(nova, server, revertResize=None)
    nova._revert_resize(server)
    all_see(nova, server)


def test_restore(nova: TwoHostsOfOurs) -> None:
    """A deleted server that is restored is a server that starts."""
    nova.flags(reclaim_instance_interval=3600)
    server = boot(nova, LONG)
    nova.api.delete_server(server["id"])
    nova._wait_for_state_change(server, "SOFT_DELETED")
    with nova.stock_compute(nova.host_of(server)):
        conflict(nova, server, restore=None)
    nova.act(server, restore=None)
    nova._wait_for_state_change(server, "ACTIVE")
    nova.flags(reclaim_instance_interval=0)


def test_operators_choice_changes_nothing(nova: TwoHostsOfOurs) -> None:
    """Neither option lets a guest have another line."""
    image = nova.kernel_image_with(os_command_line=OWN)
    server = stopped(nova, LONG)
    with (
        nova.stock_compute(nova.host_of(server)),
        nova.configured(require_services=False, refuse_unsupported=False),
    ):
        assert nova.refused({LINE: LONG}, imageRef=image)[0] == 400
        conflict(nova, server, **{"os-start": None})
