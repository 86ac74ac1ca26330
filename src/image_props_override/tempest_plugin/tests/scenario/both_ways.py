# SPDX-License-Identifier: Apache-2.0
"""Boots guests with overrides, with removals, and with neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tempest import config
from tempest import exceptions as tempest_exceptions
from tempest.common import waiters
from tempest.lib import exceptions

from image_props_override.tempest_plugin.guest.checks import (
    Guest,
    look_at,
    same,
)
from image_props_override.tempest_plugin.tests.scenario import checking

CONF = config.CONF


@dataclass(frozen=True)
class Trial:
    """A wish, and two guests that it was tried on.

    Attributes:
        wish: Properties and their values.
        overridden: Its image has none of them: its overrides do.
        removals: Which of them the other guest removes.
        removed: Its image has them all.
    """

    wish: Mapping[str, str]
    overridden: Guest
    removals: Mapping[str, None]
    removed: Guest


@dataclass(frozen=True)
class Trials:
    """All trials, and the guest that has none of their properties."""

    bare: Guest
    trials: tuple[Trial, ...]

    @property
    def guests(self) -> tuple[Guest, ...]:
        """All guests."""
        others = (
            guest
            for trial in self.trials
            for guest in (trial.overridden, trial.removed)
        )
        return (self.bare, *others)


class BothWaysTest(checking.CheckingTest):
    """A test of properties, each overridden and removed.

    A removed property is to look as in the bare guest, an overridden one as
    asked for.
    """

    @classmethod
    def try_both_ways(
        cls, *wishes: Mapping[str, str], flavor_id: str | None = None
    ) -> Trials:
        """Boot all guests at once, and look into each.

        Args:
            *wishes: What one guest overrides, and another one removes.
            flavor_id: What to boot with; the test's flavor if None.
        """
        flavor_id = flavor_id or cls.flavor_id
        names = {name for wish in wishes for name in wish}
        kept = {
            name: value for name, value in cls.own.items() if name not in names
        }
        bare_id = cls.image_id
        if kept != cls.own:
            bare_id = cls.copy_of_image(kept)
        boots: list[tuple[str, Mapping[str, Any]]] = [(bare_id, {})]
        wanted = []
        for wish in wishes:
            # The bare image has no values of its own for %default%.
            values = cls.wanted_overrides(
                {
                    name: cls.with_default(name, value)
                    for name, value in wish.items()
                },
                bare_id,
                flavor_id,
            )
            if values:
                has_them = cls.copy_of_image(kept | values)
                removals = cls.taken(
                    dict.fromkeys(values), has_them, flavor_id, "removed"
                )
                wanted.append((values, removals))
                boots += [(bare_id, values), (has_them, removals)]
        if not wanted:
            raise cls.nothing_left()
        bare, *others = cls._boot_all(boots, flavor_id)
        return Trials(
            bare,
            tuple(
                Trial(values, overridden, removals, removed)
                for (values, removals), overridden, removed in zip(
                    wanted, others[0::2], others[1::2]
                )
            ),
        )

    @classmethod
    def _boot_all(
        cls, boots: list[tuple[str, Mapping[str, Any]]], flavor_id: str
    ) -> list[Guest]:
        booted = [
            cls.boot(
                overrides,
                wait_until=None,
                image_id=image_id,
                flavor_id=flavor_id,
            )["id"]
            for image_id, overrides in boots
        ]
        return [
            cls._look_into_new(server_id, image_id, overrides)
            for server_id, (image_id, overrides) in zip(booted, boots)
        ]

    @classmethod
    def _look_into_new(
        cls, server_id: str, image_id: str, overrides: Mapping[str, Any]
    ) -> Guest:
        try:
            waiters.wait_for_server_status(
                cls.servers_client, server_id, "ACTIVE"
            )
            return cls.look_into(server_id)
        except (
            tempest_exceptions.BuildErrorException,
            exceptions.TimeoutException,
        ) as error:
            raise AssertionError(
                f"A guest does not boot from image {image_id} with the"
                f" overrides {dict(overrides)}. If this cloud's hypervisors"
                " lack something of it, take it out of"
                f" [image_props_override] overrides, more_overrides: {error}"
            ) from error

    def check_both_ways(self, image_property: str, trials: Trials) -> None:
        """Assert that guests have it overridden, and that it is removed."""
        reasons = []
        tried = [
            trial for trial in trials.trials if image_property in trial.wish
        ]
        for trial in tried:
            wanted = trial.wish[image_property]
            without = look_at(trials.bare, image_property)
            if same(image_property, wanted, without):
                why = f"guests have {wanted} without it: ask for another value"
                self.not_checked(image_property, "overridden", why)
                reasons.append(why)
            elif not self.check(
                trial.overridden, image_property, wanted, "overridden"
            ):
                reasons.append(f"{wanted} cannot be seen: {without.where}")
            elif image_property in trial.removals:
                self.check(
                    trial.removed, image_property, without.value, "removed"
                )
        if len(reasons) == len(tried):
            raise self.skipException(
                f"{image_property}: "
                + "; ".join(reasons or [self._why_not_tried(image_property)])
            )

    def _why_not_tried(self, image_property: str) -> str:
        lacks = "not in [image_props_override] overrides, more_overrides"
        return self.left_out.get(image_property, lacks)
