# SPDX-License-Identifier: Apache-2.0
"""Nova's compute API for servers that exist: what becomes of overrides.

Nova reads the image again for a rebuild and a rescue, and makes a new one for
a snapshot. Servers without overrides pass through untouched.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from nova import exception, objects, utils
from nova.compute import utils as compute_utils
from nova.context import RequestContext
from oslo_log import log as logging

from image_props_override.core.boot.checks import Boot, check_flavor
from image_props_override.core.boot.record import (
    effective_properties,
    recorded_overrides,
)
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.limits import COMMAND_LINE
from image_props_override.nova_plugin.boot.compute_api import (
    ComputeAPI,
    refuse,
    strip_record,
)
from image_props_override.nova_plugin.boot.host_reports import HostReports
from image_props_override.nova_plugin.boot.nova_constraints import (
    CPU_TOPOLOGY,
    ignored_overrides,
)
from image_props_override.nova_plugin.lifecycle.conflicts import (
    OverridesWouldBeLost,
)
from image_props_override.nova_plugin.lifecycle.long_lines import (
    long_line_of,
    refuse_move,
    refuse_start_on_host,
)
from image_props_override.nova_plugin.lifecycle.rebuild_request import (
    Rebuild,
    current_rebuild,
    rebuild_of,
    rebuilding,
)
from image_props_override.nova_plugin.lifecycle.rebuild_rollback import (
    undone_on_failure,
)
from image_props_override.nova_plugin.lifecycle.service_support import (
    ServiceSupport,
)
from image_props_override.nova_plugin.lifecycle.snapshots import (
    SnapshotImages,
    leaving_out,
    overrides_not_inherited,
    unwelcome_overrides,
)
from image_props_override.nova_plugin.lifecycle.stopped_server import (
    current_change,
)
from image_props_override.nova_plugin.nova_privates import compute_api as novas
from image_props_override.nova_plugin.request.admission import (
    Admission,
    refuse_unless_authorized,
)
from image_props_override.nova_plugin.request.audit import Auditor
from image_props_override.nova_plugin.rules import policies
from image_props_override.nova_plugin.rules.glance_protections import (
    GlanceProtections,
)

LOG = logging.getLogger(__name__)

_RESIZE_ADVICE = (
    "\nThe server has these overrides, which would be ignored after the "
    "resize; choose another flavor, or rebuild the server without them"
)


_OTHER_NUMA_TOPOLOGY = Problem(
    "",
    "a rebuild cannot change the guest's NUMA topology; keep what defines "
    "it (hw_numa_*, hw_cpu_policy, hw_mem_page_size, ...) as it is, or "
    "create a new server",
    ProblemCode.FIXED_AT_BOOT,
)


class ServerOperations(ComputeAPI):
    """Nova's compute API, which keeps the overrides of its servers."""

    def __init__(
        self,
        admission: Admission,
        protections: GlanceProtections | None,
        host_reports: HostReports,
        auditor: Auditor,
        service_support: ServiceSupport,
        *,
        require_services: bool,
    ) -> None:
        """Serve.

        Args:
            admission: Reads overrides.
            protections: What Glance lets users do to properties, if known.
            host_reports: What the hosts of this cloud support.
            auditor: Tells who overrode what.
            service_support: Knows what the services of a server can do.
            require_services: Whether to refuse what would lose overrides.
        """
        super().__init__(admission.catalogue, protections, host_reports)
        self._admission = admission
        self._auditor = auditor
        self._require_services = require_services
        self._service_support = service_support
        self.image_api = SnapshotImages()
        self.compute_task_api = novas.ComputeTaskAPI(self._before_rebuild)

    def rebuild(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Rebuild a server with its overrides, or with those asked for.

        Raises:
            OverridesDoNotFit: The request, image or flavor is at fault.
            ForbiddenByRules: Rules forbid it.
            OverridesWouldBeLost: The server's services cannot keep them.
            AnotherOperationFirst: The server is busy with something else.
            nova.exception.PolicyNotAuthorized: The caller may not override.
        """
        rebuild = rebuild_of(self._admission, context, instance)
        if rebuild is None:
            return super().rebuild(context, instance, *args, **kwargs)
        with self._auditor.audited(rebuild.attempt):
            self._check(context, rebuild)
            with (
                rebuild.refusals(),
                rebuilding(context, rebuild),
                undone_on_failure(context, instance),
            ):
                super().rebuild(context, instance, *args, **kwargs)
            rebuild.note_done(self.catalogue)
            return None

    def update_instance(
        self, context: RequestContext, instance: Any, updates: dict[str, Any]
    ) -> Any:
        """Update a server, and what it overrides if the request says so.

        Raises:
            ConflictError: The server has changed meanwhile.
        """
        save = functools.partial(
            super().update_instance, context, instance, updates
        )
        change = current_change(context)
        return change.write(context, instance, save) if change else save()

    def _check(self, context: RequestContext, rebuild: Rebuild) -> None:
        """Check what can be before the image is known."""
        instance, attempt = rebuild.instance, rebuild.attempt
        if not attempt.request.asked and not attempt.problems:
            # Who overrides nothing is not asked.
            return
        refuse_unless_authorized(
            context,
            attempt,
            policies.REBUILD,
            {"user_id": instance.user_id, "project_id": instance.project_id},
        )
        if attempt.problems:
            # They are told where the image is known, with all others.
            return
        lacking = self._service_support.lacking(context, instance)
        if lacking is None:
            return
        if self._require_services or not rebuild.is_recorded:
            raise OverridesWouldBeLost(
                reason=f"{lacking}, or drop the overrides in this rebuild "
                'with "image_props_override": {}'
            )
        LOG.warning(
            "Rebuilt without its overrides of %s: %s",
            ", ".join(attempt.request.overrides),
            lacking,
            instance=instance,
        )
        rebuild.drop()

    def prepare_rebuild_image(
        self, context: RequestContext, image: dict[str, Any]
    ) -> None:
        """Merge the overrides into the image of a rebuild, in place."""
        rebuild = current_rebuild(context)
        strip_record(image)
        if rebuild is None:
            return
        attempt = rebuild.attempt
        flavor = rebuild.instance.get_flavor()
        if attempt.request.asked or attempt.problems:
            self.plan(context, flavor, image, attempt)
        else:
            attempt.after = image.get("properties", {})
        # A copy, because the image's is Nova's to change.
        properties = dict(attempt.after)
        rebuild.check_change(properties)
        attempt.problems += self._numa_problems(
            rebuild.instance, {**image, "properties": properties}, flavor
        )
        attempt.is_planned = True
        rebuild.refuse_problems()
        image["properties"] = properties
        rebuild.image = image

    def check_rebuild(
        self, context: RequestContext, image: dict[str, Any], flavor: Any
    ) -> None:
        """Let no rebuild go on with problems, or without its overrides."""
        if rebuild := current_rebuild(context):
            rebuild.refuse_problems()
            if rebuild.image is None:
                raise RuntimeError("Nova has not asked for the overrides")
            self.refuse_other_numa_topology(rebuild.instance, image, flavor)

    def _numa_problems(
        self, instance: Any, image: dict[str, Any], flavor: Any
    ) -> tuple[Problem, ...]:
        try:
            self.refuse_other_numa_topology(instance, image, flavor)
        except exception.ImageNUMATopologyRebuildConflict:
            return (_OTHER_NUMA_TOPOLOGY,)
        except (exception.NovaException, ValueError):
            # Image and flavor do not fit, which Nova's own checks tell.
            return ()
        return ()

    def _before_rebuild(
        self, context: RequestContext, task: dict[str, Any]
    ) -> None:
        if rebuild := current_rebuild(context):
            rebuild.schedule_if_changed(task)

    def resize(
        self,
        context: RequestContext,
        instance: Any,
        flavor_id: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Resize a server, unless the flavor would make overrides ineffective.

        Raises:
            OverridesDoNotFit: It would.
            webob.exc.HTTPConflict: A host would cut the command line.
        """
        refuse_move(self.host_reports, instance)
        if flavor_id and recorded_overrides(instance.system_metadata):
            flavor = objects.Flavor.get_by_flavor_id(
                context, flavor_id, read_deleted="no"
            )
            _check_flavor(instance, flavor)
        if long_line_of(instance):
            _mend_request_spec(context, instance)
        # Without a flavor it is a migration.
        return super().resize(context, instance, flavor_id, *args, **kwargs)

    def start(self, context: RequestContext, instance: Any) -> Any:
        """Start a server, unless the guest would have another line."""
        refuse_start_on_host(context, instance)
        return super().start(context, instance)

    def reboot(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Reboot a server; where the guest does not, Nova does it hard."""
        refuse_start_on_host(context, instance)
        return super().reboot(context, instance, *args, **kwargs)

    def resume(self, context: RequestContext, instance: Any) -> Any:
        """Resume a server; a missing domain is defined again."""
        refuse_start_on_host(context, instance)
        return super().resume(context, instance)

    def restore(self, context: RequestContext, instance: Any) -> Any:
        """Restore a deleted server, which starts it."""
        refuse_start_on_host(context, instance)
        return super().restore(context, instance)

    def revert_resize(self, context: RequestContext, instance: Any) -> Any:
        """Take a server back to the host, or the flavor, that it had."""
        refuse_move(self.host_reports, instance)
        return super().revert_resize(context, instance)

    def live_migrate(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Move a guest that goes on; its next start is on the other host."""
        refuse_move(self.host_reports, instance)
        return super().live_migrate(context, instance, *args, **kwargs)

    def evacuate(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Start a server elsewhere, because its host is dead."""
        refuse_move(self.host_reports, instance, back=False)
        return super().evacuate(context, instance, *args, **kwargs)

    def unshelve(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Start a shelved server, on its host or elsewhere."""
        refuse_move(self.host_reports, instance)
        return super().unshelve(context, instance, *args, **kwargs)

    def rescue(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Rescue a server, unless it would run without its overrides.

        Raises:
            OverridesWouldBeLost: The server's services cannot keep them.
        """
        if recorded_overrides(instance.system_metadata):
            self._refuse_loss(context, instance)
        return super().rescue(context, instance, *args, **kwargs)

    def shelve(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Shelve a server; Glance need not take what is overridden.

        Raises:
            OverridesWouldBeLost: Unshelving would lose what the snapshot
                does not have.
        """
        recorded = recorded_overrides(instance.system_metadata)
        left_out = unwelcome_overrides(self.protections, context, recorded)
        lacking = left_out | overrides_not_inherited(recorded)
        if lacking and not compute_utils.is_volume_backed_instance(
            context, instance
        ):
            # Unshelving boots from the snapshot.
            self._refuse_loss(context, instance)
        with leaving_out(context, instance, left_out):
            return super().shelve(context, instance, *args, **kwargs)

    def snapshot(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Make an image of a server, without what Glance does not take."""
        with self._leaving_out(context, instance, **kwargs):
            return super().snapshot(context, instance, *args, **kwargs)

    def snapshot_volume_backed(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """The same for a server on a volume."""
        with self._leaving_out(context, instance, **kwargs):
            return super().snapshot_volume_backed(
                context, instance, *args, **kwargs
            )

    def backup(
        self, context: RequestContext, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """The same for a backup."""
        with self._leaving_out(context, instance, **kwargs):
            return super().backup(context, instance, *args, **kwargs)

    def _leaving_out(
        self,
        context: RequestContext,
        instance: Any,
        extra_properties: Mapping[str, Any] | None = None,
    ) -> Any:
        recorded = recorded_overrides(instance.system_metadata)
        names = unwelcome_overrides(self.protections, context, recorded)
        # What the caller names in the request, Glance itself may refuse.
        return leaving_out(
            context, instance, names - (extra_properties or {}).keys()
        )

    def _refuse_loss(self, context: RequestContext, instance: Any) -> None:
        if not self._require_services:
            return
        lacking = self._service_support.lacking(context, instance)
        if lacking:
            raise OverridesWouldBeLost(reason=lacking)


def _mend_request_spec(context: RequestContext, instance: Any) -> None:
    """Have the request specification contain the server's command line.

    A migration starts the guest with it. ``nova-manage image_property set``,
    whatever property it is about, copies all of them from system metadata as
    it sees them: without the package, a long line is a marker there.
    """
    spec = objects.RequestSpec.get_by_instance_uuid(context, instance.uuid)
    image = objects.ImageMeta.from_instance(instance)
    asked, kept = (
        each.properties.get(COMMAND_LINE) for each in (spec.image, image)
    )
    if asked != kept:
        spec.image = image
        spec.save()


def _check_flavor(instance: Any, flavor: Any) -> None:
    """Refuse a new flavor that leaves nothing of a recorded override."""
    overrides = recorded_overrides(instance.system_metadata)
    boot = Boot(
        image_properties={},
        overrides=overrides,
        resolved=overrides,
        effective=effective_properties(instance.system_metadata),
        flavor_extra_specs=flavor.extra_specs,
    )
    # A CPU topology is made anew of however many CPUs there are.
    lasting = {n: v for n, v in overrides.items() if n not in CPU_TOPOLOGY}
    image = utils.get_image_from_system_metadata(instance.system_metadata)
    refuse(
        check_flavor(boot) + ignored_overrides(flavor, image, lasting),
        _RESIZE_ADVICE,
    )
