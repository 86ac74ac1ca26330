# SPDX-License-Identifier: Apache-2.0
"""Native threads or eventlet's."""

from __future__ import annotations

import os

_SWITCH = "OS_NOVA_DISABLE_EVENTLET_PATCHING"


def leave_eventlet_out() -> None:
    """Keep Nova 31 and older from putting eventlet in, for a command.

    They do it while they are imported, and eventlet complains of whatever
    was imported before. It is needed only to serve. Newer ones leave it to
    their services.
    """
    given = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "true"
    from nova import monkey_patch

    if not hasattr(monkey_patch, "patch"):
        return
    del os.environ[_SWITCH]
    if given is not None:
        os.environ[_SWITCH] = given
