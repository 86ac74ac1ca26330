# SPDX-License-Identifier: Apache-2.0
"""nova-compute's manager, which keeps overrides through rebuild and rescue."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from nova import objects
from nova.context import RequestContext

from image_props_override.core.boot.installation import (
    MARK,
    PENDING,
    installer_of,
)
from image_props_override.core.boot.record import (
    effective_properties,
    recorded_overrides,
)
from image_props_override.core.properties.limits import IMAGE_PREFIX
from image_props_override.nova_plugin.boot.host_reports import (
    told_in_stats,
)
from image_props_override.nova_plugin.lifecycle.long_lines import (
    keep_long_lines,
)
from image_props_override.nova_plugin.lifecycle.notifications import (
    keep_record_out_of_notifications,
)
from image_props_override.nova_plugin.lifecycle.service_support import (
    SupportEndpoint,
)
from image_props_override.nova_plugin.nova_privates import (
    compute_service,
    hosts,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.services.boot_files import (
    BootFilesEndpoint,
)
from image_props_override.nova_plugin.services.root_image import (
    ImageAPI,
    VolumeAPI,
    reapplying,
)
from image_props_override.nova_plugin.services.system_metadata import (
    image_keys,
    restore_image_keys,
)

_DISK_BUS = "hw_disk_bus"

# System metadata: id of the image that a server was made from.
_IMAGE = f"{IMAGE_PREFIX}base_image_ref"


class ComputeManager(compute_service.ComputeManager):
    """Nova's manager, which reads the server's own image with overrides."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Build Nova's manager and its virt driver."""
        super().__init__(*args, **kwargs)
        catalogue = catalogue_from_nova()
        wrap_image_api = functools.partial(ImageAPI, catalogue=catalogue)
        self.image_api: Any = wrap_image_api(self.image_api)
        compute_service.wrap_apis_of_driver(
            self.driver,
            wrap_image_api,
            functools.partial(VolumeAPI, catalogue=catalogue),
        )
        compute_service.wrap_rescue_of_driver(self.driver, _leaving_no_trace)
        compute_service.end_guests_at_reboot(self.driver, _is_being_installed)
        hosts.add_to_stats(
            self.driver, functools.partial(told_in_stats, self.driver)
        )
        self.additional_endpoints += [SupportEndpoint(), BootFilesEndpoint()]
        keep_record_out_of_notifications()
        keep_long_lines()

    def rebuild_instance(
        self,
        context: RequestContext,
        instance: Any,
        orig_image_ref: Any,
        image_ref: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Rebuild a server from its image with the overrides in it.

        nova-api has merged and recorded them already. For an evacuation
        Nova reads no image.
        """
        with reapplying(context, instance, image_ref):
            return super().rebuild_instance(
                context, instance, orig_image_ref, image_ref, *args, **kwargs
            )

    def rescue_instance(
        self,
        context: RequestContext,
        instance: Any,
        rescue_password: Any,
        rescue_image_ref: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Rescue a server with its own devices, not the image's."""
        own = [instance.image_ref or _image_of_root_volume(context, instance)]
        if not rescue_image_ref:
            # What Nova takes then. Of a server from a snapshot it is another
            # image than its own, but it stands for it.
            own.append(instance.system_metadata.get(_IMAGE))
        with reapplying(context, instance, *own):
            return super().rescue_instance(
                context,
                instance,
                rescue_password,
                rescue_image_ref,
                *args,
                **kwargs,
            )

    def finish_snapshot_based_resize_at_dest(
        self,
        ctxt: RequestContext,
        instance: Any,
        migration: Any,
        snapshot_id: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Start a server in another cell from a snapshot of it."""
        with reapplying(ctxt, instance, snapshot_id):
            return super().finish_snapshot_based_resize_at_dest(
                ctxt, instance, migration, snapshot_id, *args, **kwargs
            )

    def before_rebuild(
        self,
        instance: Any,
        image_meta: Any,
        old_system_metadata: Mapping[str, str],
        block_devices: Any,
    ) -> None:
        """Give disks the bus that the new guest is to have.

        Nova keeps bus and name of each disk from the first boot on, and they
        win over the image's.
        """
        old = recorded_overrides(old_system_metadata)
        new = recorded_overrides(instance.system_metadata)
        root = block_devices.root_bdm() if block_devices else None
        if not root or not (old or new):
            return
        is_overridden = _DISK_BUS in {*old, *new}
        is_other_image = old_system_metadata.get(
            _IMAGE
        ) != instance.system_metadata.get(_IMAGE)
        if not (is_overridden or is_other_image):
            return
        was = effective_properties(old_system_metadata).get(_DISK_BUS)
        wanted = image_meta.properties.get(_DISK_BUS)
        ours = [
            device
            for device in block_devices
            # Other volumes are not made anew, and keep theirs. Another bus
            # than the image's a user has chosen for this one disk.
            if (device is root or device.destination_type == "local")
            and (is_overridden or device.disk_bus == was)
        ]
        if all(device.disk_bus == wanted for device in ours):
            return
        for device in ours:
            device.disk_bus = None
        root.device_name = None
        self.name_devices_anew(instance, image_meta, block_devices)


def _is_being_installed(instance: Any) -> bool:
    """Return whether a server boots an installer that is to be taken off.

    A reboot would start the installer again; so it ends the guest, as a power
    off does.
    """
    overrides = recorded_overrides(instance.system_metadata)
    return (
        instance.metadata.get(MARK) == PENDING
        and installer_of(overrides) is not None
    )


def _image_of_root_volume(
    context: RequestContext, instance: Any
) -> str | None:
    """Return the id of the image that Nova had written onto a root volume."""
    devices = objects.BlockDeviceMappingList.get_by_instance_uuid(
        context, instance.uuid
    )
    root = devices.root_bdm()
    return root.image_id if root else None


def _leaving_no_trace(rescue: Callable[..., None]) -> Callable[..., None]:
    """Return a driver's ``rescue`` that leaves the server's own image alone.

    libvirt's notes the machine type of the rescue guest as the server's,
    which would have it from its next hard reboot on, for good.
    """

    @functools.wraps(rescue)
    def rescue_and_restore(
        context: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> None:
        before = image_keys(instance.system_metadata)
        try:
            rescue(context, instance, *args, **kwargs)
        finally:
            if recorded_overrides(before):
                restore_image_keys(instance, before)

    return rescue_and_restore
