# SPDX-License-Identifier: Apache-2.0
"""Boots guests, and asks them and libvirt what they have."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tempest import config
from tempest.lib import exceptions
from tempest.lib.common.utils import test_utils

from image_props_override.tempest_plugin.guest.checks import (
    CHECKS,
    Guest,
    Seen,
)
from image_props_override.tempest_plugin.guest.domain import (
    Domain,
    running_domain,
)
from image_props_override.tempest_plugin.guest.report import (
    GUEST_REPORT,
    last_report,
)
from image_props_override.tempest_plugin.tests import base
from image_props_override.tempest_plugin.verification_report import add_check

CONF = config.CONF

_CHECKS = {check.image_property: check for check in CHECKS}
_KERNEL_PROPERTIES = ("kernel_id", "ramdisk_id")
# cloud-init runs it at each boot, not only at the first.
_BOOT_HOOK = b"#cloud-boothook\n"

_Found = TypeVar("_Found")


class GuestScenarioTest(base.BaseOverridesTest):
    """A test that looks into guests."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where guests cannot tell what they have."""
        super().skip_checks()
        if not CONF.compute_feature_enabled.console_output:
            raise cls.skipException("the cloud shows no serial consoles")
        if CONF.image_props_override.guest_report == "none":
            raise cls.skipException("guests print no report (guest_report)")
        if "{host}" in (CONF.image_props_override.libvirt_uri or ""):
            # Who runs a guest is for admins to know.
            cls.credentials = ("primary", "admin")

    @classmethod
    def boot(cls, overrides: Mapping[str, Any], **wish: Any) -> dict[str, Any]:
        """Boot a guest that reports; see `create_server`."""
        if CONF.image_props_override.guest_report == "user_data":
            script = _BOOT_HOOK + _reporting_script()
            wish["user_data"] = base64.b64encode(script).decode()
            wish["config_drive"] = CONF.compute_feature_enabled.config_drive
        return cls.create_server(overrides, **wish)

    @classmethod
    def console_of(cls, server_id: str) -> str:
        """Return all that a guest wrote on its serial console so far."""
        answer = cls.servers_client.get_console_output(server_id)
        return str(answer["output"])

    @classmethod
    def wait_for_console(
        cls, server_id: str, find: Callable[[str], _Found | None], what: str
    ) -> _Found:
        """Return what `find` finds on a guest's console, once it does.

        Args:
            server_id: The guest's.
            find: Gets all that the guest has written so far; None: not yet.
            what: Names what is waited for.

        Raises:
            TimeoutException: It is not there in `console_timeout`.
        """
        found: list[_Found] = []

        def is_there() -> bool:
            thing = find(cls.console_of(server_id))
            found.extend(() if thing is None else (thing,))
            return bool(found)

        seconds = CONF.image_props_override.console_timeout
        if not test_utils.call_until_true(
            is_there, seconds, CONF.compute.build_interval
        ):
            end = cls.console_of(server_id)[-2000:]
            raise exceptions.TimeoutException(
                f"server {server_id} did not print {what} on its serial "
                f"console in {seconds} s; the console's end:\n{end}"
            )
        return found[0]

    @classmethod
    def look_into(cls, server_id: str, *, not_boot: str = "") -> Guest:
        """Return what a guest has, as it and libvirt tell.

        Args:
            server_id: The guest's.
            not_boot: Id of an earlier boot, whose report does not count.
        """

        def new_report(console: str) -> Any:
            report = last_report(console)
            return report if report and report.boot_id != not_boot else None

        report = cls.wait_for_console(
            server_id, new_report, "its whole report"
        )
        return Guest(report, cls._domain_of(server_id))

    @classmethod
    def _domain_of(cls, server_id: str) -> Domain | None:
        uri = CONF.image_props_override.libvirt_uri
        if not uri:
            return None
        if "{host}" in uri:
            admin = cls.os_admin.servers_client
            shown = admin.show_server(server_id)["server"]
            host = shown["OS-EXT-SRV-ATTR:hypervisor_hostname"]
            uri = uri.replace("{host}", host)
        return running_domain(uri, server_id)

    @classmethod
    def properties_of(cls, image_id: str) -> dict[str, str]:
        """Return what an image says a guest shall have, and its kernel."""
        names = {*cls.catalogue, *_KERNEL_PROPERTIES}
        image = cls.show_image(image_id)
        return {name: image[name] for name in names & image.keys()}

    @classmethod
    def wanted_overrides(cls, wish: Mapping[str, str]) -> dict[str, str]:
        """Return what of a wish this cloud knows and lets users override.

        With the command line to try, if the image has one.
        """
        image = cls.properties_of(cls.image_id)
        command_line = CONF.image_props_override.command_line
        wanted = dict(wish)
        if command_line and {"kernel_id", "os_command_line"} <= image.keys():
            wanted["os_command_line"] = command_line
        return {
            name: value
            for name, value in wanted.items()
            if name in cls.catalogue and cls.catalogue[name]["allowed"]
        }

    @classmethod
    def with_default(cls, image_property: str, value: str) -> str:
        """Return a value as it is to be in a guest of the test's image."""
        image = cls.properties_of(cls.image_id)
        return value.replace("%default%", image.get(image_property, ""))

    def check(
        self,
        guest: Guest,
        image_property: str,
        expected: str | None,
        case: str,
    ) -> None:
        """Assert that a guest has a property's value, and report it.

        Args:
            guest: Who was looked into.
            image_property: Which property.
            expected: Its value; None for no such device or setting.
            case: What was done, for the report.
        """
        seen = self._see(guest, image_property)
        if CONF.image_props_override.report_file:
            path = Path(CONF.image_props_override.report_file)
            add_check(path, image_property, case, expected, seen)
        self.assertEqual(expected, seen.value, f"{image_property}: {seen}")

    def value_in(self, guest: Guest, image_property: str) -> str | None:
        """Return a property's value as a guest has it."""
        return self._see(guest, image_property).value

    def _see(self, guest: Guest, image_property: str) -> Seen:
        check = _CHECKS.get(image_property)
        if check is None:
            raise self.skipException(f"nothing shows {image_property}")
        if check.needs_domain and guest.domain is None:
            raise self.skipException(
                f"only libvirt shows {image_property}, and [image_props_"
                "override] libvirt_uri does not say where to ask it"
            )
        return check.look(guest)

    def check_all(
        self, guest: Guest, overrides: Mapping[str, str], case: str
    ) -> None:
        """Assert that a guest has all overrides that can be seen in it."""
        for name, value in overrides.items():
            check = _CHECKS.get(name)
            if check and (guest.domain or not check.needs_domain):
                self.check(guest, name, self.with_default(name, value), case)


def _reporting_script() -> bytes:
    """Return the report's script for any shell, printing on the console."""
    script = GUEST_REPORT.read_bytes().split(b"\n", 1)[1]
    # Kernel messages would cut the report's lines in two.
    quiet = b"echo 1 >/proc/sys/kernel/printk\n"
    return b"#!/bin/sh\nexec >/dev/console 2>&1\n" + quiet + script
