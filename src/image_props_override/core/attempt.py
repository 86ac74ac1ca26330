# SPDX-License-Identifier: Apache-2.0
"""One request that overrides: who asks for what, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from image_props_override.core.override_request import Asked, OverrideRequest
from image_props_override.core.problems import Problem
from image_props_override.core.str_enum import StrEnum


class Purpose(StrEnum):
    """What a request overrides image properties for."""

    CREATE = "create"
    REBUILD = "rebuild"
    UPDATE = "update"


@dataclass
class Attempt:
    """What is known of one request so far.

    The request's way through nova-api fills it in. What is still empty when
    the request has been answered did not happen.

    Attributes:
        request_id: As Nova's own logs have it.
        user_id: The caller.
        project_id: Where the servers would belong.
        purpose: What the overrides are for.
        request: What is asked for.
        problems: Why it is refused.
        is_planned: Whether the problems are all that there are: the
            overrides have met image and flavor.
        before: The properties of the image, once it is known.
        after: The effective properties, once they are merged.
        server_ids: The servers that were created or rebuilt.
        dropped: What the rebuilt server had overridden, and has no more.
        failure: The kind of error that the request ended with.
    """

    request_id: str | None
    user_id: str | None
    project_id: str | None
    purpose: Purpose
    request: OverrideRequest
    problems: tuple[Problem, ...] = ()
    is_planned: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    server_ids: tuple[str, ...] = ()
    dropped: tuple[Asked, ...] = ()
    failure: str = ""
