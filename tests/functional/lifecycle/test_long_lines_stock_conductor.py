# SPDX-License-Identifier: Apache-2.0
"""Long command lines need our nova-compute; nova-conductor may be Nova's."""

from __future__ import annotations

from unittest import mock

import pytest
from nova import service

from tests.functional.lifecycle.long_lines import (
    LONG,
    NOVAS,
    TwoHostsOfOurs,
    all_see,
    boot,
)
from tests.functional.lifecycle.test_long_lines import STEPS
from tests.functional.services.our_services import OurServices
from tests.functional.services.two_hosts import TwoHosts


class _NovasConductor(TwoHosts):
    def setUp(self) -> None:
        """Start Nova with its own nova-conductor."""
        name = "nova-conductor"
        patch = mock.patch.dict(service.SERVICE_MANAGERS, {name: NOVAS[name]})
        patch.start()
        self.addCleanup(patch.stop)
        super().setUp()


class OurComputes(TwoHostsOfOurs, OurServices, _NovasConductor):
    """Two hosts with our managers, and a stock conductor."""


HARNESS = OurComputes


@pytest.mark.parametrize(
    "name",
    [
        "resize, confirm",
        "resize, revert",
        "cold migration",
        "live migration",
        "evacuation",
        "shelve, offload, unshelve",
    ],
)
def test_moves(nova: OurComputes, name: str) -> None:
    """What the conductor hands on is the whole line."""
    server = boot(nova, LONG)
    STEPS[name](nova, server)
    all_see(nova, server)


def test_rebuild(nova: OurComputes) -> None:
    """A rebuild and a rescue need ours, as for any override."""
    server = boot(nova, LONG)
    actions: tuple[dict[str, object], ...] = (
        {"rebuild": {"imageRef": server["image"]["id"]}},
        {"rescue": None},
    )
    for action in actions:
        answer = nova.act(server, **action)
        assert answer.status_code == 409
        assert "nova-conductor does not re-apply overrides" in answer.text
    all_see(nova, server)
