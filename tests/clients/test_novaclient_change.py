# SPDX-License-Identifier: Apache-2.0
"""``nova update``, and novaclient's ``update``, change a stopped server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import ComputeRequests, Shell
from tests.functional.lifecycle.test_stopped_server import started, stopped
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

BOOTED = {"hw_disk_bus": "scsi", "hw_vif_model": "e1000"}


@pytest.fixture
def server(nova: NovaInProcess) -> dict[str, Any]:
    """A stopped server with overrides."""
    return stopped(nova, BOOTED)


def changes(requests: ComputeRequests) -> list[str]:
    """Return the microversion of each update."""
    return [version for path, version in requests if path.startswith("PUT")]


def told(nova: NovaInProcess, server: dict[str, Any]) -> tuple[str, Any]:
    """Return name and overrides as the cloud has them."""
    read = nova.api.get_server(server["id"])
    return read["name"], read["image_props_override"]


def test_the_shell_adds(
    nova_shell: Shell,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """What is given is added, a name goes along; the guest has it."""
    outcome = nova_shell(
        *("update", "--name", "new", "--image-prop-override"),
        *("hw_disk_bus=sata", "overridden"),
    )
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")
    changed = {"hw_disk_bus": "sata", "hw_vif_model": "e1000"}
    assert told(nova, server) == ("new", changed)
    assert changes(compute_requests) == [OURS]
    outcome = nova_shell("update", "--no-image-prop-overrides", "new")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert told(nova, server) == ("new", {})
    # Without the options it is novaclient's own.
    compute_requests.clear()
    assert nova_shell("update", "--name", "newer", "new").status == 0
    assert OURS not in changes(compute_requests)


def test_warning(
    nova_shell: Shell, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """After a change with which the guest may not boot, that is said."""
    machine = {"hw_machine_type": "q35"}
    options = ("--image-prop-override", "hw_machine_type=q35")
    outcome = nova_shell("update", *options, "overridden")
    assert (outcome.status, outcome.stdout) == (0, "")
    assert outcome.stderr.startswith("WARNING: hw_machine_type: the installed")
    assert told(nova, server)[1] == {**BOOTED, **machine}


def test_refusals(
    nova_shell: Shell, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """All problems are told at once; a running server has to be stopped."""
    wrong = ("--image-prop-override", "hw_disk_bus=virtoi")
    move = ("--image-prop-override", "hw_numa_nodes=2")
    outcome = nova_shell(
        "update", "--name", "new", *wrong, *move, "overridden"
    )
    assert outcome.status == 1
    assert "[value_invalid]" in outcome.stderr
    assert "[needs_move]" in outcome.stderr
    assert told(nova, server) == ("overridden", BOOTED)
    started(nova, server)
    outcome = nova_shell("update", "--no-image-prop-overrides", "overridden")
    assert outcome.status == 1
    assert "stop it first" in outcome.stderr


@pytest.mark.usefixtures("stock_nova")
def test_cloud_without_the_feature(
    nova_shell: Shell, server: dict[str, Any]
) -> None:
    """There, the options are refused; all else is as it was."""
    del server
    outcome = nova_shell("update", "--no-image-prop-overrides", "overridden")
    assert outcome.status == 1
    assert "does not offer image_props_override" in outcome.stderr
    assert nova_shell("update", "--name", "new", "overridden").status == 0


def test_python(
    client: Any,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """There the set is replaced, alone or with other fields."""
    known = client.servers.get(server["id"])
    updated = known.update(image_props_override={"hw_disk_bus": "sata"})
    assert updated.image_props_override == {"hw_disk_bus": "sata"}
    assert updated.request_ids
    assert "pinned_availability_zone" not in updated.to_dict()
    client.servers.update(known, "new", image_props_override={})
    assert told(nova, server) == ("new", {})
    assert changes(compute_requests) == [OURS, OURS]
    known.update(name="newer")
    assert changes(compute_requests)[2] != OURS
    assert told(nova, server) == ("newer", {})
