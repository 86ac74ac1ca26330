# SPDX-License-Identifier: Apache-2.0
"""The page of Nova's policy rules that this package adds."""

from __future__ import annotations

from image_props_override.nova_plugin.rules.policies import list_rules

_TOP = """\
# Policies

The package adds these rules to Nova's policy. Change them in Nova's own policy
file; [Decide what may be overridden](../operator/admin.md#policy) explains
each.
This page is written by `python -m tools.reference`. For a sample file, run

```
oslopolicy-sample-generator --namespace image_props_override
```
"""


def text() -> str:
    """Return all of the page."""
    lines = [_TOP]
    for rule in list_rules():
        operations = ", ".join(
            f"`{each['method']} {each['path']}`" for each in rule.operations
        )
        lines += [
            f"## {rule.name}\n",
            f"{rule.description}.\n",
            f"- Requests: {operations}",
            f"- Default: `{rule.check_str}`",
            f"- Scope: {', '.join(rule.scope_types or ())}\n",
        ]
    return "\n".join(lines).rstrip() + "\n"
