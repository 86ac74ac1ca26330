# SPDX-License-Identifier: Apache-2.0
"""Another set of overrides for a stopped server: asked, checked, written.

The same reading, rules, merge and checks as for a boot; what a start of the
server cannot bring about is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nova import block_device, exception, objects
from nova.context import RequestContext
from nova.image import glance
from nova.volume import cinder

from image_props_override.core.attempt import Attempt, Purpose
from image_props_override.core.boot.kernel import boot_images
from image_props_override.core.boot.record import recorded_overrides
from image_props_override.core.boot.stopped_server import (
    base_properties,
    check_change,
    names_that_need_image,
    warnings_of_change,
)
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.nova_plugin.boot.compute_api import (
    ComputeAPI,
    refuse,
)
from image_props_override.nova_plugin.lifecycle.rebuild_request import (
    held_overrides,
)
from image_props_override.nova_plugin.lifecycle.service_support import (
    ServiceSupport,
)
from image_props_override.nova_plugin.lifecycle.shelved_snapshot import (
    SnapshotUnchangedError,
    snapshot_of,
)
from image_props_override.nova_plugin.lifecycle.stopped_server_write import (
    STATES,
    ConflictError,
    StoppedChange,
    properties_of,
)
from image_props_override.nova_plugin.request.admission import (
    Admission,
    refuse_unless_authorized,
)
from image_props_override.nova_plugin.request.audit import Auditor
from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)
from image_props_override.nova_plugin.rules import policies

# What is wrong only because of the image.
_ABOUT_THE_IMAGE = (
    ProblemCode.DEFAULT_ABSENT,
    ProblemCode.REMOVAL_OF_ABSENT,
)


class StoppedServers:
    """Changes the overrides of servers that are stopped."""

    def __init__(
        self,
        admission: Admission,
        auditor: Auditor,
        compute_api: ComputeAPI,
        service_support: ServiceSupport,
    ) -> None:
        """Serve.

        Args:
            admission: Reads overrides.
            auditor: Tells who overrode what.
            compute_api: Merges and checks them.
            service_support: Knows what the services of a server can do.
        """
        self._admission = admission
        self._auditor = auditor
        self._compute_api = compute_api
        self._service_support = service_support
        self._image_api = glance.API()
        self._volume_api = cinder.API()

    @contextmanager
    def changing(
        self, context: RequestContext, instance: Any, raw: object
    ) -> Iterator[None]:
        """Let Nova's update of a server, in the block, change overrides too.

        All is checked before the block begins.

        Args:
            context: The caller's.
            instance: The server, with its system metadata and flavor.
            raw: The set, as the request has it.

        Raises:
            OverridesDoNotFit: The request, image or flavor is at fault.
            ForbiddenByRules: Rules forbid it.
            nova.exception.PolicyNotAuthorized: The caller may not override.
            ConflictError: The server is not stopped, or is locked, or its
                services cannot make the change.
        """
        attempt = self._admission.read(context, raw, Purpose.UPDATE)
        with self._auditor.audited(attempt):
            refuse_unless_authorized(
                context,
                attempt,
                policies.UPDATE,
                {
                    "user_id": instance.user_id,
                    "project_id": instance.project_id,
                },
            )
            _refuse_other_states(context, instance)
            self.check(context, instance, attempt)
            refuse(attempt.problems)
            try:
                change = self._change(context, instance, attempt)
                self._require_services(context, change)
                with carrying(context, Carried.STOPPED_CHANGE, change):
                    yield
            except SnapshotUnchangedError as error:
                raise ConflictError(str(error)) from error
            # What was there before is the server's, not the image's.
            attempt.before = properties_of(instance.system_metadata)
            attempt.dropped = held_overrides(
                recorded_overrides(instance.system_metadata),
                attempt.request.overrides,
                self._admission.catalogue,
            )
            attempt.server_ids = (instance.uuid,)

    def preview(
        self, context: RequestContext, instance: Any, raw: object
    ) -> tuple[Attempt, dict[str, str]]:
        """Return what a set would make of a server, whatever its state.

        Args:
            context: The caller's.
            instance: The server, with its system metadata and flavor.
            raw: The set, as the request has it.

        Returns:
            What is known of it, and by property why the guest may not boot.
        """
        attempt = self._admission.read(context, raw, Purpose.UPDATE)
        self.check(context, instance, attempt)
        return attempt, warnings_of_change(
            properties_of(instance.system_metadata),
            attempt.after,
            {
                *recorded_overrides(instance.system_metadata),
                *attempt.request.overrides,
            },
            self._admission.catalogue,
        )

    def check(
        self, context: RequestContext, instance: Any, attempt: Attempt
    ) -> None:
        """Find out what a set makes of a server, and what forbids it.

        Args:
            context: The caller's.
            instance: The server, with its system metadata and flavor.
            attempt: Has the set. Gets what it is merged into, the effective
                properties, and all problems.
        """
        catalogue = self._admission.catalogue
        now = properties_of(instance.system_metadata)
        recorded = recorded_overrides(instance.system_metadata)
        wanted = attempt.request.overrides
        names = {*recorded, *wanted}
        image = self._image_of(context, instance)
        base = base_properties(
            now, (image or {}).get("properties", {}), names, catalogue
        )
        self._compute_api.plan(
            context,
            instance.flavor,
            {**(image or {}), "properties": base},
            attempt,
        )
        problems = [
            problem
            for problem in attempt.problems
            # What was removed once may be removed again.
            if problem.code not in _ABOUT_THE_IMAGE
            or (
                image is not None
                and recorded.get(problem.name, "") is not None
            )
        ]
        problems += check_change(now, attempt.after, names, catalogue)
        if image is None:
            problems += _problems_without_image(recorded, wanted)
        attempt.problems = tuple(problems)

    def _require_services(
        self, context: RequestContext, change: StoppedChange
    ) -> None:
        """Refuse what stock services would lose."""
        if not (change.fetches_kernel and change.instance.host):
            return
        lacking = self._service_support.lacking(context, change.instance)
        if lacking:
            raise ConflictError(lacking)

    def _image_of(
        self, context: RequestContext, instance: Any
    ) -> dict[str, Any] | None:
        """Return the image that a server was made from; None if it is gone."""
        try:
            if instance.image_ref:
                image = self._image_api.get(context, instance.image_ref)
            else:
                block_devices = (
                    objects.BlockDeviceMappingList.get_by_instance_uuid(
                        context, instance.uuid
                    )
                )
                image = self._image_of_volume(context, block_devices)
        except (
            exception.ImageNotFound,
            exception.ImageNotAuthorized,
            exception.InvalidBDMImage,
            exception.InvalidBDMVolume,
        ):
            return None
        properties = image.get("properties", {})
        return {**image, "properties": dict(properties)}

    def _image_of_volume(
        self, context: RequestContext, block_devices: Any
    ) -> dict[str, Any]:
        try:
            image: dict[str, Any] = block_device.get_bdm_image_metadata(
                context,
                self._image_api,
                self._volume_api,
                block_devices,
                legacy_bdm=False,
            )
        except exception.InvalidBDMVolumeNotBootable:
            # It was blank when the server was made, and Nova let that pass:
            # an operating system was to be installed on it. Cinder does not
            # learn that one was.
            volume = self._volume_api.get(
                context, block_devices.root_bdm().volume_id
            )
            image = block_device.get_image_metadata_from_volume(volume)
        return image

    def _change(
        self, context: RequestContext, instance: Any, attempt: Attempt
    ) -> StoppedChange:
        recorded = recorded_overrides(instance.system_metadata)
        names = frozenset({*recorded, *attempt.request.overrides})
        fields: dict[str, Any] = {}
        if "os_type" in names:
            fields["os_type"] = attempt.after.get("os_type")
        images = boot_images(attempt.after)
        if names & images.keys():
            fields |= images
        snapshot = snapshot_of(
            context,
            instance,
            attempt.after,
            names,
            self._admission.catalogue,
        )
        return StoppedChange(instance, attempt, fields, snapshot)


def current_change(context: RequestContext) -> StoppedChange | None:
    """Return the change that the request's update is to make, or None."""
    change: StoppedChange | None = carried_by(context, Carried.STOPPED_CHANGE)
    return change


def _refuse_other_states(context: RequestContext, instance: Any) -> None:
    if instance.locked and not context.is_admin:
        raise ConflictError("The server is locked; unlock it first")
    if instance.vm_state not in STATES:
        raise ConflictError(
            "image_props_override can be changed only while the server is "
            f"stopped or shelved, but it is {instance.vm_state}; stop it "
            "first"
        )
    if instance.task_state is not None:
        raise ConflictError(
            "The server is busy with another operation "
            f"({instance.task_state}); wait until that has ended"
        )


def _problems_without_image(
    recorded: Mapping[str, str | None], wanted: Mapping[str, str | None]
) -> Iterator[Problem]:
    for name in names_that_need_image(recorded, wanted):
        yield Problem(
            name,
            "cannot be changed to the image's own value: the image that the "
            "server was created from no longer exists. Give the property a "
            "value instead",
            ProblemCode.IMAGE_GONE,
        )
