# SPDX-License-Identifier: Apache-2.0
"""``/servers`` with ``image_props_override``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import webob.exc
from nova import exception
from nova.api.openstack import wsgi
from nova.policies import servers as servers_policies

from image_props_override.core.attempt import Attempt, Purpose
from image_props_override.core.boot.record import recorded_overrides
from image_props_override.core.override_request import KEY
from image_props_override.core.problems import (
    Problem,
    ProblemCode,
    refusal_status,
    render,
)
from image_props_override.core.properties.limits import COMMAND_LINE
from image_props_override.nova_plugin.api.microversion import is_requested
from image_props_override.nova_plugin.boot.compute_api import (
    OverridesDoNotFit,
    overriding,
)
from image_props_override.nova_plugin.boot.dry_run import UNREACHABLE
from image_props_override.nova_plugin.lifecycle.long_lines import (
    long_line_of,
)
from image_props_override.nova_plugin.lifecycle.rebuild_request import asking
from image_props_override.nova_plugin.lifecycle.server_operations import (
    ServerOperations,
)
from image_props_override.nova_plugin.lifecycle.stopped_server import (
    StoppedServers,
)
from image_props_override.nova_plugin.lifecycle.stopped_server_write import (
    ConflictError,
)
from image_props_override.nova_plugin.nova_privates import servers as novas
from image_props_override.nova_plugin.request.admission import (
    Admission,
    refuse_unless_authorized,
)
from image_props_override.nova_plugin.request.audit import Auditor
from image_props_override.nova_plugin.rules import policies

# Nova's method has logged what it did not expect, and made it an answer: to be
# left as it is.
_NOVAS_OWN = 500

# Server id to what was overridden for it, while one request is answered.
_ENVIRON_RECORDS = "image_props_override.records"
# Server id to its command line, where it is kept in parts.
_ENVIRON_LINES = "image_props_override.lines"


class ServersController(novas.ServersController):
    """Nova's servers controller with overrides of image properties."""

    def __init__(
        self,
        admission: Admission,
        auditor: Auditor,
        operations: ServerOperations,
        stopped_servers: StoppedServers,
    ) -> None:
        """Serve.

        Args:
            admission: Reads overrides.
            auditor: Tells who overrode what.
            operations: The compute API to use.
            stopped_servers: Changes what they override.
        """
        super().__init__(_remember_record, _remember_line)
        self._admission = admission
        self._auditor = auditor
        self.compute_api = operations
        self._stopped_servers = stopped_servers

    @wsgi.response(202)
    @wsgi.expected_errors((400, 403, 409, _NOVAS_OWN))
    def create(self, req: wsgi.Request, body: Any) -> Any:
        """Create servers whose image has overridden properties."""
        server = _carrier_of_key(req, body, "server")
        if server is None:
            return super().create(req=req, body=body)
        context = req.environ["nova.context"]
        attempt = self._admission.read(
            context, server.pop(KEY), Purpose.CREATE
        )
        with (
            self._auditor.audited(attempt),
            overriding(context, attempt),
        ):
            refuse_unless_authorized(context, attempt, policies.CREATE)
            with _all_problems(attempt):
                return super().create(req=req, body=body)

    @wsgi.response(202)
    @wsgi.expected_errors((400, 403, 404, 409, _NOVAS_OWN))
    @wsgi.action("rebuild")
    def rebuild(self, req: wsgi.Request, id: str, body: Any) -> Any:
        """Rebuild a server; return it, with what is overridden for it."""
        arguments = _carrier_of_key(req, body, "rebuild")
        context = req.environ["nova.context"]
        with (
            nullcontext()
            if arguments is None
            else asking(context, arguments.pop(KEY))
        ):
            answer = self.novas_rebuild(req=req, id=id, body=body)
        _with_records(req, answer.obj)
        return answer

    def show(self, req: wsgi.Request, id: str) -> Any:
        """Return a server, with what was overridden for it."""
        return _with_records(req, super().show(req=req, id=id))

    def detail(self, req: wsgi.Request) -> Any:
        """Return servers, with what was overridden for each."""
        return _with_records(req, super().detail(req=req))

    @wsgi.expected_errors((400, 403, 404, 409, 503, _NOVAS_OWN))
    def update(self, req: wsgi.Request, id: str, body: Any) -> Any:
        """Change a server and return it, with what is overridden for it."""
        server = _carrier_of_key(req, body, "server")
        if server is None:
            return _with_records(
                req, super().update(req=req, id=id, body=body)
            )
        context = req.environ["nova.context"]
        raw = server.pop(KEY)
        instance = self.find_server(context, req, id)
        # As Nova's own update does first.
        context.can(
            servers_policies.SERVERS % "update",
            target={
                "user_id": instance.user_id,
                "project_id": instance.project_id,
            },
        )
        try:
            with self._stopped_servers.changing(context, instance, raw):
                answer = super().update(req=req, id=id, body=body)
        except ConflictError as error:
            raise webob.exc.HTTPConflict(explanation=str(error)) from error
        except OverridesDoNotFit as error:
            raise webob.exc.HTTPBadRequest(
                explanation=error.format_message()
            ) from error
        except UNREACHABLE as error:
            raise webob.exc.HTTPServiceUnavailable(
                explanation=error.format_message()
            ) from error
        return _with_records(req, answer)


