# SPDX-License-Identifier: Apache-2.0
"""Guests keep what was overridden, whatever is done with their servers."""

from __future__ import annotations

from typing import ClassVar

import testtools
from tempest import config
from tempest.common import compute
from tempest.lib import decorators

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests.scenario.lifecycle import (
    BaseLifecycleTest,
)

CONF = config.CONF
FEATURES = CONF.compute_feature_enabled

# Nova writes a rescued guest's command line itself.
_NOT_WHILE_RESCUED = ("os_command_line",)


class LifecycleTest(BaseLifecycleTest):
    """What Nova's own services do well."""

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d01")
    @decorators.attr(type="slow")
    def test_hard_reboot(self) -> None:
        """Nova writes the guest's description again."""
        self.servers_client.reboot_server(self.server_id, type="HARD")
        self.wait_for("ACTIVE")
        self.check_kept("hard reboot")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d02")
    @decorators.attr(type="slow")
    def test_stop_and_start(self) -> None:
        """A start is a hard reboot too."""
        self.servers_client.stop_server(self.server_id)
        self.wait_for("SHUTOFF")
        self.servers_client.start_server(self.server_id)
        self.wait_for("ACTIVE")
        self.check_kept("stop, start")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d10")
    @decorators.attr(type="slow")
    @testtools.skipUnless(
        FEATURES.snapshot, "[compute-feature-enabled] snapshot is false"
    )
    def test_snapshot_has_them_as_its_own(self) -> None:
        """A server booted from it has them, and overrides nothing."""
        image_id = self.create_image_of_server(self.server_id)
        booted = self.boot({}, image_id=image_id)
        self.addCleanup(self.delete_server, booted["id"])
        shown = self.servers_client.show_server(booted["id"])["server"]
        self.assertEqual({}, shown[KEY])
        self.check_some(
            self.look_into(booted["id"]), self.overrides, "of a snapshot"
        )


class ResizeTest(BaseLifecycleTest):
    """To another flavor."""

    new_flavor_id: ClassVar[str]

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where servers are not resized."""
        super().skip_checks()
        if not FEATURES.resize:
            raise cls.skipException(
                "[compute-feature-enabled] resize is false"
            )

    @classmethod
    def resource_setup(cls) -> None:
        """Choose overrides and flavor."""
        super().resource_setup()
        cls.choose_flavor()

    @classmethod
    def choose_flavor(cls) -> None:
        """Take the options' flavor; skip where it does not suit."""
        cls.new_flavor_id = (
            CONF.image_props_override.resize_flavor_ref
            or CONF.compute.flavor_ref_alt
        )
        old, new = (
            cls.os_primary.flavors_client.show_flavor(flavor_id)["flavor"]
            for flavor_id in (cls.flavor_id, cls.new_flavor_id)
        )
        problems = {
            "is the flavor of the guests": old["id"] == new["id"],
            "has other vCPUs": old["vcpus"] != new["vcpus"],
            "has a smaller disk": old["disk"] > new["disk"],
            "does not go with the overrides": cls.overrides
            != cls.taken(
                cls.overrides, cls.image_id, cls.new_flavor_id, "resize"
            ),
        }
        for problem, is_so in problems.items():
            if is_so:
                raise cls.skipException(
                    f"[image_props_override] resize_flavor_ref: flavor"
                    f" {new['name']} {problem}"
                )

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d03")
    @decorators.attr(type="slow")
    def test_resize(self) -> None:
        """To a flavor with as many vCPUs, and a disk at least as large."""
        self.servers_client.resize_server(self.server_id, self.new_flavor_id)
        self.wait_for("VERIFY_RESIZE")
        self.servers_client.confirm_resize_server(self.server_id)
        self.wait_for("ACTIVE")
        self.check_kept("resize")


class RescueAndShelveTest(BaseLifecycleTest):
    """What Nova's own services may lose overrides by."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where the cloud is known to refuse it."""
        super().skip_checks()
        cls.needs_services_that_keep_overrides()

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d08")
    @decorators.attr(type="slow")
    @testtools.skipUnless(
        FEATURES.rescue, "[compute-feature-enabled] rescue is false"
    )
    def test_rescue_and_unrescue(self) -> None:
        """The rescued guest has them too, but for its command line."""
        self.servers_client.rescue_server(self.server_id)
        self.wait_for("RESCUE")
        rescued = self.look_again()
        self.check_all(
            rescued,
            {
                name: value
                for name, value in self.overrides.items()
                if name not in _NOT_WHILE_RESCUED
            },
            "rescued",
        )
        self.before = rescued
        self.servers_client.unrescue_server(self.server_id)
        self.wait_for("ACTIVE")
        self.check_kept("unrescued")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d09")
    @decorators.attr(type="slow")
    @testtools.skipUnless(
        FEATURES.shelve, "[compute-feature-enabled] shelve is false"
    )
    def test_shelve_and_unshelve(self) -> None:
        """The snapshot in between carries them."""
        compute.shelve_server(self.servers_client, self.server_id)
        self.servers_client.unshelve_server(self.server_id)
        self.wait_for("ACTIVE")
        self.check_kept("shelve, unshelve")
