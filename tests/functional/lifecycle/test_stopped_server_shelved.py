# SPDX-License-Identifier: Apache-2.0
"""A change of a shelved server, and of what it will be started from."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.functional.lifecycle.rebuilding import Overrides
from tests.functional.lifecycle.test_stopped_server import (
    CHANGED,
    all_kept,
    answer_to_change,
    server,
)
from tests.functional.nova_in_process import NovaInProcess

__all__ = ["server"]


def shelve(nova: NovaInProcess, server: dict[str, Any]) -> None:
    """Shelve a server, and take it off its host."""
    nova.api.post_server_action(server["id"], {"shelve": {}})
    nova._wait_for_server_parameter(
        server, {"status": "SHELVED_OFFLOADED", "OS-EXT-STS:task_state": None}
    )


def unshelved(nova: NovaInProcess, server: dict[str, Any]) -> Any:
    """Unshelve a server, and return its libvirt domain."""
    nova.api.post_server_action(server["id"], {"unshelve": None})
    nova._wait_for_state_change(server, "ACTIVE")
    return ElementTree.fromstring(nova.domains[server["id"]])


@pytest.mark.parametrize(
    ("overrides", "bus"), [(CHANGED, "sata"), ({}, "virtio")]
)
def test_shelved(
    nova: NovaInProcess,
    server: dict[str, Any],
    overrides: Overrides,
    bus: str,
) -> None:
    """A shelved server starts with the new set, under stock services."""
    shelve(nova, server)
    answer = answer_to_change(nova, server, overrides)
    assert answer.status_code == 200, answer.text
    domain = unshelved(nova, server)
    target = domain.find("devices/disk[@device='disk']/target")
    assert target.get("bus") == bus
    assert domain.find("devices/watchdog") is None
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == overrides


def test_snapshot_of_shelved_is_gone(
    nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """It could not be started with the change, so nothing is changed."""
    shelve(nova, server)
    snapshot = nova.system_metadata(server)["shelved_image_id"]
    nova.glance.delete(None, snapshot)
    before = all_kept(nova, server)
    answer = answer_to_change(nova, server, CHANGED)
    assert answer.status_code == 409
    assert f"its snapshot {snapshot} cannot be read" in answer.text
    assert all_kept(nova, server) == before
