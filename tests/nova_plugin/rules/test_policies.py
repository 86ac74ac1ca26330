# SPDX-License-Identifier: Apache-2.0
"""The policies are documented where operators and users look for them."""

from __future__ import annotations

import pytest
from nova.policies import base
from oslo_policy.policy import DocumentedRuleDefault

from image_props_override.nova_plugin.rules import policies
from tests import PROJECT

DOCS = PROJECT / "docs"
ROLES = {
    base.PROJECT_MEMBER_OR_ADMIN: "members",
    base.PROJECT_READER_OR_ADMIN: "readers",
}


@pytest.mark.parametrize(
    "rule", policies.list_rules(), ids=lambda rule: rule.name
)
def test_policy_is_documented(rule: DocumentedRuleDefault) -> None:
    """The guide has the rule and its default, the API reference the rule."""
    row = f"| `{rule.name}` | {ROLES[rule.check_str]} |"
    assert row in (DOCS / "operator" / "admin.md").read_text()
    assert f"`{rule.name}`" in (DOCS / "reference" / "api.md").read_text()
