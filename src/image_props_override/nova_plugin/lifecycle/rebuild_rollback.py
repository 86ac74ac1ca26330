# SPDX-License-Identifier: Apache-2.0
"""A rebuild that fails on its way leaves the server as it was.

Nova saves instance, system metadata and request specification one after the
other, and then sends the task. When a later step fails it leaves the earlier
ones as they are: the record would claim what the guest never got.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nova import objects
from nova.compute import task_states
from nova.context import RequestContext
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

# What Nova takes from the new image (nova.compute.api.API.rebuild and
# _inherit_properties_from_image).
_FIELDS = (
    "architecture",
    "auto_disk_config",
    "image_ref",
    "kernel_id",
    "os_type",
    "ramdisk_id",
    "vm_mode",
)


@contextmanager
def undone_on_failure(
    context: RequestContext, instance: Any
) -> Iterator[None]:
    """Undo what the block has saved of a rebuild, if it ends with an error.

    Args:
        context: The caller's.
        instance: The server, as it is before the rebuild.
    """
    fields = {name: getattr(instance, name) for name in _FIELDS}
    system_metadata = dict(instance.system_metadata)
    image = _request_spec(context, instance).image
    try:
        yield
    except Exception:
        try:
            if _has_begun(instance):
                _restore(instance, fields, system_metadata)
                spec = _request_spec(context, instance)
                spec.image = image
                spec.save()
        except Exception:
            LOG.exception(
                "Cannot undo what a failed rebuild has changed",
                instance=instance,
            )
        raise


def _request_spec(context: RequestContext, instance: Any) -> Any:
    return objects.RequestSpec.get_by_instance_uuid(context, instance.uuid)


def _has_begun(instance: Any) -> bool:
    """Return whether Nova has saved the first of its changes.

    A change that could not be saved, because the server is busy with
    something else, is still pending.
    """
    return (
        instance.task_state == task_states.REBUILDING
        and "task_state" not in instance.obj_what_changed()
    )


def _restore(
    instance: Any, fields: dict[str, Any], system_metadata: dict[str, str]
) -> None:
    instance.update(fields)
    instance.system_metadata = system_metadata
    instance.task_state = None
    # Whoever has taken the server on meanwhile knows better.
    instance.save(expected_task_state=[task_states.REBUILDING])
