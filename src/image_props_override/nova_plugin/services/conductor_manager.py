# SPDX-License-Identifier: Apache-2.0
"""nova-conductor's manager: overrides in rebuild and unshelve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova import objects
from nova.compute import task_states
from nova.conductor import manager as conductor_manager
from nova.context import RequestContext
from oslo_log import log as logging
from oslo_utils import excutils

from image_props_override.core.boot.kernel import boot_images
from image_props_override.core.boot.record import (
    effective_properties,
    recorded_overrides,
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
from image_props_override.nova_plugin.nova_privates import conductor_service
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)
from image_props_override.nova_plugin.services.root_image import (
    ImageAPI,
    reapplying,
)
from image_props_override.nova_plugin.services.system_metadata import (
    image_keys,
    restore_image_keys,
)

LOG = logging.getLogger(__name__)


class ComputeTaskManager(conductor_service.ComputeTaskManager):
    """Nova's tasks, which read the server's own image with overrides."""

    def __init__(self) -> None:
        """Build Nova's."""
        super().__init__()
        self.image_api: Any = ImageAPI(self.image_api, catalogue_from_nova())

    @conductor_service.in_cell_of_instance
    def rebuild_instance(
        self, context: RequestContext, instance: Any, **kwargs: Any
    ) -> Any:
        """Rebuild a server, or leave all that is known of it as it was."""
        rebuild = super().rebuild_instance
        old = image_keys(kwargs["orig_sys_metadata"] or {})
        new = image_keys(instance.system_metadata)
        is_evacuation = kwargs["recreate"]
        if is_evacuation or not any(map(recorded_overrides, (old, new))):
            return rebuild(context, instance, **kwargs)
        image_id, old_image_id = kwargs["image_ref"], kwargs["orig_image_ref"]
        # Where our nova-api wants the scheduler asked because overrides have
        # changed: Nova checks traits for another image only.
        is_same_image = kwargs["host"] is None and image_id == old_image_id
        try:
            with (
                reapplying(context, instance, image_id),
                carrying(
                    context,
                    Carried.TRAITS_TO_CHECK,
                    image_id if is_same_image else None,
                ),
            ):
                return rebuild(context, instance, **kwargs)
        except Exception:
            with excutils.save_and_reraise_exception():
                _roll_back(context, instance, old_image_id, old)

    def before_scheduling(self, context: Any, instance: Any) -> None:
        """Check the traits of a same image with other overrides."""
        if image_id := carried_by(context, Carried.TRAITS_TO_CHECK):
            self.check_image_traits(context, instance, image_id)

    def unshelve_instance(
        self,
        context: RequestContext,
        instance: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Start a shelved server from its snapshot with its overrides.

        The snapshot lacks those that Nova does not let snapshots inherit,
        or that Glance does not let its user create.
        """
        snapshot = instance.system_metadata.get("shelved_image_id")
        with reapplying(context, instance, snapshot):
            return super().unshelve_instance(
                context, instance, *args, **kwargs
            )


class ConductorManager(conductor_manager.ConductorManager):
    """Nova's manager with our tasks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Build Nova's manager."""
        super().__init__(*args, **kwargs)
        conductor_service.replace_task_manager(self, ComputeTaskManager())
        self.additional_endpoints.append(SupportEndpoint())
        keep_record_out_of_notifications()
        keep_long_lines()


def _roll_back(
    context: RequestContext,
    instance: Any,
    orig_image_ref: Any,
    old: Mapping[str, str],
) -> None:
    """Make Nova's database describe the guest that still runs.

    Nova takes back the image alone, and that only where the scheduler finds
    no host. Where anything else fails here it leaves the server in its task
    state; nova-compute has not been asked to do anything yet.
    """
    # Nova has changed its state in the database.
    instance.refresh()
    restore_image_keys(instance, old)
    if instance.image_ref:
        instance.image_ref = orig_image_ref
    properties = effective_properties(old)
    instance.update(boot_images(properties))
    for field in ("architecture", "os_type", "vm_mode"):
        setattr(instance, field, properties.get(field))
    if instance.task_state == task_states.REBUILDING:
        instance.task_state = None
    instance.save()
    request_spec = objects.RequestSpec.get_by_instance_uuid(
        context, instance.uuid
    )
    request_spec.image = objects.ImageMeta.from_instance(instance)
    request_spec.save()
    LOG.info(
        "Rebuild failed; the server's previous image is restored",
        instance=instance,
    )
