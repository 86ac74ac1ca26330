# SPDX-License-Identifier: Apache-2.0
"""One request that overrides, on its way through nova-api."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nova.context import RequestContext

from image_props_override.core.audit_entry import AnsweredRequest
from image_props_override.core.override_request import Asked, OverrideRequest
from image_props_override.core.problems import Problem


class Purpose(StrEnum):
    """What a request overrides image properties for."""

    CREATE = "create"
    REBUILD = "rebuild"


@dataclass
class Attempt:
    """What is known of the request so far.

    Its way through nova-api fills it in; what is still empty when the
    request has been answered did not happen.

    Attributes:
        context: The caller's.
        request: What was asked.
        purpose: What the overrides are for.
        problems: Why it is refused.
        before: The properties of the image, once it is known.
        after: The effective properties, once they are merged.
        server_ids: The servers that were created or rebuilt.
        dropped: What the rebuilt server had overridden, and has no more.
        failure: The kind of error that the request ended with.
    """

    context: RequestContext
    request: OverrideRequest
    purpose: Purpose
    problems: tuple[Problem, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    server_ids: tuple[str, ...] = ()
    dropped: tuple[Asked, ...] = ()
    failure: str = ""

    def answered(self) -> AnsweredRequest:
        """Return what is known now, as the auditor is told it."""
        return AnsweredRequest(
            request_id=self.context.request_id,
            user_id=self.context.user_id,
            project_id=self.context.project_id,
            operation=self.purpose.value,
            request=self.request,
            problems=self.problems,
            before=self.before,
            after=self.after,
            server_ids=self.server_ids,
            dropped=self.dropped,
            failure=self.failure,
        )
