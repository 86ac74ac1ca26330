# SPDX-License-Identifier: Apache-2.0
"""The scheduler is asked about a rebuild only where something changes.

The host of these tests becomes isolated: no server with an ordinary image
can be placed there any more, and those that are there stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from nova.tests.fixtures import CinderFixture

from tests.functional.lifecycle.rebuilding import answer_to_rebuild, rebuilt
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs


class OneIsolatedHost(OneHostOfOurs):
    """One host, which a test can isolate."""

    ADDITIONAL_FILTERS: ClassVar = [
        "NUMATopologyFilter",
        "IsolatedHostsFilter",
    ]


HARNESS = OneIsolatedHost

OVERRIDES: dict[str, str | None] = {"hw_watchdog_action": "reset"}


@contextmanager
def isolated_host(nova: NovaInProcess) -> Iterator[None]:
    """Keep the host for other images than there are."""
    nova.flags(isolated_hosts=["compute1"], group="filter_scheduler")
    try:
        yield
    finally:
        nova.flags(isolated_hosts=[], group="filter_scheduler")


def test_nothing_changes_on_a_volume(nova: NovaInProcess) -> None:
    """A rebuild that keeps the overrides goes on, as stock Nova's does.

    Nova has the volume's metadata in the request specification, and the
    image's in the rebuild: they differ where nothing has changed.
    """
    root = {
        "boot_index": 0,
        "source_type": "volume",
        "destination_type": "volume",
        "uuid": CinderFixture.IMAGE_BACKED_VOL,
    }
    server = nova.boot(
        OVERRIDES, imageRef=None, block_device_mapping_v2=[root]
    )
    with isolated_host(nova):
        # Later ones wait for Cinder to write the volume anew.
        after = rebuilt(nova, server, microversion="2.92")
    assert after["image_props_override"] == OVERRIDES


def test_nothing_changes(nova: NovaInProcess) -> None:
    """Nor is it asked where an override says what the image says."""
    image = nova.image_with(hw_vif_model="e1000", os_require_quiesce="yes")
    server = nova.boot(OVERRIDES, imageRef=image)
    with isolated_host(nova):
        for asked in (
            None,
            OVERRIDES,
            {**OVERRIDES, "hw_vif_model": "e1000"},
            {**OVERRIDES, "os_require_quiesce": "true"},
            OVERRIDES,
        ):
            rebuilt(nova, server, asked, image=image)


def test_an_override_changes(nova: NovaInProcess) -> None:
    """A rebuild with another value asks, and so does one without it."""
    for asked in ({"hw_watchdog_action": "pause"}, {}):
        server = nova.boot(OVERRIDES)
        with isolated_host(nova):
            answer_to_rebuild(nova, server, asked)
            failed = nova._wait_for_state_change(server, "ERROR")
        assert failed["fault"]["message"].startswith("No valid host")
        assert failed["image_props_override"] == OVERRIDES
