# SPDX-License-Identifier: Apache-2.0
"""Holds what guests have against what was asked for, and reports it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from tempest import config
from tempest.lib import exceptions

from image_props_override.tempest_plugin.guest.checks import (
    Guest,
    look_at,
    same,
)
from image_props_override.tempest_plugin.tests.scenario import guests
from image_props_override.tempest_plugin.tests.scenario.takeable import (
    takeable,
)
from image_props_override.tempest_plugin.verification_report import (
    Line,
    add_line,
)

CONF = config.CONF

_OF_NETWORK_DEVICES = ("hw_vif_model", "hw_virtio_packed_ring")


class CheckingTest(guests.GuestScenarioTest):
    """A test that checks what guests have.

    Attributes:
        left_out: Why properties of the options are not overridden, by name.
    """

    left_out: ClassVar[dict[str, str]]

    @classmethod
    def resource_setup(cls) -> None:
        """Begin with nothing left out."""
        super().resource_setup()
        cls.left_out = {}

    @classmethod
    def with_command_line(cls, wish: Mapping[str, str]) -> dict[str, str]:
        """Return a wish and the command line to try, if the image has one."""
        command_line = CONF.image_props_override.command_line
        if not command_line:
            return dict(wish)
        if {"kernel_id", "os_command_line"} <= cls.own.keys():
            return {**wish, "os_command_line": command_line}
        cls.leave_out(
            {"os_command_line": "the image lacks it, or a kernel_id"}
        )
        return dict(wish)

    @classmethod
    def wanted_overrides(
        cls,
        wish: Mapping[str, str],
        image_id: str | None = None,
        flavor_id: str | None = None,
    ) -> dict[str, str]:
        """Return what of a wish this cloud takes; the rest is left out.

        Args:
            wish: What options ask for.
            image_id: The image to boot; the test's if None.
            flavor_id: The flavor to boot with; the test's if None.

        Raises:
            InvalidConfiguration: A property does not exist.
        """
        unknown = sorted(wish.keys() - cls.catalogue.keys())
        if unknown:
            raise exceptions.InvalidConfiguration(
                f"[image_props_override] asks for {', '.join(unknown)}: this"
                " cloud's Nova has no such image properties"
            )
        wanted = dict(wish)
        if not cls.has_network:
            for name in wish.keys() & {*_OF_NETWORK_DEVICES}:
                del wanted[name]
                cls.leave_out({name: "the guests have no network"})
        return cls.taken(wanted, image_id, flavor_id)

    @classmethod
    def taken(
        cls,
        wish: Mapping[str, Any],
        image_id: str | None,
        flavor_id: str | None,
        case: str = "overridden",
    ) -> dict[str, Any]:
        """Return which overrides or removals the cloud's preview takes."""
        found, refused = takeable(
            wish,
            lambda overrides: cls.problems_of(overrides, image_id, flavor_id),
        )
        cls.leave_out(refused, case)
        return found

    @classmethod
    def leave_out(
        cls, reasons: Mapping[str, str], case: str = "overridden"
    ) -> None:
        """Note, and report, why properties are not tried."""
        cls.left_out |= reasons
        for name, why in reasons.items():
            cls.not_checked(name, case, why)

    @classmethod
    def nothing_left(cls) -> Exception:
        """Return the reason to skip where nothing can be overridden."""
        reasons = "; ".join(
            f"{name}: {why}" for name, why in cls.left_out.items()
        )
        reason: Exception = cls.skipException(
            f"nothing to override; {reasons or 'the options are empty'}"
        )
        return reason

    @classmethod
    def not_checked(
        cls, image_property: str, case: str, why: str, server_id: str = ""
    ) -> None:
        """Report that a property was not checked, and why."""
        cls._report(
            Line(
                image_property,
                case,
                f"not checked: {why}",
                server_id=server_id,
            )
        )

    @classmethod
    def _report(cls, line: Line) -> None:
        if CONF.image_props_override.report_file:
            add_line(Path(CONF.image_props_override.report_file), line)

    def check(
        self,
        guest: Guest,
        image_property: str,
        expected: str | None,
        case: str,
    ) -> bool:
        """Assert that a guest has a property's value, and report it.

        Args:
            guest: Who was looked into.
            image_property: Which property.
            expected: Its value; None for no such device or setting.
            case: What was done, for the report.

        Returns:
            Whether that can be seen at all.
        """
        seen = look_at(guest, image_property)
        verdict = same(image_property, expected, seen)
        if verdict is None:
            why = f"it is unknown how {expected} appears in a guest"
            self.not_checked(
                image_property,
                case,
                why if seen.told else seen.where,
                guest.server_id,
            )
            return False
        self._report(
            Line(
                image_property,
                case,
                "ok" if verdict else "WRONG",
                expected,
                seen.value,
                seen.where,
                guest.server_id,
            )
        )
        self.assertTrue(
            verdict,
            f"{image_property} of server {guest.server_id} was to be"
            f" {expected} ({case}), but is {seen.value} ({seen.where})",
        )
        return True

    def check_all(
        self, guest: Guest, overrides: Mapping[str, str], case: str
    ) -> list[str]:
        """Assert that a guest has all overrides that can be seen in it.

        Returns:
            The properties that could be seen.
        """
        return [
            name
            for name, value in overrides.items()
            if self.check(guest, name, self.with_default(name, value), case)
        ]

    def check_some(
        self, guest: Guest, overrides: Mapping[str, str], case: str
    ) -> None:
        """Assert what `check_all` does; skip where nothing can be seen."""
        if not self.check_all(guest, overrides, case):
            raise self.skipException(
                f"nothing can be seen of {', '.join(sorted(overrides))};"
                " [image_props_override] report_file has the reasons"
            )
