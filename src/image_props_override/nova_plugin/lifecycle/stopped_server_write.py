# SPDX-License-Identifier: Apache-2.0
"""Writes another set of overrides of a stopped server, whole or not at all.

What Nova reads at the next start is written as Nova writes it: system
metadata, request specification, kernel, and the bus of the root and other
local disks. While that goes on, the server is in a task state of Nova's, as
for any operation: of two requests at a time, the second finds it busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nova import exception, objects, utils
from nova.compute import task_states, vm_states
from nova.context import RequestContext
from oslo_log import log as logging

from image_props_override.core.attempt import Attempt
from image_props_override.core.boot.kernel import KERNEL, RAMDISK
from image_props_override.core.boot.record import effective_properties
from image_props_override.core.properties.limits import IMAGE_PREFIX
from image_props_override.nova_plugin.lifecycle.service_support import (
    forget_boot_files,
)
from image_props_override.nova_plugin.lifecycle.shelved_snapshot import (
    ShelvedSnapshot,
)
from image_props_override.nova_plugin.nova_privates import disks

LOG = logging.getLogger(__name__)

# As ``nova-manage image_property set`` has it.
STATES = (
    vm_states.STOPPED,
    vm_states.SHELVED,
    vm_states.SHELVED_OFFLOADED,
)

# It means no more than "busy", lasts for milliseconds, and no service of
# Nova's acts on it when it starts, as some do on others. Nova's versioned
# notifications know no states but Nova's own.
_BUSY = task_states.UPDATING_PASSWORD

_DISK_BUS = "hw_disk_bus"
# What Nova keeps of an image beside its properties.
_NO_PROPERTIES = frozenset({"base_image_ref", *utils.SM_INHERITABLE_KEYS})


class ConflictError(Exception):
    """The server is not in a state to be changed; the text says what to do."""


_ANOTHER_CAME_FIRST = (
    "Another operation on the server came first, and nothing was changed. "
    "Look at the server again, and repeat the request if it is still wanted"
)


@dataclass
class StoppedChange:
    """One change, checked and ready to be written.

    Attributes:
        instance: The server, as it was when the change was checked.
        attempt: The overrides, and the effective properties with them.
        fields: Fields of an instance that Nova takes from its image, where
            overrides change them: ``kernel_id``, ``ramdisk_id``, ``os_type``.
        snapshot: What a shelved server will be started from, if it is one.
    """

    instance: Any
    attempt: Attempt
    fields: Mapping[str, Any]
    snapshot: ShelvedSnapshot | None = None

    @property
    def fetches_kernel(self) -> bool:
        """Whether the server gets another kernel or RAM disk, or its first.

        The driver fetches them only where there is no file of that name, and
        one that was taken off the server earlier may have left its file.
        """
        return any(
            self.fields.get(name) and self.fields[name] != self.instance[name]
            for name in (KERNEL, RAMDISK)
        )

    def write(
        self,
        context: RequestContext,
        instance: Any,
        save: Callable[[], Any],
    ) -> Any:
        """Write the change, and what else the request changes, or nothing.

        Args:
            context: The caller's.
            instance: The server, as Nova's API has it.
            save: Nova's own update of the fields that it knows.

        Returns:
            What ``save`` returns.

        Raises:
            ConflictError: The server is busy, was started, or has
                other overrides now.
        """
        with self._busy(instance):
            return self._write(context, instance, save)

    @contextmanager
    def _busy(self, instance: Any) -> Iterator[None]:
        """Have the server to ourselves within the block."""
        instance.task_state = _BUSY
        try:
            instance.save(
                expected_vm_state=list(STATES), expected_task_state=[None]
            )
        except exception.UnexpectedTaskStateError as error:
            raise ConflictError(_ANOTHER_CAME_FIRST) from error
        try:
            instance.refresh()
            if instance.system_metadata != self.instance.system_metadata:
                raise ConflictError(_ANOTHER_CAME_FIRST)
            yield
        finally:
            instance.task_state = None
            instance.save(expected_task_state=[_BUSY, None])

    def _write(
        self,
        context: RequestContext,
        instance: Any,
        save: Callable[[], Any],
    ) -> Any:
        spec = objects.RequestSpec.get_by_instance_uuid(context, instance.uuid)
        novas_image = spec.image
        block_devices = objects.BlockDeviceMappingList.get_by_instance_uuid(
            context, instance.uuid
        )
        names = [(d, d.disk_bus, d.device_name) for d in block_devices]
        try:
            if self.fetches_kernel and instance.host:
                self._forget_kernel(context, instance)
            if self.snapshot:
                self.snapshot.write(context)
            self._change_disks(instance, block_devices)
            instance.system_metadata = self._system_metadata(instance)
            instance.update(self.fields)
            instance.task_state = None
            spec.image = objects.ImageMeta.from_instance(instance)
            spec.save()
            return save()
        except Exception:

            def restore_disks() -> None:
                for device, bus, name in names:
                    device.disk_bus, device.device_name = bus, name
                    device.save()

            def restore_spec() -> None:
                spec.image = novas_image
                spec.save()

            # What is pending must not be saved when the server is let go.
            self._undo(instance, instance.obj_reset_changes)
            self._undo(instance, instance.refresh)
            self._undo(instance, restore_disks)
            self._undo(instance, restore_spec)
            if self.snapshot:
                snapshot = self.snapshot
                self._undo(instance, lambda: snapshot.undo(context))
            raise

    @staticmethod
    def _undo(instance: Any, step: Callable[[], Any]) -> None:
        """Undo one thing; what prevents that must not prevent the others."""
        try:
            step()
        except Exception:
            LOG.exception(
                "Cannot undo what a failed change of overrides has written",
                instance=instance,
            )

    @staticmethod
    def _forget_kernel(context: RequestContext, instance: Any) -> None:
        # Harmless if a later step fails: the old one is fetched again then.
        if not forget_boot_files(context, instance):
            raise ConflictError(
                "The server's nova-compute does not fetch another kernel; ask "
                "the operator to run nova-compute-image-props there"
            )

    def _system_metadata(self, instance: Any) -> dict[str, str]:
        """Return the server's, with the new properties and record."""
        kept = {
            key: value
            for key, value in instance.system_metadata.items()
            if not key.startswith(IMAGE_PREFIX)
            or key.removeprefix(IMAGE_PREFIX) in _NO_PROPERTIES
        }
        after = {"properties": self.attempt.after}
        anew: dict[str, str] = utils.get_system_metadata_from_image(after)
        return kept | anew

    def _change_disks(self, instance: Any, block_devices: Any) -> None:
        """Give root and local disks the bus that the server has from now on.

        Nova keeps bus and name of each disk from the first boot on, and they
        win over the image's.
        """
        was = effective_properties(instance.system_metadata).get(_DISK_BUS)
        bus = self.attempt.after.get(_DISK_BUS)
        root = block_devices.root_bdm()
        if bus == was or root is None:
            return
        ours = [
            device
            for device in block_devices
            if (device is root or device.destination_type == "local")
            # Another bus than the image's a user has chosen for this disk.
            and device.disk_bus in (was, None)
        ]
        # The root device's name comes first.
        ours.sort(key=lambda device: device is not root)
        taken = [d.device_name for d in block_devices if d not in ours]
        for device in ours:
            device.disk_bus = bus
            # Without a bus, the driver chooses both at each start.
            device.device_name = bus and disks.first_name(bus, taken)
            taken.append(device.device_name)
            if device is root:
                instance.root_device_name = device.device_name
            device.save()


def properties_of(system_metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return a server's image properties, without what else is kept there."""
    return {
        name: value
        for name, value in effective_properties(system_metadata).items()
        if name not in _NO_PROPERTIES
    }
