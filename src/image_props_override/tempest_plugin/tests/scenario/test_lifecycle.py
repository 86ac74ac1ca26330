# SPDX-License-Identifier: Apache-2.0
"""Guests keep what was overridden, whatever is done with their servers."""

from __future__ import annotations

from typing import Any, ClassVar

from tempest import config
from tempest.common import compute, waiters
from tempest.lib import decorators
from tempest.lib.common.utils import data_utils

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.guest.checks import Guest
from image_props_override.tempest_plugin.tests.scenario import guests

CONF = config.CONF
FEATURES = CONF.compute_feature_enabled

# Nova writes a rescued guest's command line itself.
_NOT_WHILE_RESCUED = ("os_command_line",)


class BaseLifecycleTest(guests.GuestScenarioTest):
    """Each test has a server of its own, with all overrides of the options.

    After what is done, its record is the same, and so is what its guest has.
    """

    overrides: ClassVar[dict[str, str]]

    @classmethod
    def resource_setup(cls) -> None:
        """Choose the overrides."""
        super().resource_setup()
        cls.overrides = cls.wanted_overrides(
            CONF.image_props_override.overrides
        )

    def setUp(self) -> None:
        """Boot the server, and see that it has the overrides."""
        super().setUp()
        self.server_id = self.boot(self.overrides)["id"]
        self.addCleanup(self.delete_server, self.server_id)
        self.before = self.look_into(self.server_id)
        self.check_all(self.before, self.overrides, "boot")

    def _wait_for(self, status: str) -> None:
        waiters.wait_for_server_status(
            self.servers_client, self.server_id, status
        )

    def _look_again(self) -> Guest:
        return self.look_into(
            self.server_id, not_boot=self.before.report.boot_id
        )

    def _check_kept(
        self, case: str, overrides: dict[str, str] | None = None
    ) -> None:
        wanted = self.overrides if overrides is None else overrides
        self.assertEqual(wanted, self.record_of(self.server_id))
        self.check_all(self._look_again(), wanted, case)


class LifecycleTest(BaseLifecycleTest):
    """What leaves the image as it is."""

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d01")
    @decorators.attr(type="slow")
    def test_hard_reboot(self) -> None:
        """Nova writes the guest's description anew."""
        self.servers_client.reboot_server(self.server_id, type="HARD")
        self._wait_for("ACTIVE")
        self._check_kept("hard reboot")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d02")
    @decorators.attr(type="slow")
    def test_stop_and_start(self) -> None:
        """A start is a hard reboot too."""
        self.servers_client.stop_server(self.server_id)
        self._wait_for("SHUTOFF")
        self.servers_client.start_server(self.server_id)
        self._wait_for("ACTIVE")
        self._check_kept("stop, start")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d03")
    @decorators.attr(type="slow")
    def test_resize(self) -> None:
        """To a flavor with as many vCPUs: [compute] flavor_ref_alt."""
        if not FEATURES.resize:
            raise self.skipException("[compute-feature-enabled] resize")
        self.servers_client.resize_server(
            self.server_id, CONF.compute.flavor_ref_alt
        )
        self._wait_for("VERIFY_RESIZE")
        self.servers_client.confirm_resize_server(self.server_id)
        self._wait_for("ACTIVE")
        self._check_kept("resize")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d08")
    @decorators.attr(type="slow")
    def test_rescue_and_unrescue(self) -> None:
        """The rescued guest has them too, but for its command line."""
        if not FEATURES.rescue:
            raise self.skipException("[compute-feature-enabled] rescue")
        self.done_or_skipped(self.servers_client.rescue_server, self.server_id)
        self._wait_for("RESCUE")
        rescued = self._look_again()
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
        self._wait_for("ACTIVE")
        self._check_kept("unrescued")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d09")
    @decorators.attr(type="slow")
    def test_shelve_and_unshelve(self) -> None:
        """The snapshot in between carries them."""
        if not FEATURES.shelve:
            raise self.skipException("[compute-feature-enabled] shelve")
        compute.shelve_server(self.servers_client, self.server_id)
        self.servers_client.unshelve_server(self.server_id)
        self._wait_for("ACTIVE")
        self._check_kept("shelve, unshelve")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d10")
    @decorators.attr(type="slow")
    def test_snapshot_has_them_as_its_own(self) -> None:
        """A server booted from it has them, and overrides nothing."""
        if not FEATURES.snapshot:
            raise self.skipException("[compute-feature-enabled] snapshot")
        created = self.os_primary.compute_images_client.create_image(
            self.server_id, name=self.new_name()
        )
        image_id = data_utils.parse_image_id(created.response["location"])
        images = self.os_primary.image_client_v2
        self.addCleanup(images.delete_image, image_id)
        waiters.wait_for_image_status(images, image_id, "active")
        booted = self.boot({}, image_id=image_id)
        self.addCleanup(self.delete_server, booted["id"])
        shown = self.servers_client.show_server(booted["id"])["server"]
        self.assertEqual({}, shown[KEY])
        self.check_all(
            self.look_into(booted["id"]), self.overrides, "of a snapshot"
        )


class RebuildTest(BaseLifecycleTest):
    """What boots the server from an image again."""

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d04")
    @decorators.attr(type="slow")
    def test_rebuild_from_the_same_image(self) -> None:
        """Without the key, the record is applied again."""
        self._rebuild(self.image_id)
        self._check_kept("rebuild, same image")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d05")
    @decorators.attr(type="slow")
    def test_rebuild_from_another_image(self) -> None:
        """Without the key, the record is applied to the new image."""
        image_id = self.copy_image(
            self.image_id, **self.properties_of(self.image_id)
        )
        self._rebuild(image_id)
        self._check_kept("rebuild, other image")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d06")
    @decorators.attr(type="slow")
    def test_rebuild_with_other_overrides(self) -> None:
        """The new ones take the place of all old ones."""
        wanted = {"hw_qemu_guest_agent": "true", "hw_vif_model": "rtl8139"}
        self._rebuild(self.image_id, image_props_override=wanted)
        self._check_kept("rebuild, replaced", wanted)
        self._check_dropped("rebuild, replaced", set(wanted))

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d07")
    @decorators.attr(type="slow")
    def test_rebuild_without_overrides(self) -> None:
        """An empty object drops them all: the guest is the image's again."""
        self._rebuild(self.image_id, image_props_override={})
        self._check_dropped("rebuild, dropped", set())
        self.assertEqual({}, self.record_of(self.server_id))

    def _rebuild(self, image_id: str, **wish: Any) -> None:
        self.done_or_skipped(
            self.servers_client.rebuild_server,
            self.server_id,
            image_id,
            **wish,
        )
        self._wait_for("ACTIVE")

    def _check_dropped(self, case: str, kept: set[str]) -> None:
        """Assert that the guest has the image's own values again."""
        guest = self._look_again()
        own = self.properties_of(self.image_id)
        for name in self.overrides.keys() & own.keys() - kept:
            self.check(guest, name, own[name], case)
