# SPDX-License-Identifier: Apache-2.0
"""Boots guests that report, and asks them and libvirt what they have."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

from tempest import config
from tempest.lib import exceptions

from image_props_override.tempest_plugin.guest.checks import Guest
from image_props_override.tempest_plugin.guest.domain import (
    Domain,
    running_domain,
)
from image_props_override.tempest_plugin.guest.report import (
    GUEST_REPORT,
    last_report,
)
from image_props_override.tempest_plugin.tests.scenario import consoles

CONF = config.CONF

# cloud-init runs it at each boot, not only at the first.
_BOOT_HOOK = b"#cloud-boothook\n#!/bin/sh\nexec >/dev/console 2>&1\n"


class GuestScenarioTest(consoles.ConsoleScenarioTest):
    """A test that looks into guests.

    Attributes:
        kernel_properties: Those that make a kernel image.
        own: What the image itself gives a guest, and its kernel.
        has_network: Whether the guests have network devices.
    """

    kernel_properties = ("kernel_id", "ramdisk_id")
    own: ClassVar[Mapping[str, str]]
    has_network: ClassVar[bool]

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where guests cannot report what they have."""
        options = CONF.image_props_override
        if "{host}" in (options.libvirt_uri or ""):
            # Who runs a guest is for admins to know; Tempest skips where
            # there is none.
            cls.credentials = ("primary", "admin")
        super().skip_checks()
        if options.guest_report == "none":
            raise cls.skipException("guests print no report (guest_report)")
        if options.guest_report == "image" and not options.image_ref:
            raise cls.skipException(
                "[image_props_override] image_ref unset: it must name an"
                " image that reports on its console, see"
                " docs/operator/tempest.md"
            )

    @classmethod
    def resource_setup(cls) -> None:
        """Read the image; skip where guests do not get the script."""
        super().resource_setup()
        cls.own = cls.properties_of(cls.image_id)
        cls.has_network = bool(cls.get_tenant_network())
        if (
            CONF.image_props_override.guest_report == "user_data"
            and not CONF.compute_feature_enabled.config_drive
            and not cls.has_network
        ):
            raise cls.skipException(
                "guests get no user data: they have no network, and"
                " [compute-feature-enabled] config_drive is false"
            )

    @classmethod
    def boot(cls, overrides: Mapping[str, Any], **wish: Any) -> dict[str, Any]:
        """Boot a guest that reports; see `create_server`."""
        if CONF.image_props_override.guest_report == "user_data":
            script = _BOOT_HOOK + GUEST_REPORT.read_bytes()
            wish["user_data"] = base64.b64encode(script).decode()
            wish["config_drive"] = CONF.compute_feature_enabled.config_drive
        return cls.create_server(overrides, **wish)

    @classmethod
    def look_into(cls, server_id: str, *, not_boot: str = "") -> Guest:
        """Return what a guest has, as it and libvirt report.

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
        return Guest(report, cls.domain_of(server_id), server_id)

    @classmethod
    def domain_of(cls, server_id: str) -> Domain | None:
        """Return what libvirt says of a guest; None if it is not asked."""
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
        """Return what an image gives a guest, and its kernel."""
        names = {*cls.catalogue, *cls.kernel_properties}
        image = cls.show_image(image_id)
        return {name: image[name] for name in names & image.keys()}

    @classmethod
    def with_default(cls, image_property: str, value: str) -> str:
        """Return a value as it is to be in a guest of the test's image."""
        return value.replace("%default%", cls.own.get(image_property, ""))

    @classmethod
    def copy_of_image(cls, properties: Mapping[str, str]) -> str:
        """Upload the image's data again with other properties.

        Args:
            properties: All that the copy is to have.

        Returns:
            The copy's id.
        """
        try:
            return cls.copy_image(cls.image_id, **properties)
        except exceptions.Forbidden as refusal:
            raise cls.skipException(
                "Glance refuses a copy of the image with"
                f" {', '.join(sorted(properties))}: {refusal}"
            ) from refusal
