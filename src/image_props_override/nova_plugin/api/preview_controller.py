# SPDX-License-Identifier: Apache-2.0
"""``POST /os-image-props-override/preview``: what would a boot use?"""

from __future__ import annotations

from typing import Any

import webob.exc
from nova import block_device, exception, objects
from nova.api import validation
from nova.api.openstack import wsgi
from nova.compute import flavors
from nova.context import RequestContext
from nova.policies import servers as servers_policies

from image_props_override.core.attempt import Purpose
from image_props_override.core.boot.preview import (
    PreviewEntry,
    preview_entries,
)
from image_props_override.core.override_request import KEY, OverrideRequest
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.nova_plugin.api import schemas
from image_props_override.nova_plugin.api.microversion import is_requested
from image_props_override.nova_plugin.boot.dry_run import (
    NOT_FOUND,
    UNREACHABLE,
    DryBoot,
    DryRun,
)
from image_props_override.nova_plugin.request.admission import Admission
from image_props_override.nova_plugin.rules import policies

PATH = "/os-image-props-override/preview"


class PreviewController(wsgi.Controller):
    """A boot with overrides, as far as it changes and reserves nothing."""

    def __init__(self, admission: Admission, dry_run: DryRun) -> None:
        """Answer.

        Args:
            admission: Reads overrides.
            dry_run: Boots without booting.
        """
        super().__init__()
        self._admission = admission
        self._dry_run = dry_run

    @wsgi.expected_errors((400, 403, 404, 503))
    def preview(self, req: wsgi.Request, body: Any = None) -> dict[str, Any]:
        """Return the effective properties, their origins and all problems."""
        if not is_requested(req):
            raise webob.exc.HTTPNotFound()
        context = req.environ["nova.context"]
        policies.authorize(context, policies.PREVIEW)
        answer: dict[str, Any] = self._preview(req=req, body=body)
        return answer

    @validation.schema(schemas.PREVIEW)
    def _preview(self, req: wsgi.Request, body: Any) -> dict[str, Any]:
        context = req.environ["nova.context"]
        asked = body["preview"]
        image_id, volume_id = asked.get("imageRef"), asked.get("volumeId")
        if (image_id is None) is (volume_id is None):
            raise webob.exc.HTTPBadRequest(
                explanation="A preview is of an image or of a volume: give "
                "either imageRef or volumeId"
            )
        flavor = _flavor(context, str(asked["flavorRef"]))
        attempt = self._admission.read(
            context, asked.get(KEY, {}), Purpose.CREATE
        )
        boot = DryBoot(
            attempt,
            flavor,
            image_id,
            block_devices=(_root_device(volume_id),) if volume_id else (),
        )
        try:
            self._dry_run.check(context, boot)
        except NOT_FOUND as error:
            raise webob.exc.HTTPNotFound(
                explanation=error.format_message()
            ) from error
        except UNREACHABLE as error:
            raise webob.exc.HTTPServiceUnavailable(
                explanation=error.format_message()
            ) from error
        problems = (
            *_policy_problems(context, attempt.request),
            *attempt.problems,
        )
        entries = preview_entries(
            attempt.before,
            attempt.request.overrides,
            attempt.after,
            flavor.extra_specs,
            self._admission.catalogue,
        )
        return {
            "preview": {
                "bootable": not problems,
                "properties": [_entry_view(each) for each in entries],
                "problems": [_problem_view(each) for each in problems],
            }
        }


def _flavor(context: RequestContext, flavor_id: str) -> objects.Flavor:
    try:
        return flavors.get_flavor_by_flavor_id(
            context, flavor_id, read_deleted="no"
        )
    except exception.FlavorNotFound as error:
        raise webob.exc.HTTPNotFound(
            explanation=error.format_message()
        ) from error


def _root_device(volume_id: str) -> block_device.BlockDeviceDict:
    """Return what Nova's API makes of a volume to boot from."""
    return block_device.BlockDeviceDict.from_api(
        {
            "boot_index": 0,
            "source_type": "volume",
            "destination_type": "volume",
            "uuid": volume_id,
        },
        image_uuid_specified=False,
    )


def _policy_problems(
    context: RequestContext, request: OverrideRequest
) -> tuple[Problem, ...]:
    """Return which policies keep the caller from such a boot."""
    rules = [servers_policies.SERVERS % "create"]
    if request.asked:
        rules.append(policies.CREATE)
    refusals = (policies.refusal(context, rule) for rule in rules)
    return tuple(
        Problem("", words, ProblemCode.RULE_DENIES)
        for words in refusals
        if words
    )


def _entry_view(entry: PreviewEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "value": entry.value,
        "origin": entry.origin.value,
        "image_value": entry.image_value,
    }


def _problem_view(problem: Problem) -> dict[str, Any]:
    return {
        "property": problem.name or None,
        "code": problem.code.value,
        "message": problem.message,
    }
