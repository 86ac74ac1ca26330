# SPDX-License-Identifier: Apache-2.0
"""Which properties isolate hosts, and for how long that is believed."""

from __future__ import annotations

import pytest

from image_props_override.core.isolation_rule import IsolationRule
from image_props_override.core.override_rules import Caller
from image_props_override.core.property_names import (
    PropertyName,
    resolve_name,
)
from image_props_override.nova_plugin.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.isolation import AggregateKeys

CATALOGUE = catalogue_from_nova()
CALLER = Caller("project", frozenset())


def is_refused(rule: IsolationRule, spelling: str) -> bool:
    """Return whether the rule refuses a property."""
    name = resolve_name(spelling, CATALOGUE)
    assert isinstance(name, PropertyName)
    decision = rule.decide(name, "x", CALLER)
    assert decision is None or not decision.allowed
    return decision is not None


# keys of aggregates, property, whether it is refused
CASES = [
    (["os_distro"], "os_distro", True),
    (["os_distro"], "vmware_ostype", True),
    (["vmware_ostype"], "os_distro", True),
    (["os_distro"], "os_type", False),
    (["trait:HW_X"], "trait:HW_X", True),
    (["trait:HW_X"], "trait:HW_Y", False),
    (["availability_zone", "anything"], "os_distro", False),
    ([], "os_distro", False),
]


@pytest.mark.parametrize(("keys", "spelling", "refused"), CASES)
def test_keys(keys: list[str], spelling: str, refused: bool) -> None:
    """What an aggregate names is refused, under any of its names."""
    rule = IsolationRule(
        AggregateKeys(CATALOGUE, 60, lambda: keys), frozenset()
    )
    assert is_refused(rule, spelling) is refused


def test_exempt() -> None:
    """What the operator allows by its exact name is not refused."""
    rule = IsolationRule(
        AggregateKeys(CATALOGUE, 60, lambda: ["os_distro", "os_type"]),
        frozenset({"os_distro"}),
    )
    assert not is_refused(rule, "os_distro")
    assert is_refused(rule, "os_type")


def test_unknown_is_refused() -> None:
    """While the aggregates cannot be read, everything is refused."""

    def fail() -> list[str]:
        raise OSError("no database")

    rule = IsolationRule(AggregateKeys(CATALOGUE, 60, fail), frozenset())
    assert is_refused(rule, "hw_disk_bus")


def test_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aggregates are read once in the given time, and again after it."""
    now = 1000.0
    monkeypatch.setattr(
        "image_props_override.nova_plugin.isolation.time.monotonic",
        lambda: now,
    )
    readings = 0
    keys = ["os_distro"]

    def read() -> list[str]:
        nonlocal readings
        readings += 1
        return keys

    rule = IsolationRule(AggregateKeys(CATALOGUE, 60, read), frozenset())
    assert is_refused(rule, "os_distro")
    keys = []
    now += 59
    assert is_refused(rule, "os_distro")
    assert readings == 1
    now += 1
    assert not is_refused(rule, "os_distro")
    assert readings == 2


def test_a_failed_reading_is_tried_again() -> None:
    """An outage of the database ends with the outage."""
    database_is_up = False

    def read() -> list[str]:
        if not database_is_up:
            raise OSError("no database")
        return ["os_distro"]

    rule = IsolationRule(AggregateKeys(CATALOGUE, 60, read), frozenset())
    assert is_refused(rule, "hw_disk_bus")
    database_is_up = True
    assert not is_refused(rule, "hw_disk_bus")
    assert is_refused(rule, "os_distro")
