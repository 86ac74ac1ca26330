# SPDX-License-Identifier: Apache-2.0
"""Servers show what was overridden for them, and the image is merged."""

from typing import Any, ClassVar

from tempest.lib import decorators

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests import base


class ServersOverridesTest(base.BaseOverridesTest):
    """What show, list and update answer, at each microversion."""

    overridden: ClassVar[dict[str, Any]]
    plain: ClassVar[dict[str, Any]]

    OVERRIDES: ClassVar = {"hw_vif_model": "e1000", "hw_boot_menu": "true"}

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server with overrides and one without."""
        super().resource_setup()
        cls.needs(cls.OVERRIDES)
        cls.overridden = cls.create_server(cls.OVERRIDES)
        cls.plain = cls.create_server()

    @decorators.idempotent_id("e8a57f66-6e7a-4b6e-a9a0-a4c1e9a7c3fb")
    @decorators.attr(type="smoke")
    def test_show_tells_the_overrides(self) -> None:
        """At our microversion each server has the key, if only ``{}``."""
        self.assertEqual(self.OVERRIDES, self.record_of(self.overridden["id"]))
        self.assertEqual({}, self.record_of(self.plain["id"]))

    @decorators.idempotent_id("0a2d1c5f-8a8f-4d4e-9b71-9a1c3b1f2ea1")
    @decorators.attr(type="smoke")
    def test_older_microversions_do_not_tell(self) -> None:
        """Tempest's own schemas of older ones would refuse the key."""
        for microversion in (base.OLDEST, self.microversion_before()):
            client = self.servers_client_of(self.os_primary, microversion)
            shown = client.show_server(self.overridden["id"])["server"]
            self.assertNotIn(KEY, shown, microversion)
            for server in client.list_servers(detail=True)["servers"]:
                self.assertNotIn(KEY, server, microversion)

    @decorators.idempotent_id("3df5f2b9-5a8d-4f26-8a06-c6a58f0d2ad6")
    def test_list_detail_tells_the_overrides_of_each(self) -> None:
        """One server's overrides are not shown for another one."""
        listed = self.servers_client.list_servers(detail=True)["servers"]
        told = {server["id"]: server[KEY] for server in listed}
        self.assertEqual(self.OVERRIDES, told[self.overridden["id"]])
        self.assertEqual({}, told[self.plain["id"]])

    @decorators.idempotent_id("5c7b9a3c-4c39-4b2a-a5e6-0f1b4a86f2f1")
    def test_list_without_detail_does_not_tell(self) -> None:
        """Its entries have names and links alone."""
        for server in self.servers_client.list_servers()["servers"]:
            self.assertNotIn(KEY, server)

    @decorators.idempotent_id("7f0c2c4d-0a86-4c5e-8e07-d6dbe3a7b1a4")
    def test_update_tells_the_overrides(self) -> None:
        """The answer to a new name is a server like any other."""
        for microversion in (self.microversion, self.microversion_before()):
            client = self.servers_client_of(self.os_primary, microversion)
            updated = client.update_server(
                self.overridden["id"], name=self.new_name()
            )["server"]
            self.assertEqual(
                self.OVERRIDES if microversion == self.microversion else None,
                updated.get(KEY),
            )

    @decorators.idempotent_id("b1f6f0a0-6a43-4d55-9f1e-5d2e5e7a6c19")
    def test_image_properties_are_merged(self) -> None:
        """Servers show their image's properties with the overrides in."""
        for client in (
            self.servers_client,
            self.servers_client_of(
                self.os_primary, base.SHOWS_IMAGE_PROPERTIES
            ),
        ):
            shown = client.show_server(self.overridden["id"])["server"]
            merged = shown["image"]["properties"]
            self.assertLessEqual(self.OVERRIDES.items(), merged.items())


class ServersCreateTest(base.BaseOverridesTest):
    """What a request to boot may ask for."""

    @decorators.idempotent_id("2a9d9e2e-8f3d-4dc1-bb1d-3b6a7f9e0c55")
    @decorators.attr(type="smoke")
    def test_removal_is_told_as_null(self) -> None:
        """The server is without a property that its image has."""
        image = self.create_empty_image(hw_vif_model="e1000")
        removal = {"hw_vif_model": None}
        self.needs(removal, image)
        server = self.create_server(removal, wait_until=None, image_id=image)
        shown = self.servers_client.show_server(server["id"])["server"]
        self.assertEqual(removal, shown[KEY])
        self.assertNotIn("hw_vif_model", shown["image"]["properties"])

    @decorators.idempotent_id("c3a5a1f0-1d0b-4be4-8df2-1b7f5c86a9d7")
    def test_legacy_alias_becomes_the_canonical_name(self) -> None:
        """``architecture`` is shown as ``hw_architecture``."""
        overrides = {"architecture": "x86_64"}
        self.needs(overrides)
        server = self.create_server(overrides, wait_until=None)
        self.assertEqual(
            {"hw_architecture": "x86_64"}, self.record_of(server["id"])
        )

    @decorators.idempotent_id("d7a1b8c2-3e4f-4a5b-8c6d-7e8f9a0b1c2d")
    def test_empty_overrides_are_none(self) -> None:
        """``{}`` is as good as no key."""
        self.needs_policy()
        server = self.create_server({}, wait_until=None)
        self.assertEqual({}, self.record_of(server["id"]))

    @decorators.idempotent_id("9e2f0c0a-7a4c-4f0a-9f6b-2c6a0d0e5b11")
    def test_multi_create_overrides_for_each(self) -> None:
        """Every server of one request has the overrides."""
        overrides = {"hw_boot_menu": "true"}
        self.needs(overrides)
        servers = self.create_servers(
            overrides, wait_until=None, min_count=2, name=self.new_name()
        )
        self.assertEqual(2, len(servers))
        for server in servers:
            self.assertEqual(overrides, self.record_of(server["id"]))
