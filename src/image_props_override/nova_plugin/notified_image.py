# SPDX-License-Identifier: Apache-2.0
"""Keeps the record out of what notifications tell of a server's image.

Nova's unversioned notifications carry all system metadata of the image as
``image_meta``; whoever bills or searches by it has no use for the record.
Versioned notifications tell the fields of ``ImageMetaProps`` only.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from nova import notifications
from nova.notifications import base

from image_props_override.core.override_record import without_record


def keep_record_out_of_notifications() -> None:
    """Let this process' notifications tell images without the record.

    Each service sends its own, so each has to call this; again is harmless.
    """
    novas = base.image_meta
    if hasattr(novas, "__wrapped__"):
        return

    @functools.wraps(novas)
    def image_meta(system_metadata: Mapping[str, Any]) -> dict[str, Any]:
        return without_record(novas(system_metadata))

    # Both: the package takes the function over by its name.
    base.image_meta = notifications.image_meta = image_meta
