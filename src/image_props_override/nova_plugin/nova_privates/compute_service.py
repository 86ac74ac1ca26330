# SPDX-License-Identifier: Apache-2.0
"""The manager of nova-compute, and its virt driver."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from nova.compute import manager as compute_manager
from nova.virt import driver as virt_driver


class ComputeManager(compute_manager.ComputeManager):
    """Nova's manager of nova-compute, with a say before a guest is rebuilt."""

    def _do_rebuild_instance(
        self,
        context: Any,
        instance: Any,
        orig_image_ref: Any,
        image_meta: Any,
        injected_files: Any,
        new_pass: Any,
        orig_sys_metadata: Any,
        bdms: Any,
        evacuate: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        # What fails here counts as a failure of the rebuild; what fails in
        # rebuild_instance before Nova's own would leave the server in its
        # task state for ever. Later arguments differ between releases.
        if not evacuate:
            self.before_rebuild(
                instance, image_meta, orig_sys_metadata or {}, bdms
            )
        return super()._do_rebuild_instance(
            context,
            instance,
            orig_image_ref,
            image_meta,
            injected_files,
            new_pass,
            orig_sys_metadata,
            bdms,
            evacuate,
            *args,
            **kwargs,
        )

    def before_rebuild(
        self,
        instance: Any,
        image_meta: Any,
        old_system_metadata: Mapping[str, str],
        block_devices: Any,
    ) -> None:
        """Take notice of a rebuild; the old guest is still there.

        Args:
            instance: Has the system metadata of the new guest.
            image_meta: What the new guest is built from.
            old_system_metadata: Of the old guest.
            block_devices: Nova's list of block device mappings.
        """

    def name_devices_anew(
        self, instance: Any, image_meta: Any, block_devices: Any
    ) -> None:
        """Give block devices the names, and buses if None, of a first boot.

        Args:
            instance: Gets the root device's name.
            image_meta: What the guest is built from.
            block_devices: Nova's list of block device mappings; each that
                is changed is saved.
        """
        instance.root_device_name = None
        self._default_block_device_names(instance, image_meta, block_devices)


def wrap_apis_of_driver(
    driver: Any,
    wrap_image_api: Callable[[Any], Any],
    wrap_volume_api: Callable[[Any], Any],
) -> None:
    """Let a virt driver read images and volumes through ours.

    libvirt's reads the root image itself, for a stable-device rescue. Other
    drivers have no such attributes.
    """
    for name, wrap in (
        ("_image_api", wrap_image_api),
        ("_volume_api", wrap_volume_api),
    ):
        if hasattr(driver, name):
            setattr(driver, name, wrap(getattr(driver, name)))


def wrap_rescue_of_driver(
    driver: virt_driver.ComputeDriver,
    wrap: Callable[[Callable[..., None]], Callable[..., None]],
) -> None:
    """Let a virt driver rescue servers through a function of ours."""
    driver.rescue = wrap(driver.rescue)


def end_guests_at_reboot(
    driver: virt_driver.ComputeDriver, is_wanted: Callable[[Any], bool]
) -> None:
    """Let a guest that reboots itself end instead.

    Nova leaves libvirt's default, which boots the same kernel again. Rescue
    guests, and drivers other than libvirt's, are left as they are.

    Args:
        driver: nova-compute's.
        is_wanted: Called with an instance whenever its guest is defined.
    """
    stock = getattr(driver, "_get_guest_config", None)
    if stock is None:
        return

    @functools.wraps(stock)
    def get_guest_config(
        instance: Any,
        network_info: Any,
        image_meta: Any,
        disk_info: Any,
        rescue: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        config = stock(
            instance,
            network_info,
            image_meta,
            disk_info,
            rescue,
            *args,
            **kwargs,
        )
        if not rescue and is_wanted(instance):
            stock_dom = config.format_dom

            def format_dom() -> Any:
                domain = stock_dom()
                element = domain.makeelement("on_reboot")
                element.text = "destroy"
                domain.append(element)
                return domain

            config.format_dom = format_dom
        return config

    driver._get_guest_config = get_guest_config
