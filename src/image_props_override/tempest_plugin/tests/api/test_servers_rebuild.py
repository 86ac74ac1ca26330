# SPDX-License-Identifier: Apache-2.0
"""What a rebuild keeps, replaces and drops, and how it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tempest import config
from tempest.common import waiters
from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.clients import KEY, ServersClient
from image_props_override.tempest_plugin.tests import base, cloud

CONF = config.CONF

# What is overridden at the start.
FIRST = {"hw_boot_menu": "true", "hw_qemu_guest_agent": "true"}
_POLICY = "os_compute_api:servers:rebuild:image_props_override"


class ServersRebuildTest(base.BaseOverridesTest):
    """One server, rebuilt again and again."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where services would lose what was overridden."""
        super().skip_checks()
        cls.needs_services_that_keep_overrides()

    def setUp(self) -> None:
        """Boot a server with overrides."""
        super().setUp()
        self.needs(FIRST)
        self.server_id = self.create_server(FIRST)["id"]
        self.addCleanup(self.delete_server, self.server_id)

    def _rebuild(
        self, client: ServersClient | None = None, **wish: Any
    ) -> dict[str, Any]:
        """Rebuild the server; returns the answer's server."""
        answer = self._unless_policy_denies(
            (client or self.servers_client).rebuild_server,
            self.server_id,
            self.image_id,
            **wish,
        )
        waiters.wait_for_server_status(
            self.servers_client, self.server_id, "ACTIVE"
        )
        return dict(answer["server"])

    def _unless_policy_denies(
        self, call: Callable[..., Any], *arguments: Any, **options: Any
    ) -> Any:
        try:
            return call(*arguments, **options)
        except exceptions.Forbidden as refusal:
            if _POLICY not in str(refusal):
                raise
            raise self.skipException(cloud.in_one_line(refusal)) from refusal

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c01")
    def test_rebuild_without_the_key_keeps(self) -> None:
        """Answer and record are as before."""
        self.assertEqual(FIRST, self._rebuild()[KEY])
        self.assertEqual(FIRST, self.record_of(self.server_id))

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c02")
    def test_rebuild_with_the_key_replaces(self) -> None:
        """The new set is all that is left."""
        new = {"hw_boot_menu": "false"}
        self.needs(new)
        self.assertEqual(new, self._rebuild(image_props_override=new)[KEY])
        self.assertEqual(new, self.record_of(self.server_id))

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c03")
    def test_rebuild_with_an_empty_object_drops(self) -> None:
        """Nothing is overridden any more."""
        self.assertEqual({}, self._rebuild(image_props_override={})[KEY])
        self.assertEqual({}, self.record_of(self.server_id))

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c04")
    def test_rebuild_at_older_microversion_keeps(self) -> None:
        """The answer does not show it, and the record stays."""
        older = self.servers_client_of(
            self.os_primary, self.microversion_before()
        )
        self.assertNotIn(KEY, self._rebuild(older))
        self.assertEqual(FIRST, self.record_of(self.server_id))

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c05")
    @decorators.attr(type=["negative"])
    def test_rebuild_with_bad_overrides_negative(self) -> None:
        """Refused as on create; the server stays as it is."""
        for overrides, code in (
            ({"hw_bogus": "1"}, "name_unknown"),
            ({"hw_vif_model": "e1001"}, "value_invalid"),
            (["hw_vif_model"], "request_not_an_object"),
        ):
            self._assert_refused(overrides, code)
        self.assertEqual(FIRST, self.record_of(self.server_id))

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c07")
    @decorators.attr(type=["negative"])
    def test_rebuild_with_what_is_fixed_at_boot_negative(self) -> None:
        """Nova would go on with what it read then."""
        new = {"hw_pci_numa_affinity_policy": "required"}
        self.needs_rules_for(new)
        self._assert_refused(new, "fixed_at_boot")
        self.assertEqual(FIRST, self.record_of(self.server_id))

    def _assert_refused(self, overrides: Any, code: str) -> None:
        message = self.refused(
            exceptions.BadRequest,
            self._unless_policy_denies,
            self.servers_client.rebuild_server,
            self.server_id,
            self.image_id,
            image_props_override=overrides,
        )
        self.assertIn(f"[{code}]", message)

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c06")
    @decorators.attr(type=["negative"])
    def test_rebuild_at_older_microversion_negative(self) -> None:
        """Nova's own schema refuses the key there."""
        for microversion in (base.OLDEST, self.microversion_before()):
            message = self.refused(
                exceptions.BadRequest,
                self.servers_client_of(
                    self.os_primary, microversion
                ).rebuild_server,
                self.server_id,
                self.image_id,
                image_props_override=FIRST,
            )
            self.assertIn(KEY, message)


class ServersRebuildRefusedTest(base.BaseOverridesTest):
    """Services that would lose what was overridden."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where services keep it."""
        super().skip_checks()
        if CONF.image_props_override.services_keep_overrides:
            raise cls.skipException(
                "[image_props_override] services_keep_overrides is true"
            )

    @decorators.idempotent_id("e3f1b2a4-90d5-4a6e-8b1c-2d7f5e4a3c08")
    @decorators.attr(type=["negative"])
    def test_rebuild_that_would_lose_overrides_negative(self) -> None:
        """Refused, whether it keeps the old ones or has new ones."""
        self.needs(FIRST)
        server_id = self.create_server(FIRST)["id"]
        for wish in ({}, {KEY: FIRST}):
            message = self.refused(
                exceptions.Conflict,
                self.servers_client.rebuild_server,
                server_id,
                self.image_id,
                **wish,
            )
            self.assertIn(KEY, message)
        self.assertEqual(FIRST, self.record_of(server_id))
