# SPDX-License-Identifier: Apache-2.0
"""Nova's libvirt driver, and Debian 12's libvirt, made to fit each other."""

import importlib.util
from typing import Any

from nova.virt.libvirt import config as guest_config
from nova.virt.libvirt import vif


def fit() -> None:
    """Mend what keeps guests from starting, and Nova from hearing of them."""
    _allow_uefi()
    _let_libvirt_make_taps()
    _hear_events()


def _allow_uefi() -> None:
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


def _let_libvirt_make_taps() -> None:
    """Plug no tap device before libvirt >= 9 does, and finds it there.

    Since Nova 31 the definition says that the device is not libvirt's.
    """
    if hasattr(guest_config.LibvirtConfigGuestInterface(), "managed"):
        return
    vif.LibvirtGenericVIFDriver.plug_tap = lambda *_arguments: None


def _hear_events() -> None:
    """Register libvirt's event loop before the first connection.

    At the first start on a host, Nova 29 connects before it registers one, and
    hears of no event until it is started again: a guest that powers itself off
    is noticed ten minutes later. To register it again is harmless.
    """
    if importlib.util.find_spec("libvirt") is None:
        return
    import libvirt

    libvirt.virEventRegisterDefaultImpl()
