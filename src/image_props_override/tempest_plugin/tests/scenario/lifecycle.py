# SPDX-License-Identifier: Apache-2.0
"""A server with overrides, to which something is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tempest import config
from tempest.common import waiters

from image_props_override.tempest_plugin.guest.checks import Guest
from image_props_override.tempest_plugin.tests.scenario import checking

CONF = config.CONF


class BaseLifecycleTest(checking.CheckingTest):
    """Each test has a server of its own, with all overrides of the options.

    After what is done, its record is the same, and so is what its guest has.
    """

    overrides: ClassVar[dict[str, str]]

    @classmethod
    def resource_setup(cls) -> None:
        """Choose the overrides."""
        super().resource_setup()
        cls.overrides = cls.wanted_overrides(
            cls.with_command_line(CONF.image_props_override.overrides)
        )
        if not cls.overrides:
            raise cls.nothing_left()

    def setUp(self) -> None:
        """Boot the server, and see that it has the overrides."""
        super().setUp()
        self.server_id = self.boot(self.overrides)["id"]
        self.addCleanup(self.delete_server, self.server_id)
        self.assertEqual(self.overrides, self.record_of(self.server_id))
        self.before = self.look_into(self.server_id)
        self.check_some(self.before, self.overrides, "boot")

    def wait_for(self, status: str) -> None:
        """Wait until the server has a status."""
        waiters.wait_for_server_status(
            self.servers_client, self.server_id, status
        )

    def look_again(self) -> Guest:
        """Return what the server has since it was booted again."""
        return self.look_into(
            self.server_id, not_boot=self.before.report.boot_id
        )

    def check_kept(
        self, case: str, overrides: Mapping[str, str] | None = None
    ) -> Guest:
        """Assert that record and guest have overrides; return the guest.

        Args:
            case: What was done.
            overrides: What is overridden now; the same as before if None.
        """
        wanted = self.overrides if overrides is None else overrides
        self.assertEqual(wanted, self.record_of(self.server_id))
        guest = self.look_again()
        self.check_some(guest, wanted, case)
        return guest