def _remember_record(req: wsgi.Request, instance: Any) -> None:
    """Remember what was overridden for a server that an answer shows.

    It cannot be added yet: Nova checks its answers against schemas that do
    not know the key, after the view is built.
    """
    if is_requested(req):
        records = req.environ.setdefault(_ENVIRON_RECORDS, {})
        records[instance.uuid] = recorded_overrides(instance.system_metadata)


@contextmanager
def _all_problems(attempt: Attempt) -> Iterator[None]:
    """Report the problems with overrides where Nova refuses before the merge.

    The merge point reports all of them, but an image or a flavor that does not
    exist ends the request before.
    """
    try:
        yield
    except (
        webob.exc.HTTPBadRequest,
        webob.exc.HTTPConflict,
        exception.ValidationError,
    ) as error:
        if attempt.is_planned or not attempt.problems:
            raise
        if isinstance(error, exception.ValidationError):
            words = error.format_message()
        else:
            words = error.explanation
        attempt.problems += (Problem("", words, ProblemCode.NOVA_REFUSES),)
        refusal = webob.exc.status_map[refusal_status(attempt.problems)]
        raise refusal(explanation=render(attempt.problems)) from error


def _carrier_of_key(
    req: wsgi.Request, body: Any, name: str
) -> dict[str, Any] | None:
    """Return the part of a body that has our key, or None.

    Below our microversion the key stays there, and Nova refuses it.
    """
    part = body.get(name) if isinstance(body, dict) else None
    if is_requested(req) and isinstance(part, dict) and KEY in part:
        return part
    return None


def _remember_line(req: wsgi.Request, instance: Any) -> None:
    """Remember a long command line of a server whose properties are shown.

    Nova's schemas know no image property of more than 255 characters.
    """
    if line := long_line_of(instance):
        req.environ.setdefault(_ENVIRON_LINES, {})[instance.uuid] = line


def _show_whole(server: dict[str, Any], line: str) -> None:
    """Replace a marker by its command line, in place."""
    properties = (server.get("image") or {}).get("properties", {})
    if COMMAND_LINE in properties:
        properties[COMMAND_LINE] = line


def _with_records(req: wsgi.Request, answer: dict[str, Any]) -> dict[str, Any]:
    """Add what was overridden to each server of an answer, in place."""
    records = req.environ.pop(_ENVIRON_RECORDS, {})
    lines = req.environ.pop(_ENVIRON_LINES, {})
    servers = answer["servers"] if "servers" in answer else [answer["server"]]
    for server in servers:
        if server["id"] in records:
            server[KEY] = records[server["id"]]
        if line := lines.get(server["id"]):
            _show_whole(server, line)
    return answer
