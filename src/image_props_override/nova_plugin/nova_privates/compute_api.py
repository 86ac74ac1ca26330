# SPDX-License-Identifier: Apache-2.0
"""The compute API: what create and rebuild do to image and server."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nova import conductor, objects
from nova.compute import api as compute_api


class ComputeTaskAPI(conductor.ComputeTaskAPI):
    """Conductor's tasks, with a word before a rebuild is sent there."""

    def __init__(
        self, before_rebuild: Callable[[Any, dict[str, Any]], None]
    ) -> None:
        """Replace Nova's.

        Args:
            before_rebuild: Is called with the context and the arguments of
                the task, which it may change.
        """
        super().__init__()
        self._before_rebuild = before_rebuild

    def rebuild_instance(self, context: Any, **arguments: Any) -> Any:
        """Send a rebuild, or an evacuation, to conductor."""
        self._before_rebuild(context, arguments)
        return super().rebuild_instance(context, **arguments)


def let_scheduler_check_host(
    task: dict[str, Any], instance: objects.Instance, image: objects.ImageMeta
) -> None:
    """Have a rebuild checked as Nova has one with another image checked.

    As in ``nova.compute.api.API.rebuild``: the request specification is
    saved, and the scheduler asked whether the server's host fits it.

    Args:
        task: The arguments of conductor's task; changed in place.
        instance: The server.
        image: What it is rebuilt from.
    """
    spec = task["request_spec"]
    spec.image = image
    spec.save()
    if "scheduler_hints" not in spec:
        spec.scheduler_hints = {}
    # The hints are for this once, and must not be saved.
    del spec.id
    spec.scheduler_hints["_nova_check_type"] = ["rebuild"]
    spec.force_hosts = [instance.host]
    spec.force_nodes = [instance.node]
    task["host"] = None


class ComputeAPI(compute_api.API):
    """Nova's compute API, with a say in the image of a boot."""

    def _validate_and_build_base_options(
        self,
        context: Any,
        flavor: Any,
        boot_meta: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        # All ways to boot pass here: image, image to volume, volume, volume
        # snapshot, blank volume. Later arguments differ between releases.
        self.prepare_boot_image(context, flavor, boot_meta)
        return super()._validate_and_build_base_options(
            context, flavor, boot_meta, *args, **kwargs
        )

    def prepare_boot_image(
        self, context: Any, flavor: Any, boot_meta: dict[str, Any]
    ) -> None:
        """Change, in place, the image metadata that the boot will use."""

    def _provision_instances(
        self, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        # Before it, a boot has reserved and written nothing.
        self.before_provisioning(context)
        return super()._provision_instances(context, *args, **kwargs)

    def before_provisioning(self, context: Any) -> None:
        """Refuse, last of all, a boot that Nova's checks have let pass."""

    def _get_image(self, context: Any, image_href: Any) -> Any:
        # The root image of a rebuild; on create, images of disks too.
        image_id, image = super()._get_image(context, image_href)
        self.prepare_rebuild_image(context, image)
        return image_id, image

    def prepare_rebuild_image(
        self, context: Any, image: dict[str, Any]
    ) -> None:
        """Change, in place, the image metadata that a rebuild will use.

        Called for images of a boot, too.
        """

    def _checks_for_create_and_rebuild(
        self,
        context: Any,
        image_id: Any,
        image: Any,
        flavor: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        # Later arguments differ between releases.
        super()._checks_for_create_and_rebuild(
            context, image_id, image, flavor, *args, **kwargs
        )
        self.check_rebuild(context, image, flavor)

    def check_rebuild(
        self, context: Any, image: dict[str, Any], flavor: Any
    ) -> None:
        """Refuse a rebuild that Nova's own checks let pass.

        Called for boots, too.
        """

    def refuse_other_numa_topology(
        self, instance: Any, image: dict[str, Any], flavor: Any
    ) -> None:
        """Let pass what leaves the guest's NUMA topology as it is.

        Raises:
            nova.exception.ImageNUMATopologyRebuildConflict: It does not.
        """
        # Nova consumes the properties, hence the copy.
        image = {**image, "properties": dict(image["properties"])}
        self._validate_numa_rebuild(instance, image, flavor)


class AllCheckedError(Exception):
    """Nova has made all of its checks, and would begin to create servers."""


class CheckingComputeAPI(ComputeAPI):
    """Nova's compute API, whose ``create`` changes and reserves nothing.

    It makes Nova's own checks, in Nova's own order, and ends where Nova
    would ask for quota and write to its database.
    """

    def _provision_instances(self, *_args: Any, **_kwargs: Any) -> Any:
        raise AllCheckedError

    def image_checks(
        self,
        context: Any,
        flavor: Any,
        image: dict[str, Any],
        block_devices: Sequence[Mapping[str, Any]],
    ) -> Iterator[Callable[[], object]]:
        """Return checks of the image, each of which raises what it finds.

        They are part of ``create``, which ends with the first refusal. None
        looks at properties that need certain hardware.

        Args:
            context: The caller's.
            flavor: The flavor.
            image: The image metadata of the boot.
            block_devices: The boot's, as Nova's API has them; none for a
                boot from the image.
        """
        image_id = image.get("id")
        yield lambda: self._handle_kernel_and_ramdisk(
            context, None, None, image
        )
        yield lambda: self._detect_nonbootable_image_from_properties(
            image_id, image
        )
        # Nova looks at status, memory, size and disk, in this order, and at
        # none after one that does not fit.
        bare = {**image, "properties": {}}
        fitting = {"status": "active", "min_ram": 0, "size": 0}
        for key in (None, *fitting):
            if key:
                bare = {**bare, key: fitting[key]}
            yield functools.partial(
                self._check_size, context, flavor, image, bare, block_devices
            )

    def _check_size(
        self,
        context: Any,
        flavor: Any,
        image: dict[str, Any],
        bare: dict[str, Any],
        block_devices: Sequence[Mapping[str, Any]],
    ) -> None:
        image_id = image.get("id")
        # The image can name a root device of its own.
        devices = self._check_and_transform_bdm(
            context,
            {"image_ref": image_id or ""},
            flavor,
            image,
            1,
            1,
            list(block_devices),
            not block_devices,
        )
        # What extra specs want of an image's properties, which are left out.
        size = flavor.obj_clone()
        size.extra_specs = {}
        self._validate_flavor_image(
            context, image_id, bare, size, devices.root_bdm(), False
        )
