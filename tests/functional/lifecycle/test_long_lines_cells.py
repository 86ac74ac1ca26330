# SPDX-License-Identifier: Apache-2.0
"""A long command line goes along to another cell, and back."""

from __future__ import annotations

import pytest

from tests.functional.lifecycle.long_lines import (
    LONG,
    TwoHostsOfOurs,
    all_see,
    boot,
    kept_parts,
)
from tests.functional.lifecycle.test_cells import TwoCells


class TwoCellsOfOurs(TwoHostsOfOurs, TwoCells):
    """A host with our nova-compute in each of two cells."""


HARNESS = TwoCellsOfOurs


@pytest.mark.parametrize("confirm", [True, False])
def test_cross_cell_resize(nova: TwoCellsOfOurs, confirm: bool) -> None:
    """The parts are in the database of the cell that the server is in."""
    server = boot(nova, LONG)
    host, parts = nova.host_of(server), kept_parts(nova, server)
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    assert nova.host_of(server) != host
    all_see(nova, server)
    assert kept_parts(nova, server) == parts
    if confirm:
        nova._confirm_resize(server, cross_cell=True)
    else:
        nova._revert_resize(server)
    all_see(nova, server)
    nova._reboot_server(server, hard=True)
    all_see(nova, server)
