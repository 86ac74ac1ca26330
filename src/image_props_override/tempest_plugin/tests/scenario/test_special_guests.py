# SPDX-License-Identifier: Apache-2.0
"""Guests that not every cloud can have: with a TPM, NUMA, huge pages."""

from __future__ import annotations

from collections.abc import Mapping

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.tests.scenario import both_ways

CONF = config.CONF


class SpecialGuestsTest(both_ways.BothWaysTest):
    """Each test is skipped where ``tempest.conf`` does not ask for it."""

    @decorators.idempotent_id("2c23c139-f575-4bc1-bd61-bfa28ec5a00c")
    @decorators.attr(type="slow")
    def test_tpm(self) -> None:
        """A TPM 2.0 of the model that was asked for."""
        model = CONF.image_props_override.tpm_model
        if not model:
            raise self.skipException("[image_props_override] tpm_model unset")
        self._try({"hw_tpm_model": model, "hw_tpm_version": "2.0"})

    @decorators.idempotent_id("beb6b835-1ea8-49f3-bba6-bc32f3df1ed4")
    @decorators.attr(type="slow")
    def test_numa_nodes(self) -> None:
        """ACPI shows the nodes."""
        nodes = CONF.image_props_override.numa_nodes
        if not nodes:
            raise self.skipException("[image_props_override] numa_nodes is 0")
        self._try({"hw_numa_nodes": str(nodes)})

    @decorators.idempotent_id("ee0b3549-8d2f-4c31-9636-4737e3faf094")
    @decorators.attr(type="slow")
    def test_page_size(self) -> None:
        """The guest's memory has pages of another size than without it."""
        options = CONF.image_props_override
        if not (options.page_size and options.page_size_flavor_ref):
            raise self.skipException(
                "[image_props_override] page_size and page_size_flavor_ref"
                " unset: hosts may have no huge pages"
            )
        self._try(
            {"hw_mem_page_size": options.page_size},
            flavor_id=options.page_size_flavor_ref,
        )

    def _try(
        self, overrides: Mapping[str, str], flavor_id: str | None = None
    ) -> None:
        """Check overrides and their removal, as far as they can be seen."""
        trials = self.try_both_ways(overrides, flavor_id=flavor_id)
        reasons = []
        for name in overrides:
            try:
                self.check_both_ways(name, trials)
            except self.skipException as reason:
                reasons.append(str(reason))
        for guest in trials.guests:
            self.delete_server(guest.server_id)
        if len(reasons) == len(overrides):
            raise self.skipException("; ".join(reasons))
