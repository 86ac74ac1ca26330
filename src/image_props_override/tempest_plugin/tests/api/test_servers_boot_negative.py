# SPDX-License-Identifier: Apache-2.0
"""What may be overridden, but not with this image, flavor or quota."""

from collections.abc import Mapping
from typing import ClassVar

from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.tests import base
from image_props_override.tempest_plugin.tests.api import refusals

# No flavor allows so much.
_VIDEO_RAM_MIB = "1048576"


class ServersBootNegativeTest(refusals.RefusalsTest):
    """What does not fit what is booted."""

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c13")
    @decorators.attr(type=["negative"])
    def test_create_with_removal_of_absent_property_negative(self) -> None:
        """Who removes what is not there has the wrong image in mind."""
        image = self.create_empty_image()
        self.assert_boot_refused(
            {"hw_vif_model": None}, "removal_of_absent", image
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c14")
    @decorators.attr(type=["negative"])
    def test_create_with_command_line_without_kernel_negative(self) -> None:
        """Nova would ignore the command line of such an image."""
        image = self.create_empty_image()
        self.assert_boot_refused(
            {"os_command_line": "quiet"}, "kernel_missing", image
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c51")
    @decorators.attr(type=["negative"])
    def test_create_with_kernel_that_is_not_there_negative(self) -> None:
        """Nor is anything shown of another project's kernel."""
        image = self.create_empty_image()
        self.assert_boot_refused(
            {"kernel_id": "12345678-1234-1234-1234-123456789abc"},
            "image_not_found",
            image,
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c52")
    @decorators.attr(type=["negative"])
    def test_create_with_kernel_that_is_none_negative(self) -> None:
        """A RAM disk's image in its place is a mix-up."""
        self.assert_boot_refused(
            {"kernel_id": self.create_ramdisk_image()},
            "image_format_invalid",
            self.create_empty_image(),
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c15")
    @decorators.attr(type=["negative"])
    def test_create_with_default_of_no_command_line_negative(self) -> None:
        """``%default%`` stands for what the image has."""
        image = self.create_empty_image()
        self.assert_boot_refused(
            {"os_command_line": "%default% a"}, "default_absent", image
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c16")
    @decorators.attr(type=["negative"])
    def test_create_with_property_without_its_partner_negative(self) -> None:
        """Nova reads ``hw_tpm_model`` only beside ``hw_tpm_version``."""
        image = self.create_empty_image()
        self.assert_boot_refused(
            {"hw_tpm_model": "tpm-crb"}, "partner_missing", image
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c24")
    @decorators.attr(type=["negative"])
    def test_create_with_more_than_the_flavor_allows_negative(self) -> None:
        """Its ``hw_video:ram_max_mb`` is the most, and 0 without it."""
        image = self.create_empty_image()
        self.assert_boot_refused(
            {"hw_video_ram": _VIDEO_RAM_MIB}, "flavor_limit", image
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c17")
    @decorators.attr(type=["negative"])
    def test_create_with_conflict_that_nova_finds_negative(self) -> None:
        """A guest does not get more NUMA nodes than vCPUs."""
        self.assert_boot_refused({"hw_numa_nodes": "64"}, "nova_refuses")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c20")
    @decorators.attr(type=["negative"])
    def test_create_of_more_than_the_quota_negative(self) -> None:
        """Overrides do not bypass a quota, and no server is left."""
        limits = self.os_primary.limits_client.show_limits()["limits"]
        most = limits["absolute"]["maxTotalInstances"]
        if most < 0:
            raise self.skipException("the project has no quota of servers")
        overrides = {"hw_boot_menu": "true"}
        self.needs(overrides)
        name = self.new_name()
        message = self.refused(
            exceptions.Forbidden,
            self.create_servers,
            overrides,
            wait_until=None,
            name=name,
            min_count=most + 1,
        )
        self.assertIn("Quota exceeded", message)
        self.assertEqual(
            [], self.servers_client.list_servers(name=name)["servers"]
        )


class ServersFlavorWinsNegativeTest(base.BaseOverridesTest):
    """A flavor whose extra spec Nova heeds instead of the image's property."""

    credentials: ClassVar = ("primary", "admin")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c25")
    @decorators.attr(type=["negative"])
    def test_create_with_override_that_the_flavor_decides_negative(
        self,
    ) -> None:
        """What would be ignored is refused."""
        overrides = {"img_hide_hypervisor_id": "false"}
        self.needs_rules_for(overrides)
        message = self.refused(
            exceptions.BadRequest,
            self.create_server,
            overrides,
            wait_until=None,
            flavor_id=self._create_flavor({"hw:hide_hypervisor_id": "true"}),
        )
        self.assertIn("[flavor_wins]", message)
        self.assertIn("hw:hide_hypervisor_id", message)

    def _create_flavor(self, extra_specs: Mapping[str, str]) -> str:
        """Return the id of a flavor like the class's, with extra specs."""
        flavors = self.os_admin.flavors_client
        model = flavors.show_flavor(self.flavor_id)["flavor"]
        created = flavors.create_flavor(
            name=self.new_name(),
            **{size: model[size] for size in ("ram", "vcpus", "disk")},
        )["flavor"]
        self.addCleanup(flavors.delete_flavor, created["id"])
        flavors.set_flavor_extra_spec(created["id"], **extra_specs)
        return str(created["id"])
