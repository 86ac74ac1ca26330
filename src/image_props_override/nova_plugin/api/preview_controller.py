# SPDX-License-Identifier: Apache-2.0
"""``POST /os-image-props-override/preview``: what would a server use?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import webob.exc
from nova import block_device, exception, objects
from nova.api import validation
from nova.api.openstack import common, wsgi
from nova.context import RequestContext
from nova.policies import servers as servers_policies

from image_props_override.core.attempt import Attempt, Purpose
from image_props_override.core.boot.host_support import HostSupport
from image_props_override.core.boot.preview import (
    PreviewEntry,
    preview_entries,
)
from image_props_override.core.override_request import KEY
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.nova_plugin.api import schemas
from image_props_override.nova_plugin.api.microversion import is_requested
from image_props_override.nova_plugin.boot.dry_run import (
    NOT_FOUND,
    UNREACHABLE,
    DryBoot,
    DryRun,
)
from image_props_override.nova_plugin.boot.host_reports import HostReports
from image_props_override.nova_plugin.lifecycle.stopped_server import (
    StoppedServers,
)
from image_props_override.nova_plugin.request.admission import Admission
from image_props_override.nova_plugin.rules import policies

PATH = "/os-image-props-override/preview"


_GIVE_ONE = (
    "A preview needs one image, volume or server: give one of imageRef, "
    "volumeId and serverId"
)
_FLAVOR_OR_SERVER = (
    "A preview of a boot needs flavorRef; with serverId leave flavorRef "
    "out, because the server has a flavor"
)


@dataclass(frozen=True)
class _Seen:
    """What a preview returns of a boot, or of a change of a server.

    Attributes:
        attempt: What is known of it.
        flavor: The flavor.
        policies: The rules that it would have to pass.
        target: User and project of the server; None: the caller's own.
        warnings: By property, why the guest may not boot.
    """

    attempt: Attempt
    flavor: objects.Flavor
    policies: tuple[str, ...]
    target: dict[str, Any] | None = None
    warnings: Mapping[str, str] = field(default_factory=dict)


class PreviewController(wsgi.Controller):
    """A boot or a change with overrides, as far as it changes nothing."""

    def __init__(
        self,
        admission: Admission,
        dry_run: DryRun,
        stopped_servers: StoppedServers,
        host_reports: HostReports,
    ) -> None:
        """Answer.

        Args:
            admission: Reads overrides.
            dry_run: Boots without booting.
            stopped_servers: Knows what a change makes of a server.
            host_reports: What the hosts of this cloud support.
        """
        super().__init__()
        self._admission = admission
        self._dry_run = dry_run
        self._stopped_servers = stopped_servers
        self._host_reports = host_reports

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
        if len({"imageRef", "volumeId", "serverId"} & asked.keys()) != 1:
            raise webob.exc.HTTPBadRequest(explanation=_GIVE_ONE)
        if ("serverId" in asked) is ("flavorRef" in asked):
            raise webob.exc.HTTPBadRequest(explanation=_FLAVOR_OR_SERVER)
        look = self._change if "serverId" in asked else self._boot
        try:
            seen = look(context, asked)
        except UNREACHABLE as error:
            raise webob.exc.HTTPServiceUnavailable(
                explanation=error.format_message()
            ) from error
        attempt = seen.attempt
        problems = (*_policy_problems(context, seen), *attempt.problems)
        entries = preview_entries(
            attempt.before,
            attempt.request.overrides,
            attempt.after,
            seen.flavor.extra_specs,
            self._admission.catalogue,
        )
        support = self._host_reports()
        return {
            "preview": {
                "bootable": not problems,
                "properties": [_entry_view(each, support) for each in entries],
                "problems": [_problem_view(each) for each in problems],
                "warnings": [
                    {"property": name, "message": words}
                    for name, words in seen.warnings.items()
                ],
            }
        }

    def _boot(
        self, context: RequestContext, asked: Mapping[str, Any]
    ) -> _Seen:
        volume_id = asked.get("volumeId")
        flavor = _flavor(context, str(asked["flavorRef"]))
        attempt = self._admission.read(
            context, asked.get(KEY, {}), Purpose.CREATE
        )
        boot = DryBoot(
            attempt,
            flavor,
            asked.get("imageRef"),
            block_devices=(_root_device(volume_id),) if volume_id else (),
        )
        try:
            self._dry_run.check(context, boot)
        except NOT_FOUND as error:
            raise webob.exc.HTTPNotFound(
                explanation=error.format_message()
            ) from error
        ours = (policies.CREATE,) if attempt.request.asked else ()
        return _Seen(
            attempt, flavor, (servers_policies.SERVERS % "create", *ours)
        )

    def _change(
        self, context: RequestContext, asked: Mapping[str, Any]
    ) -> _Seen:
        instance = common.get_instance(
            self._dry_run,
            context,
            asked["serverId"],
            expected_attrs=["flavor", "system_metadata"],
        )
        target = {
            "user_id": instance.user_id,
            "project_id": instance.project_id,
        }
        context.can(servers_policies.SERVERS % "show", target=target)
        attempt, warnings = self._stopped_servers.preview(
            context, instance, asked.get(KEY, {})
        )
        return _Seen(
            attempt,
            instance.flavor,
            (servers_policies.SERVERS % "update", policies.UPDATE),
            target,
            warnings,
        )


def _flavor(context: RequestContext, flavor_id: str) -> objects.Flavor:
    try:
        return objects.Flavor.get_by_flavor_id(
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
    context: RequestContext, seen: _Seen
) -> tuple[Problem, ...]:
    """Return which policies keep the caller from it."""
    refusals = (
        policies.refusal(context, rule, seen.target) for rule in seen.policies
    )
    return tuple(
        Problem("", words, ProblemCode.RULE_DENIES)
        for words in refusals
        if words
    )


def _entry_view(
    entry: PreviewEntry, support: HostSupport | None
) -> dict[str, Any]:
    supported = None
    if support is not None and entry.value is not None:
        supported = support.has(entry.name, entry.value)
    return {
        "name": entry.name,
        "value": entry.value,
        "origin": entry.origin.value,
        "image_value": entry.image_value,
        "supported": supported,
    }


def _problem_view(problem: Problem) -> dict[str, Any]:
    return {
        "property": problem.name or None,
        "code": problem.code.value,
        "message": problem.message,
    }
