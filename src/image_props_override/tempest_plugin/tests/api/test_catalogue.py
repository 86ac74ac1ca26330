# SPDX-License-Identifier: Apache-2.0
"""The catalogue: which image properties can be overridden, and by whom."""

from typing import Any, ClassVar

from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.tests import base


class CatalogueTest(base.BaseOverridesTest):
    """``GET /os-image-props-override``."""

    @decorators.idempotent_id("4f9d7c1e-1a2b-4c3d-8e4f-5a6b7c8d9e01")
    @decorators.attr(type="smoke")
    def test_describes_every_property(self) -> None:
        """Name, kind, class, description, bounds, and the rule."""
        fields = {
            "name",
            "kind",
            "class",
            "description",
            "legal_values",
            "minimum",
            "maximum",
            "legacy_aliases",
            "allowed",
            "allowed_values",
            "removal_allowed",
            "no_effect",
            "rule",
        }
        for name, each in self.catalogue.items():
            self.assertLessEqual(fields, each.keys(), name)
            self.assertNotEqual("", each["description"], name)
            self.assertNotEqual("", each["rule"], name)

    @decorators.idempotent_id("4f9d7c1e-1a2b-4c3d-8e4f-5a6b7c8d9e02")
    def test_knows_properties_of_every_kind(self) -> None:
        """The machine's, the disk's, the boot loader's."""
        self.assertIn("os_command_line", self.catalogue)
        self.assertIn("virtio", self.catalogue["hw_disk_bus"]["legal_values"])
        self.assertEqual(1, self.catalogue["hw_cpu_sockets"]["minimum"])
        self.assertIn(
            "architecture",
            self.catalogue["hw_architecture"]["legacy_aliases"],
        )

    @decorators.idempotent_id("4f9d7c1e-1a2b-4c3d-8e4f-5a6b7c8d9e07")
    def test_allowed_values_are_what_the_rules_allow(self) -> None:
        """Value by value, the preview is of the same opinion."""
        self.needs_policy()
        for name in ("hw_disk_bus", "hw_boot_menu", "img_config_drive"):
            each = self.catalogue[name]
            allowed = each["allowed_values"]["values"]
            self.assertEqual(bool(allowed), each["allowed"], name)
            for value in each["legal_values"] or ("true", "false"):
                codes = {
                    problem["code"]
                    for problem in self.problems_of({name: value})
                }
                self.assertEqual(
                    value not in allowed, "rule_denies" in codes, (name, value)
                )

    @decorators.idempotent_id("4f9d7c1e-1a2b-4c3d-8e4f-5a6b7c8d9e04")
    def test_names_its_own_microversion(self) -> None:
        """What answers ``latest`` answers that number too."""
        client = self.overrides_client_of(self.os_primary, self.microversion)
        found = client.show_catalogue()
        self.assertEqual(self.microversion, found["microversion"])

    @decorators.idempotent_id("4f9d7c1e-1a2b-4c3d-8e4f-5a6b7c8d9e05")
    @decorators.attr(type=["negative"])
    def test_show_at_older_microversion_negative(self) -> None:
        """There is no such resource yet."""
        for microversion in (base.OLDEST, self.microversion_before()):
            client = self.overrides_client_of(self.os_primary, microversion)
            self.assertRaises(exceptions.NotFound, client.show_catalogue)


class CatalogueOfOthersTest(base.BaseOverridesTest):
    """What may be overridden can differ, what exists cannot."""

    def _assert_same_names(self, manager: Any) -> None:
        found = self.overrides_client_of(manager).show_catalogue()
        names = {each["name"] for each in found["properties"]}
        self.assertEqual(self.catalogue.keys(), names)


class CatalogueReaderTest(CatalogueOfOthersTest):
    """A reader of the project."""

    credentials: ClassVar = ("primary", "project_reader")

    @decorators.idempotent_id("4f9d7c1e-1a2b-4c3d-8e4f-5a6b7c8d9e03")
    def test_reader_sees_the_same_properties(self) -> None:
        """Whoever may look, may look at all."""
        self._assert_same_names(self.os_project_reader)


class CatalogueAdminTest(CatalogueOfOthersTest):
    """An admin."""

    credentials: ClassVar = ("primary", "admin")

    @decorators.idempotent_id("4f9d7c1e-1a2b-4c3d-8e4f-5a6b7c8d9e06")
    def test_admin_sees_the_same_properties(self) -> None:
        """Nothing exists for admins alone."""
        self._assert_same_names(self.os_admin)
