# SPDX-License-Identifier: Apache-2.0
"""An installer that is automated by its overridden command line."""

from __future__ import annotations

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.tests.scenario import consoles

CONF = config.CONF


class InstallerTest(consoles.ConsoleScenarioTest):
    """The example of the feature's specification."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where there is no installer."""
        super().skip_checks()
        if not CONF.image_props_override.installer_image_ref:
            raise cls.skipException(
                "[image_props_override] installer_image_ref unset"
            )

    @decorators.idempotent_id("2e346df9-90ce-41dd-aba4-6b630dc03db6")
    @decorators.attr(type="slow")
    def test_installer_is_automated_by_its_command_line(self) -> None:
        """It prints what only an installer that took the line can print."""
        options = CONF.image_props_override
        proof = options.installer_proof
        self.assertNotIn(proof, options.installer_command_line)
        overrides = {"os_command_line": options.installer_command_line}
        flavor_id = options.installer_flavor_ref or self.flavor_id
        problems = self.problems_of(
            overrides, options.installer_image_ref, flavor_id
        )
        if problems:
            raise self.skipException(
                "; ".join(each["message"] for each in problems)
            )
        booted = self.create_server(
            overrides,
            image_id=options.installer_image_ref,
            flavor_id=flavor_id,
        )
        self.wait_for_console(
            booted["id"],
            lambda console: True if proof in console else None,
            f"{proof!r}",
        )
        self.delete_server(booted["id"])
