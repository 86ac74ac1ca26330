# SPDX-License-Identifier: Apache-2.0
"""An OS installer installs a server, which is then the model of others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import testtools
from tempest import config
from tempest.common import waiters
from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.tests.cloud import in_one_line
from image_props_override.tempest_plugin.tests.scenario import consoles

CONF = config.CONF
FEATURES = CONF.compute_feature_enabled

_NEEDED: Final = tuple(
    f"os_installer_{name}"
    for name in (
        "kernel_ref",
        "ramdisk_ref",
        "disk_ref",
        "command_line",
        "proof",
    )
)
# A guest that is off has none.
_NO_CONSOLE: Final = (exceptions.NotFound, exceptions.Conflict)
_HOST_NAME: Final = "{hostname}"


class OsInstallerTest(consoles.ConsoleScenarioTest):
    """Each test installs a server of its own on an empty disk.

    A server that keeps the installer's kernel starts the installer again, and
    never prints what the installed system prints.

    Attributes:
        kernel: Image properties that boot the installer, but for its command
            line.
    """

    kernel: ClassVar[Mapping[str, str]]

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where there is no OS installer."""
        super().skip_checks()
        options = CONF.image_props_override
        unset = [name for name in _NEEDED if not getattr(options, name)]
        if unset:
            raise cls.skipException(
                f"[image_props_override] {', '.join(unset)} unset"
            )
        for name in ("os_installer_command_line", "os_installer_proof"):
            if _HOST_NAME not in getattr(options, name):
                raise exceptions.InvalidConfiguration(
                    f"[image_props_override] {name} lacks {_HOST_NAME}: each"
                    " server is known by its host name"
                )

    @classmethod
    def resource_setup(cls) -> None:
        """Choose the empty disk, the flavor and the kernel."""
        super().resource_setup()
        options = CONF.image_props_override
        cls.image_id = options.os_installer_disk_ref
        cls.flavor_id = options.os_installer_flavor_ref or cls.flavor_id
        cls.kernel = {
            "kernel_id": options.os_installer_kernel_ref,
            "ramdisk_id": options.os_installer_ramdisk_ref,
        }

    @decorators.idempotent_id("5b7eae21-aed4-49f7-8b6a-0f189dbf1011")
    @decorators.attr(type=["slow", "smoke"])
    @testtools.skipUnless(
        FEATURES.snapshot, "[compute-feature-enabled] snapshot is false"
    )
    def test_install_and_boot_a_copy(self) -> None:
        """The installed server's image boots another one from its own disk."""
        name = self._new_host_name()
        overrides = self._overrides(name)
        server_id = self._install(name, overrides)
        self._boot_from_disk(server_id, name)
        # Nothing of a running system gets into the image.
        self.servers_client.stop_server(server_id)
        self._wait_for(server_id, "SHUTOFF")
        image_id = self.create_image_of_server(server_id)
        image = self.show_image(image_id)
        left = {each: image.get(each) for each in overrides}
        self.assertEqual(dict.fromkeys(overrides), left)
        self.delete_server(server_id)

        copy = self._new_host_name()
        copy_id = self.create_server(
            name=copy, image_id=image_id, config_drive=FEATURES.config_drive
        )["id"]
        self.assertEqual({}, self.record_of(copy_id))
        # Without a config drive it may not know that it has another name.
        own = (copy,) if FEATURES.config_drive else (copy, name)
        self._wait_for_installed_system(copy_id, *own)
        self.delete_server(copy_id)

    @decorators.idempotent_id("0388554f-5053-4fe9-9f19-bbc9a9d0af4f")
    @decorators.attr(type="slow")
    def test_installer_that_reboots(self) -> None:
        """Its guest ends at the reboot, as long as it is being installed."""
        reboot = CONF.image_props_override.os_installer_reboot
        if not reboot:
            raise self.skipException(
                "[image_props_override] os_installer_reboot unset"
            )
        self.needs_services_that_keep_overrides()
        name = self._new_host_name()
        server_id = self._install(
            name,
            self._overrides(name, reboot),
            metadata={"os_installation": "pending"},
        )
        self._boot_from_disk(server_id, name)
        self.delete_server(server_id)

    def _new_host_name(self) -> str:
        """Return a name for a server, and for its operating system."""
        return self.new_name().lower()

    def _overrides(self, host_name: str, *more: str) -> dict[str, str]:
        """Return what makes the installer install a host of that name.

        Args:
            host_name: The host's.
            *more: What else to put on the command line.
        """
        options = CONF.image_props_override
        line = " ".join((options.os_installer_command_line, *more))
        line = line.replace(_HOST_NAME, host_name)
        # Kernels print it.
        self.assertIsNone(_proof_of(host_name).search(line))
        return {**self.kernel, "os_command_line": line}

    def _install(
        self, host_name: str, overrides: Mapping[str, str], **wish: Any
    ) -> str:
        """Return the id of a server that the installer has left powered off.

        Args:
            host_name: The server's name, too: cloud-init would set it.
            overrides: With which the server boots the installer.
            **wish: Whatever else the request is to have.
        """
        self.needs(overrides)
        server_id = str(
            self.create_server(
                overrides, wait_until=None, name=host_name, **wish
            )["id"]
        )
        seconds = CONF.image_props_override.os_installer_timeout
        try:
            self._wait_for(server_id, "SHUTOFF", seconds)
        except exceptions.TimeoutException as late:
            raise exceptions.TimeoutException(
                f"the OS installer did not power server {server_id} off in"
                f" {seconds} s; the console's end:\n"
                f"{self._end_of_console(server_id)}"
            ) from late
        self.assertEqual(overrides, self.record_of(server_id))
        return server_id

    def _boot_from_disk(self, server_id: str, host_name: str) -> None:
        """Take all overrides off, and see that the installed system runs."""
        self.change_overrides(server_id, {})
        self.assertEqual({}, self.record_of(server_id))
        self.servers_client.start_server(server_id)
        self._wait_for(server_id, "ACTIVE")
        self._wait_for_installed_system(server_id, host_name)

    def _wait_for_installed_system(
        self, server_id: str, *host_names: str
    ) -> None:
        """Wait until a guest says that it is one of these hosts."""
        proof = _proof_of(*host_names)
        try:
            self.wait_for_console(server_id, proof.search, repr(proof.pattern))
        except _NO_CONSOLE as why:
            raise self.failureException(
                f"server {server_id} ended before it printed"
                f" {proof.pattern!r}: perhaps it started the installer again"
                f" ({in_one_line(why)})"
            ) from why

    def _end_of_console(self, server_id: str) -> str:
        """Return what a guest wrote last, or why nobody can read it."""
        try:
            return self.console_of(server_id)[-2000:]
        except _NO_CONSOLE as why:
            return in_one_line(why)

    def _wait_for(
        self, server_id: str, status: str, seconds: int | None = None
    ) -> None:
        """Wait for a status, for Tempest's ``build_timeout`` if None."""
        usual = self.servers_client.build_timeout
        waiters.wait_for_server_status(
            self.servers_client,
            server_id,
            status,
            extra_timeout=0 if seconds is None else seconds - usual,
        )


def _proof_of(*host_names: str) -> re.Pattern[str]:
    """Return what only the installed system of one of these hosts prints."""
    names = "|".join(re.escape(each) for each in host_names)
    pattern = CONF.image_props_override.os_installer_proof
    return re.compile(
        pattern.replace(_HOST_NAME, f"(?:{names})"), re.MULTILINE
    )
