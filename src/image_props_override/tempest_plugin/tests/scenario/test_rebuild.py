# SPDX-License-Identifier: Apache-2.0
"""A rebuild keeps, replaces or drops what was overridden."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.guest.checks import (
    Guest,
    look_at,
    same,
)
from image_props_override.tempest_plugin.tests.scenario.lifecycle import (
    BaseLifecycleTest,
)

CONF = config.CONF

# Nova's own nova-compute keeps the buses of disks from the first boot on.
_OF_DISKS = ("hw_disk_bus", "hw_scsi_model")


class BaseRebuildTest(BaseLifecycleTest):
    """Each test boots its server from an image again."""

    def rebuild(self, image_id: str, **wish: Any) -> None:
        """Rebuild the server, and wait until it runs again."""
        self.servers_client.rebuild_server(self.server_id, image_id, **wish)
        self.wait_for("ACTIVE")

    def check_dropped(
        self, guest: Guest, names: Iterable[str], case: str
    ) -> None:
        """Assert that a guest has the image's own values of properties.

        Of what the image does not have, a guest is to have what one has that
        was booted without overrides.
        """
        plain_id = self.boot({})["id"]
        plain = self.look_into(plain_id)
        self.delete_server(plain_id)
        checked = []
        are_disks_kept = not CONF.image_props_override.services_keep_overrides
        for name in names:
            was = self.with_default(name, self.overrides[name])
            without = look_at(plain, name)
            if are_disks_kept and name in _OF_DISKS:
                why = "Nova's own services keep the buses of disks"
            elif same(name, was, without):
                why = f"guests have {was} without it"
            else:
                wanted = self.own.get(name, without.value)
                checked += [name] * self.check(guest, name, wanted, case)
                continue
            self.not_checked(name, case, why, self.server_id)
        if not checked:
            raise self.skipException(
                f"nothing can be seen of {', '.join(names)} being dropped"
            )


class RebuildTest(BaseRebuildTest):
    """What needs services that put overrides back."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where the cloud is known to refuse it."""
        super().skip_checks()
        cls.needs_services_that_keep_overrides()

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d04")
    @decorators.attr(type="slow")
    def test_rebuild_from_the_same_image(self) -> None:
        """Without the key, the record is applied again."""
        self.rebuild(self.image_id)
        self.check_kept("rebuild, same image")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d05")
    @decorators.attr(type="slow")
    def test_rebuild_from_another_image(self) -> None:
        """Without the key, the record is applied to the new image."""
        self.rebuild(self.copy_of_image(self.own))
        self.check_kept("rebuild, other image")

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d06")
    @decorators.attr(type="slow")
    def test_rebuild_with_other_overrides(self) -> None:
        """The new ones take the place of all old ones."""
        wanted = self.wanted_overrides(
            CONF.image_props_override.more_overrides
        )
        if not wanted:
            raise self.nothing_left()
        self.rebuild(self.image_id, image_props_override=wanted)
        guest = self.check_kept("rebuild, replaced", wanted)
        dropped = sorted(self.overrides.keys() - wanted.keys())
        self.check_dropped(guest, dropped, "rebuild, replaced")


class RebuildWithoutOverridesTest(BaseRebuildTest):
    """What any cloud does: to drop overrides is always possible."""

    @decorators.idempotent_id("51a9e0fd-2a43-4d77-9c0e-6f0b7f3c2d07")
    @decorators.attr(type="slow")
    def test_rebuild_without_overrides(self) -> None:
        """An empty object drops them all: the guest is the image's again."""
        self.rebuild(self.image_id, image_props_override={})
        self.assertEqual({}, self.record_of(self.server_id))
        self.check_dropped(
            self.look_again(), sorted(self.overrides), "rebuild, dropped"
        )
