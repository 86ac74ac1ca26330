# SPDX-License-Identifier: Apache-2.0
"""Which properties isolate hosts, and for how long that is believed."""

from __future__ import annotations

import pytest

from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.core.rules.isolation import IsolationRule
from image_props_override.core.rules.ordered_rules import Caller
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.reading import RETRY_SECONDS
from image_props_override.nova_plugin.rules.aggregate_keys import AggregateKeys

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


class Clock:
    """A clock that stands until it is put on."""

    def __init__(self) -> None:
        """Begin at no round number."""
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that ages readings."""
    clock = Clock()
    monkeypatch.setattr("image_props_override.nova_plugin.reading.time", clock)
    return clock


def test_refresh(clock: Clock) -> None:
    """Aggregates are read once in the given time, and again after it."""
    readings = 0
    keys = ["os_distro"]

    def read() -> list[str]:
        nonlocal readings
        readings += 1
        return keys

    rule = IsolationRule(AggregateKeys(CATALOGUE, 60, read), frozenset())
    assert is_refused(rule, "os_distro")
    keys = []
    clock.now += 59
    assert is_refused(rule, "os_distro")
    assert readings == 1
    clock.now += 1
    assert not is_refused(rule, "os_distro")
    assert readings == 2


@pytest.mark.parametrize("refresh_seconds", [1, 60])
def test_a_failed_reading_is_tried_again(
    clock: Clock, refresh_seconds: int
) -> None:
    """An outage ends with the outage; a request meets it once, not often."""
    readings = 0
    database_is_up = False

    def read() -> list[str]:
        nonlocal readings
        readings += 1
        clock.now += 100
        if not database_is_up:
            raise OSError("no database")
        return ["os_distro"]

    keys = AggregateKeys(CATALOGUE, refresh_seconds, read)
    rule = IsolationRule(keys, frozenset())
    for _ in range(512):
        assert is_refused(rule, "hw_disk_bus")
    assert readings == 1
    database_is_up = True
    clock.now += min(refresh_seconds, RETRY_SECONDS)
    assert not is_refused(rule, "hw_disk_bus")
    assert is_refused(rule, "os_distro")
    assert readings == 2
