# SPDX-License-Identifier: Apache-2.0
"""Guests that not every cloud can have: TPM, NUMA, huge pages, installer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.tests.scenario import guests

CONF = config.CONF


class SpecialGuestsTest(guests.GuestScenarioTest):
    """Each test is skipped where ``tempest.conf`` does not ask for it."""

    @decorators.idempotent_id("9c0b3f86-0f5c-4b4e-8f7a-3b1f0e6d5a01")
    @decorators.attr(type="slow")
    def test_tpm(self) -> None:
        """A TPM 2.0 of the model that was asked for."""
        model = CONF.image_props_override.tpm_model
        if not model:
            raise self.skipException("[image_props_override] tpm_model unset")
        self._check_both_ways({"hw_tpm_model": model, "hw_tpm_version": "2.0"})

    @decorators.idempotent_id("9c0b3f86-0f5c-4b4e-8f7a-3b1f0e6d5a02")
    @decorators.attr(type="slow")
    def test_numa_nodes(self) -> None:
        """ACPI tells of the nodes."""
        nodes = CONF.image_props_override.numa_nodes
        if not nodes:
            raise self.skipException("[image_props_override] numa_nodes is 0")
        self._check_both_ways({"hw_numa_nodes": str(nodes)})

    @decorators.idempotent_id("9c0b3f86-0f5c-4b4e-8f7a-3b1f0e6d5a03")
    @decorators.attr(type="slow")
    def test_page_size(self) -> None:
        """The guest's memory is backed by huge pages."""
        options = CONF.image_props_override
        if not (options.page_size_kib and options.page_size_flavor_ref):
            raise self.skipException(
                "[image_props_override] page_size_kib and"
                " page_size_flavor_ref unset: hosts may have no huge pages"
            )
        self._check_both_ways(
            {"hw_mem_page_size": options.page_size_kib},
            flavor_id=options.page_size_flavor_ref,
        )

    @decorators.idempotent_id("9c0b3f86-0f5c-4b4e-8f7a-3b1f0e6d5a04")
    @decorators.attr(type="slow")
    def test_installer_is_automated_by_its_command_line(self) -> None:
        """It prints what only an installer that took the line can print."""
        options = CONF.image_props_override
        if not options.installer_image_ref:
            raise self.skipException(
                "[image_props_override] installer_image_ref unset"
            )
        proof = options.installer_proof
        self.assertNotIn(proof, options.installer_command_line)
        booted = self.create_server(
            {"os_command_line": options.installer_command_line},
            image_id=options.installer_image_ref,
            flavor_id=options.installer_flavor_ref or self.flavor_id,
        )
        self.wait_for_console(
            booted["id"],
            lambda console: True if proof in console else None,
            f"{proof!r}",
        )
        self.delete_server(booted["id"])

    def _check_both_ways(
        self, overrides: Mapping[str, str], **wish: Any
    ) -> None:
        """Boot a guest with overrides, and one without the image's own."""
        for name in overrides:
            if not self.catalogue[name]["allowed"]:
                raise self.skipException(self.catalogue[name]["rule"])
        own = self.properties_of(self.image_id)
        cases: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
            ("overridden", self.image_id, overrides),
            (
                "removed",
                self.copy_image(self.image_id, **own, **overrides),
                dict.fromkeys(overrides),
            ),
        )
        for case, image_id, wanted in cases:
            booted = self.boot(wanted, image_id=image_id, **wish)
            guest = self.look_into(booted["id"])
            for name, value in wanted.items():
                self.check(guest, name, value, case)
            self.delete_server(booted["id"])
