# SPDX-License-Identifier: Apache-2.0
"""Who may override at all: rules in Nova's own policy file."""

from __future__ import annotations

from typing import Any

from nova import exception
from nova.context import RequestContext
from nova.policies import base
from oslo_policy import policy

from image_props_override.nova_plugin.nova_privates import (
    policy as nova_policy,
)

CREATE = "os_compute_api:servers:create:image_props_override"
REBUILD = "os_compute_api:servers:rebuild:image_props_override"
UPDATE = "os_compute_api:servers:update:image_props_override"
CATALOGUE = "os_compute_api:os-image-props-override:list"
PREVIEW = "os_compute_api:os-image-props-override:preview"

_RULES = [
    policy.DocumentedRuleDefault(
        name=CREATE,
        check_str=base.PROJECT_MEMBER_OR_ADMIN,
        description="Override image properties of a server at boot",
        operations=[{"method": "POST", "path": "/servers"}],
        scope_types=["project"],
    ),
    policy.DocumentedRuleDefault(
        name=REBUILD,
        check_str=base.PROJECT_MEMBER_OR_ADMIN,
        description="Keep or set overridden image properties at a rebuild",
        operations=[
            {"method": "POST", "path": "/servers/{server_id}/action (rebuild)"}
        ],
        scope_types=["project"],
    ),
    policy.DocumentedRuleDefault(
        name=UPDATE,
        check_str=base.PROJECT_MEMBER_OR_ADMIN,
        description="Change overridden image properties of a stopped server",
        operations=[{"method": "PUT", "path": "/servers/{server_id}"}],
        scope_types=["project"],
    ),
    policy.DocumentedRuleDefault(
        name=CATALOGUE,
        check_str=base.PROJECT_READER_OR_ADMIN,
        description="List the image properties that can be overridden",
        operations=[{"method": "GET", "path": "/os-image-props-override"}],
        scope_types=["project"],
    ),
    policy.DocumentedRuleDefault(
        name=PREVIEW,
        check_str=base.PROJECT_MEMBER_OR_ADMIN,
        description="Show what a boot with overrides would use",
        operations=[
            {"method": "POST", "path": "/os-image-props-override/preview"}
        ],
        scope_types=["project"],
    ),
]


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """Return the rules, for ``oslopolicy-sample-generator`` too."""
    return list(_RULES)


def register() -> None:
    """Let Nova's policy enforcer know the rules; again is harmless."""
    nova_policy.register_policies(_RULES)


def authorize(
    context: RequestContext, rule: str, target: dict[str, Any] | None = None
) -> None:
    """Let the caller pass.

    Args:
        context: The caller's.
        rule: The policy's name.
        target: Whom it concerns, ``user_id`` and ``project_id``; None: the
            caller's own.

    Raises:
        nova.exception.PolicyNotAuthorized: Nova's answer is 403.
    """
    register()
    context.can(rule, target=target)


def refusal(
    context: RequestContext, rule: str, target: dict[str, Any] | None = None
) -> str | None:
    """Return why the caller may not pass, or None; see ``authorize``."""
    try:
        authorize(context, rule, target)
    except exception.PolicyNotAuthorized as error:
        return str(error.format_message())
    return None
