# SPDX-License-Identifier: Apache-2.0
"""A stopped server's guest has other overrides after its next start."""

from __future__ import annotations

from collections.abc import Mapping

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests.scenario.test_rebuild import (
    BaseRebuildTest,
)

CONF = config.CONF


class ChangeOfStoppedServerTest(BaseRebuildTest):
    """Each test changes its server, which keeps its disk.

    What a start is not enough for stays as the server has it.
    """

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d11")
    @decorators.attr(type="slow")
    def test_other_overrides(self) -> None:
        """The new set is in force, and what it lacks is the image's again."""
        wanted = self.wanted_overrides(
            self._at_next_start(CONF.image_props_override.more_overrides)
        )
        if not wanted:
            raise self.nothing_left()
        self._change({**self._that_stay(), **wanted}, "change, replaced")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d12")
    @decorators.attr(type="slow")
    def test_no_overrides(self) -> None:
        """The guest is the image's again."""
        self._change(self._that_stay(), "change, dropped")

    def _change(self, overrides: Mapping[str, str], case: str) -> None:
        self.servers_client.stop_server(self.server_id)
        self.wait_for("SHUTOFF")
        self.servers_client.update_server(self.server_id, **{KEY: overrides})
        self.servers_client.start_server(self.server_id)
        self.wait_for("ACTIVE")
        self.assertEqual(overrides, self.record_of(self.server_id))
        guest = self.look_again()
        if overrides:
            self.check_some(guest, overrides, case)
        dropped = sorted(self.overrides.keys() - overrides.keys())
        if dropped:
            self.check_dropped(guest, dropped, case)

    def _at_next_start(self, wish: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value
            for name, value in wish.items()
            if name in self.catalogue
            and self.catalogue[name]["takes_effect"] == "next_start"
        }

    def _that_stay(self) -> dict[str, str]:
        """Return the overrides that no start of the server can change."""
        changeable = self._at_next_start(self.overrides)
        return {
            name: value
            for name, value in self.overrides.items()
            if name not in changeable
        }
