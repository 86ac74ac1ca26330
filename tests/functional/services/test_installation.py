# SPDX-License-Identifier: Apache-2.0
"""A guest that is being installed ends where others would reboot."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.functional.lifecycle.test_stopped_server import started, stop
from tests.functional.nova_in_process import OURS
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

PENDING = {"os_installation": "pending"}


def on_reboot(nova: OneHostOfOurs, server: dict[str, Any]) -> str | None:
    """Return what libvirt does when a guest reboots itself; None: reboots."""
    domain = ElementTree.fromstring(nova.domains[server["id"]])
    return domain.findtext("on_reboot")


def boot(nova: OneHostOfOurs, **fields: Any) -> dict[str, Any]:
    """Boot a server with a kernel of its own."""
    overrides = {"kernel_id": nova.image_with()}
    return nova.boot(overrides, imageRef=nova.image_with(), **fields)


def test_while_it_is_installed(nova: OneHostOfOurs) -> None:
    """It ends until the installer is taken off; a hard reboot changes none."""
    server = boot(nova, metadata=PENDING)
    assert on_reboot(nova, server) == "destroy"
    nova.act(server, reboot={"type": "HARD"})
    nova._wait_for_state_change(server, "ACTIVE")
    assert on_reboot(nova, server) == "destroy"
    stop(nova, server)
    answer = nova.request(
        "PUT",
        f"/v2.1/servers/{server['id']}",
        OURS,
        json={"server": {"image_props_override": {}}},
    )
    assert answer.status_code == 200
    started(nova, server)
    assert on_reboot(nova, server) is None


@pytest.mark.parametrize("metadata", [{}, {"os_installation": "done"}])
def test_without_the_mark(
    nova: OneHostOfOurs, metadata: dict[str, str]
) -> None:
    """A kernel of its own alone changes nothing: it may be tried again."""
    assert on_reboot(nova, boot(nova, metadata=metadata)) is None


def test_without_a_kernel(nova: OneHostOfOurs) -> None:
    """The mark alone changes nothing."""
    for overrides in (None, {"hw_vif_model": "e1000"}):
        server = nova.boot(overrides, metadata=PENDING)
        assert on_reboot(nova, server) is None


def test_rescued(nova: OneHostOfOurs) -> None:
    """A rescue guest reboots as any other."""
    server = boot(nova, metadata=PENDING)
    assert nova.rescue(server) == "RESCUE"
    assert on_reboot(nova, server) is None
    assert nova.unrescue(server) == "ACTIVE"
