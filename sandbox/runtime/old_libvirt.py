# SPDX-License-Identifier: Apache-2.0
"""Nova's libvirt driver made to fit Debian 12's libvirt."""

from typing import Any

from nova.virt.libvirt import config as guest_config


def allow_uefi() -> None:
    """Leave out ``<loader secure='no'>``, which libvirt < 9.2 refuses.

    It refuses it together with firmware auto-selection, which is what Nova
    writes for each UEFI guest without secure boot; 'no' is its default.
    """
    guest = guest_config.LibvirtConfigGuest
    format_os = guest._format_os

    def format_os_for_old_libvirt(self: Any, root: Any) -> Any:
        if self.os_loader_secure is False:
            self.os_loader_secure = None
        return format_os(self, root)

    guest._format_os = format_os_for_old_libvirt
