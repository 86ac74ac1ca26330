# SPDX-License-Identifier: Apache-2.0
"""No difference between what was asked for and what is goes unnoticed."""

import dataclasses
from typing import Any

import pytest

from image_props_override.tempest_plugin.guest.checks import (
    CHECKS,
    Check,
    Guest,
    Seen,
)
from image_props_override.tempest_plugin.guest.domain import Domain
from sandbox import demo
from sandbox.demo.comparison import Row, Server, compare
from tests.tempest_plugin.guest_reports import report

IMAGE = {"hw_vif_model": "virtio"}
OVERRIDE = {"hw_vif_model": "e1000e"}


def row_of(server: Server, seen: str | None) -> Row:
    """Compare the one property of a server whose guest has `seen`."""
    check = Check("hw_vif_model", lambda _: Seen(seen, "guest: PCI"))
    (row,) = compare([check], IMAGE, [server])
    return row


@pytest.fixture
def overridden() -> Server:
    """Return a server that has all that was asked for."""
    return Server(
        name="overridden",
        overrides=OVERRIDE,
        record=OVERRIDE,
        properties=OVERRIDE,
        guest=Guest(report(), Domain.of("<domain/>")),
    )


@pytest.fixture
def plain(overridden: Server) -> Server:
    """Return a server that is as its image says."""
    return dataclasses.replace(
        overridden, name="plain", overrides={}, record={}, properties=IMAGE
    )


def test_agreement_with_the_override(overridden: Server) -> None:
    """The override counts, not the image's value."""
    row = row_of(overridden, "e1000e")
    assert (row.image, row.override, row.recorded, row.problems) == (
        "virtio",
        "e1000e",
        "e1000e",
        (),
    )


def test_agreement_with_the_image(plain: Server) -> None:
    """Without an override the image's value counts."""
    row = row_of(plain, "virtio")
    assert (row.override, row.recorded, row.problems) == (None, "virtio", ())


@pytest.mark.parametrize(
    ("changes", "seen", "problem"),
    [
        pytest.param(
            {"record": {}},
            "e1000e",
            "is - instead of e1000e (Nova: image_props_override)",
            id="not recorded",
        ),
        pytest.param(
            {"record": {"hw_vif_model": "rtl8139"}},
            "e1000e",
            "is rtl8139 instead of e1000e (Nova: image_props_override)",
            id="recorded wrongly",
        ),
        pytest.param(
            {"properties": IMAGE},
            "e1000e",
            "is virtio instead of e1000e (Nova: image properties)",
            id="recorded and not merged",
        ),
        pytest.param(
            {},
            "virtio",
            "is virtio instead of e1000e (guest: PCI)",
            id="recorded and not in the guest",
        ),
        pytest.param(
            {},
            None,
            "is - instead of e1000e (guest: PCI)",
            id="recorded and no such device",
        ),
    ],
)
def test_each_cell_that_differs_is_named(
    overridden: Server,
    changes: dict[str, Any],
    seen: str | None,
    problem: str,
) -> None:
    """A problem names property, server, both values and the place."""
    row = row_of(dataclasses.replace(overridden, **changes), seen)
    assert row.problems == (f"hw_vif_model of overridden {problem}",)


def test_an_override_that_nobody_asked_for_is_a_problem(plain: Server) -> None:
    """One server's overrides must not reach another one."""
    stray = dataclasses.replace(plain, record=OVERRIDE, properties=OVERRIDE)
    assert len(row_of(stray, "e1000e").problems) == 3


def test_without_guest_only_the_record_is_compared(overridden: Server) -> None:
    """Nova's fake driver has no guest to look at."""
    row = row_of(dataclasses.replace(overridden, guest=None), "anything")
    assert (row.seen, row.problems) == (None, ())


def test_every_override_of_the_demo_is_checked() -> None:
    """No property is overridden and then not looked at."""
    overridden = {name for wish in demo.SERVERS.values() for name in wish}
    assert overridden <= {check.image_property for check in CHECKS}
