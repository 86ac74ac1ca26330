# SPDX-License-Identifier: Apache-2.0
"""The module for Ansible changes a stopped server, which keeps its disk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import ComputeRequests, Task
from tests.functional.lifecycle.test_stopped_server import started, stopped
from tests.functional.nova_in_process import NovaInProcess, lenient
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

KEY = "image_props_override"
BOOTED = {"hw_disk_bus": "scsi"}
CHANGED = {"hw_disk_bus": "sata", "hw_vif_model": "e1000"}
# Of these a start is not enough.
MOVE = {"hw_cpu_policy": "shared"}


@pytest.fixture
def server(nova: NovaInProcess) -> dict[str, Any]:
    """A stopped server with an override."""
    return stopped(nova, BOOTED)


def changes(requests: ComputeRequests) -> list[str]:
    """Return the requests that changed a server, and forget all."""
    found = [
        request.replace("/v2.1", "")
        for request, _ in requests
        if not request.startswith("GET ") and not request.endswith("/preview")
    ]
    requests.clear()
    return found


@pytest.mark.parametrize("on_change", ["fail", "rebuild"])
@pytest.mark.parametrize("cloud", ["mycloud", "pinned"])
def test_change(
    task: Task,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
    on_change: str,
    cloud: str,
) -> None:
    """It is changed once, not rebuilt, and is a stopped server still."""
    how = {"on_change": on_change, "image": None, "cloud": cloud}
    changes(compute_requests)
    trial = task(CHANGED, check_mode=True, **how)
    assert trial["changed"]
    assert changes(compute_requests) == []
    changed = task(CHANGED, **how)
    assert changed["changed"]
    assert changed["server"][KEY] == CHANGED
    assert changed["server"]["status"] == "SHUTOFF"
    assert changes(compute_requests) == [f"PUT /servers/{server['id']}"]
    for check_mode in (True, False):
        again = task(CHANGED, check_mode=check_mode, **how)
        assert not again["changed"]
    assert changes(compute_requests) == []
    target = started(nova, server).find("devices/disk[@device='disk']/target")
    assert target.get("bus") == "sata"
    # A running one is not changed.
    refused = task({}, on_change="fail")["msg"]
    assert "stop it to change it" in refused


def test_drop_all(
    task: Task, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """A task without overrides drops those that there are."""
    assert task()["server"][KEY] == {}
    assert nova.api.get_server(server["id"])[KEY] == {}


def test_what_takes_more_than_a_start(
    task: Task, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """It fails with all problems, or rebuilds where that is allowed."""
    wanted = {**MOVE, "hw_cpu_max_sockets": "9", "os_command_line": "quiet"}
    for check_mode in (True, False):
        refused = task(wanted, check_mode=check_mode)["msg"]
        assert "[needs_move]" in refused
        assert "[kernel_missing]" in refused
    assert nova.api.get_server(server["id"])[KEY] == BOOTED
    with lenient():
        rebuild = {"on_change": "rebuild"}
        assert task(MOVE, check_mode=True, **rebuild)["changed"]
        assert nova.api.get_server(server["id"])[KEY] == BOOTED
        rebuilt = task(MOVE, **rebuild)
    assert rebuilt["changed"]
    assert rebuilt["server"][KEY] == MOVE
    assert rebuilt["server"]["status"] == "SHUTOFF"


def test_warning(task: Task, server: dict[str, Any]) -> None:
    """The task warns of a guest that may not boot, in check mode, too."""
    del server
    for check_mode in (True, False):
        told = task({"hw_machine_type": "q35"}, check_mode=check_mode)
        (warning,) = told["warnings"]
        assert "hw_machine_type: the installed system may not" in str(warning)
