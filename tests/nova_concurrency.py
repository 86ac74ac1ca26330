# SPDX-License-Identifier: Apache-2.0
"""Threads or eventlet: as the installed Nova runs its own functional tests."""

from __future__ import annotations

import os


def choose() -> None:
    """Choose, before anything else of Nova is imported.

    Native threads, as nova-api runs today, where Nova lets its operators
    choose them. Older releases have threads at most as an experiment: their
    functional tests need eventlet.
    """
    # Where it is not set, importing older releases patches eventlet in.
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "false"
    from nova import monkey_patch

    if hasattr(monkey_patch, "_get_concurrency_from_config"):
        os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
        monkey_patch.patch(backend="threading")
    elif hasattr(monkey_patch, "patch"):
        monkey_patch.patch()
