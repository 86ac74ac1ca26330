# SPDX-License-Identifier: Apache-2.0
"""A stopped server's guest has other overrides after its next start."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.guest.checks import (
    Guest,
    look_at,
    same,
)
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
        """The new set has effect, and what it lacks is the image's again."""
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

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d13")
    @decorators.attr(type="slow")
    def test_removal(self) -> None:
        """The guest looks like one whose image never had the properties."""
        case = "change, removed"
        stays = self._that_stay()
        own = {
            name: value
            for name, value in self._at_next_start(self.own).items()
            # Without them a guest may print nothing.
            if name not in {*stays, *self.kernel_properties, "os_command_line"}
        }
        removals = self.taken(dict.fromkeys(own), None, None, case)
        if not removals:
            raise self.nothing_left()
        bare_id = self.boot(
            {}, image_id=self.copy_of_image(self._own_without(removals))
        )["id"]
        bare = self.look_into(bare_id)
        self.delete_server(bare_id)
        guest = self._changed({**stays, **removals})
        checked = []
        for name in removals:
            without = look_at(bare, name)
            if same(name, own[name], without):
                why = f"guests have {own[name]} without it"
                self.not_checked(name, case, why, self.server_id)
            else:
                checked += [name] * self.check(
                    guest, name, without.value, case
                )
        if not checked:
            raise self.skipException(
                f"nothing can be seen of the removal of {', '.join(removals)}"
            )

    def _own_without(self, names: Collection[str]) -> dict[str, str]:
        return {
            name: value
            for name, value in self.own.items()
            if name not in names
        }

    def _change(self, overrides: Mapping[str, str], case: str) -> None:
        guest = self._changed(overrides)
        if overrides:
            self.check_some(guest, overrides, case)
        dropped = sorted(self.overrides.keys() - overrides.keys())
        if dropped:
            self.check_dropped(guest, dropped, case)

    def _changed(self, overrides: Mapping[str, str | None]) -> Guest:
        """Return the guest after the change and a start."""
        self.servers_client.stop_server(self.server_id)
        self.wait_for("SHUTOFF")
        self.servers_client.update_server(self.server_id, **{KEY: overrides})
        self.servers_client.start_server(self.server_id)
        self.wait_for("ACTIVE")
        self.assertEqual(overrides, self.record_of(self.server_id))
        return self.look_again()

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
