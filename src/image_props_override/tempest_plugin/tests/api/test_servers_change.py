# SPDX-License-Identifier: Apache-2.0
"""What the owner of a stopped server can change, and what not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempest.common import waiters
from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests import base

FIRST = {"hw_boot_menu": "true", "hw_qemu_guest_agent": "true"}


class ServersChangeTest(base.BaseOverridesTest):
    """A server of an image of its own, stopped."""

    def setUp(self) -> None:
        """Boot a server with overrides, and stop it."""
        super().setUp()
        self.needs(FIRST)
        self.image_id_of_server = self.create_empty_image(hw_vif_model="e1000")
        self.server_id = self.create_server(
            FIRST, image_id=self.image_id_of_server
        )["id"]
        self.addCleanup(self.delete_server, self.server_id)
        self.servers_client.stop_server(self.server_id)
        self._wait_for("SHUTOFF")

    def _wait_for(self, status: str) -> None:
        waiters.wait_for_server_status(
            self.servers_client, self.server_id, status
        )

    def _change(
        self, overrides: Mapping[str, Any], **wish: Any
    ) -> dict[str, Any]:
        return self.change_overrides(self.server_id, overrides, **wish)

    def _refusal(
        self,
        overrides: Mapping[str, Any],
        error: type[exceptions.RestClientException] = exceptions.BadRequest,
    ) -> str:
        """Return the message of a refused change; nothing has changed."""
        message = self.refused(
            error,
            self._change,
            overrides,
            name=self.new_name(),
        )
        shown = self.servers_client.show_server(self.server_id)["server"]
        self.assertEqual(FIRST, shown[KEY])
        return message

    @decorators.idempotent_id("c7d80a5e-4a3f-4a63-9b9e-0f6d1b7a5c01")
    def test_change_replaces_the_set_and_the_name(self) -> None:
        """The new set is all that is left, and the server starts."""
        new = {"hw_boot_menu": "false", "hw_vif_model": None}
        name = self.new_name()
        changed = self._change(new, name=name)
        self.assertEqual(
            (new, name), (dict(sorted(changed[KEY].items())), changed["name"])
        )
        self.servers_client.start_server(self.server_id)
        self._wait_for("ACTIVE")
        self.assertEqual(new, self.record_of(self.server_id))

    @decorators.idempotent_id("c7d80a5e-4a3f-4a63-9b9e-0f6d1b7a5c02")
    def test_change_with_an_empty_object_drops(self) -> None:
        """Nothing is overridden any more."""
        self.assertEqual({}, self._change({})[KEY])
        self.assertEqual({}, self.record_of(self.server_id))

    @decorators.idempotent_id("c7d80a5e-4a3f-4a63-9b9e-0f6d1b7a5c03")
    @decorators.attr(type=["negative"])
    def test_change_of_running_server_negative(self) -> None:
        """It has to be stopped first."""
        self.servers_client.start_server(self.server_id)
        self._wait_for("ACTIVE")
        message = self._refusal({}, exceptions.Conflict)
        self.assertIn("stop it first", message)

    @decorators.idempotent_id("c7d80a5e-4a3f-4a63-9b9e-0f6d1b7a5c04")
    @decorators.attr(type=["negative"])
    def test_change_that_needs_a_move_negative(self) -> None:
        """The scheduler or a claim would have to agree."""
        self.assertIn("[needs_move]", self._refusal({"hw_numa_nodes": "1"}))

    @decorators.idempotent_id("c7d80a5e-4a3f-4a63-9b9e-0f6d1b7a5c05")
    @decorators.attr(type=["negative"])
    def test_change_without_the_image_negative(self) -> None:
        """Nobody knows the values of an image that is gone."""
        self.os_primary.image_client_v2.delete_image(self.image_id_of_server)
        self.assertIn("[image_gone]", self._refusal({}))
