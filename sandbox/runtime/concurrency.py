# SPDX-License-Identifier: Apache-2.0
"""Nova's threads: native ones, or eventlet's in Nova 32 and older.

Call ``choose`` before anything else of Nova is imported: it decides then.
"""

import inspect
import os


def choose() -> None:
    """Have Nova run on native threads, if this one can."""
    # In Nova 31 and older this very import puts eventlet in.
    from nova import monkey_patch

    patch = getattr(monkey_patch, "patch", None)
    if patch is None:
        return
    if "backend" in inspect.signature(patch).parameters:
        os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
        patch(backend="threading")
    else:
        # Nova 32's nova-compute has no native threads yet.
        patch()
