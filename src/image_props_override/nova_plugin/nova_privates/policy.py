# SPDX-License-Identifier: Apache-2.0
"""The enforcer of policies."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from nova import policy as nova_policy

_LOCK = threading.Lock()


def register_policies(rules: Sequence[Any]) -> None:
    """Let Nova's policy enforcer know rules; again is harmless.

    Nova builds its enforcer when it is first asked, and may build it anew, so
    this is called before each check, but first when nova-api starts: while
    rules are loaded, the checks of other threads fail.

    Args:
        rules: Defaults of oslo.policy.
    """
    nova_policy.init()
    enforcer = nova_policy._ENFORCER
    with _LOCK:
        known = enforcer.registered_rules
        new = [each for each in rules if each.name not in known]
        if new:
            enforcer.register_defaults(new)
            # Defaults become rules only when rules are loaded.
            enforcer.load_rules(force_reload=True)
