# SPDX-License-Identifier: Apache-2.0
"""Who may override at all: rules in Nova's own policy file."""

from __future__ import annotations

from nova.context import RequestContext
from nova.policies import base
from oslo_policy import policy

from image_props_override.nova_plugin import nova_privates

CREATE = "os_compute_api:servers:create:image_props_override"
CATALOGUE = "os_compute_api:os-image-props-override:list"

_RULES = [
    policy.DocumentedRuleDefault(
        name=CREATE,
        check_str=base.PROJECT_MEMBER_OR_ADMIN,
        description="Override image properties of a server at boot",
        operations=[{"method": "POST", "path": "/servers"}],
        scope_types=["project"],
    ),
    policy.DocumentedRuleDefault(
        name=CATALOGUE,
        check_str=base.PROJECT_READER_OR_ADMIN,
        description="List the image properties that can be overridden",
        operations=[{"method": "GET", "path": "/os-image-props-override"}],
        scope_types=["project"],
    ),
]


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """Return the rules, for ``oslopolicy-sample-generator`` too."""
    return list(_RULES)


def authorize(context: RequestContext, rule: str) -> None:
    """Let the caller pass.

    Raises:
        nova.exception.PolicyNotAuthorized: Nova's answer is 403.
    """
    nova_privates.register_policies(_RULES)
    context.can(rule)
