# SPDX-License-Identifier: Apache-2.0
"""Nova's threads: native ones, or eventlet's in Nova 31 and older.

Call ``choose`` before anything else of Nova is imported: it decides then.
"""

import os


def choose() -> None:
    """Have Nova run on native threads, if this one can."""
    # In older ones this very import puts eventlet in.
    from nova import monkey_patch

    if hasattr(monkey_patch, "patch"):
        os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
        monkey_patch.patch(backend="threading")
