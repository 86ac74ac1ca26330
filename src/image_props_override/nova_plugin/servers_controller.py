# SPDX-License-Identifier: Apache-2.0
"""``/servers`` with ``image_props_override``."""

from __future__ import annotations

from typing import Any

import webob.exc
from nova import exception
from nova.api.openstack import wsgi
from nova.context import RequestContext

from image_props_override.core.audit_entry import Attempt
from image_props_override.core.override_record import recorded_overrides
from image_props_override.core.override_request import (
    KEY,
    read_override_request,
)
from image_props_override.core.problems import (
    Problem,
    ProblemCode,
    only_rules_refuse,
    render,
)
from image_props_override.nova_plugin import nova_privates, policies
from image_props_override.nova_plugin.compute_api import (
    ComputeAPI,
    overriding,
)
from image_props_override.nova_plugin.extension import Extension
from image_props_override.nova_plugin.microversion import is_requested
from image_props_override.nova_plugin.operator_rules import caller_of

# Server id to what was overridden for it, while one request is answered.
_ENVIRON_RECORDS = "image_props_override.records"


class ViewBuilder(nova_privates.ServersViewBuilder):
    """Nova's view of a server, which remembers the servers' records.

    They cannot be added here: Nova checks its answers against schemas that
    do not know the key, after the view is built.
    """

    def shown(self, request: wsgi.Request, instance: Any) -> None:
        """Remember what was overridden for an instance."""
        if is_requested(request):
            records = request.environ.setdefault(_ENVIRON_RECORDS, {})
            records[instance.uuid] = recorded_overrides(
                instance.system_metadata
            )


class ServersController(nova_privates.ServersController):
    """Nova's servers controller with overrides of image properties."""

    _view_builder_class = ViewBuilder

    def __init__(self, extension: Extension) -> None:
        """Serve with the extension's catalogue and rules."""
        super().__init__()
        self._extension = extension
        self.compute_api = ComputeAPI(
            extension.catalogue, extension.protections
        )

    @wsgi.response(202)
    @wsgi.expected_errors((400, 403, 409))
    def create(self, req: wsgi.Request, body: Any) -> Any:
        """Create servers whose image has overridden properties."""
        server = body.get("server") if isinstance(body, dict) else None
        if (
            # Below our microversion the key stays, and Nova refuses it.
            not is_requested(req)
            or not isinstance(server, dict)
            or KEY not in server
        ):
            return super().create(req=req, body=body)
        context = req.environ["nova.context"]
        attempt = self._read_attempt(context, server.pop(KEY))
        with (
            self._extension.auditor.audited(attempt),
            overriding(context, attempt),
        ):
            _refuse_unless_authorized(context, attempt)
            _refuse_problems(attempt)
            return super().create(req=req, body=body)

    def show(self, req: wsgi.Request, id: str) -> Any:
        """Return a server, with what was overridden for it."""
        return _with_records(req, super().show(req=req, id=id))

    def detail(self, req: wsgi.Request) -> Any:
        """Return servers, with what was overridden for each."""
        return _with_records(req, super().detail(req=req))

    def update(self, req: wsgi.Request, id: str, body: Any) -> Any:
        """Change a server and return it, with what was overridden for it."""
        return _with_records(req, super().update(req=req, id=id, body=body))

    def _read_attempt(self, context: RequestContext, raw: object) -> Attempt:
        """Return what the value of the key asks for."""
        rules = self._extension.rules
        caller = caller_of(context)
        request = read_override_request(
            raw,
            self._extension.catalogue,
            lambda name, value: rules.decide(name, value, caller),
        )
        return Attempt(
            request_id=context.request_id,
            user_id=context.user_id,
            project_id=context.project_id,
            request=request,
            problems=request.problems,
        )


def _refuse_unless_authorized(
    context: RequestContext, attempt: Attempt
) -> None:
    try:
        policies.authorize(context, policies.CREATE)
    except exception.PolicyNotAuthorized as error:
        # All that counts, and all that the caller is told.
        attempt.problems = (Problem("", str(error), ProblemCode.RULE_DENIES),)
        raise


def _refuse_problems(attempt: Attempt) -> None:
    if not attempt.problems:
        return
    refusal = (
        webob.exc.HTTPForbidden
        if only_rules_refuse(attempt.problems)
        else webob.exc.HTTPBadRequest
    )
    raise refusal(explanation=render(attempt.problems))


def _with_records(req: wsgi.Request, answer: dict[str, Any]) -> dict[str, Any]:
    """Add what was overridden to each server of an answer, in place."""
    records = req.environ.pop(_ENVIRON_RECORDS, {})
    servers = answer["servers"] if "servers" in answer else [answer["server"]]
    for server in servers:
        if server["id"] in records:
            server[KEY] = records[server["id"]]
    return answer
