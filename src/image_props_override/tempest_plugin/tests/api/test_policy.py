# SPDX-License-Identifier: Apache-2.0
"""Who may override: the policy's defaults, and the operator's rules."""

from typing import Any, ClassVar

from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests import base


class PolicyTest(base.BaseOverridesTest):
    """Reader, member and admin of a project."""

    credentials = ("primary", "project_reader", "admin")

    OVERRIDES: ClassVar = {"hw_boot_menu": "true"}

    def _create_as(self, manager: Any, overrides: Any) -> Any:
        client = self.servers_client_of(manager)
        network = self.get_tenant_network()
        created = client.create_server(
            name=self.new_name(),
            imageRef=self.image_id,
            flavorRef=self.flavor_id,
            networks=[{"uuid": network["id"]}] if network else "none",
            image_props_override=overrides,
        )["server"]
        self.addCleanup(client.delete_server, created["id"])
        return client.show_server(created["id"])["server"]

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2101")
    def test_member_overrides(self) -> None:
        """A project's member, on their own servers."""
        created = self._create_as(self.os_primary, self.OVERRIDES)
        self.assertEqual(self.OVERRIDES, created[KEY])

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2102")
    def test_admin_overrides(self) -> None:
        """An admin too."""
        created = self._create_as(self.os_admin, self.OVERRIDES)
        self.assertEqual(self.OVERRIDES, created[KEY])

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2103")
    def test_reader_sees_the_overrides(self) -> None:
        """Whoever may see a server may see what was overridden."""
        server = self.create_server(self.OVERRIDES, wait_until=None)
        reader = self.servers_client_of(self.os_project_reader)
        shown = reader.show_server(server["id"])["server"]
        self.assertEqual(self.OVERRIDES, shown[KEY])

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2104")
    @decorators.attr(type=["negative"])
    def test_create_as_reader_negative(self) -> None:
        """A reader boots nothing."""
        self.assertRaises(
            exceptions.Forbidden,
            self._create_as,
            self.os_project_reader,
            self.OVERRIDES,
        )

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2105")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_denied_property_negative(self) -> None:
        """The answer names the property and the rule that denies it."""
        denied = [
            each
            for each in self.catalogue.values()
            if not each["allowed"] and each["legal_values"]
        ]
        if not denied:
            raise self.skipException("the operator denies no property")
        for each in denied:
            message = self.refused(
                exceptions.Forbidden,
                self._create_as,
                self.os_primary,
                {each["name"]: each["legal_values"][0]},
            )
            self.assertIn(each["name"], message)
            self.assertIn(each["rule"], message)
            self.assertIn("[rule_denies]", message)
