# SPDX-License-Identifier: Apache-2.0
"""Keeps the record out of notifications about a server's image.

Nova's unversioned notifications carry all system metadata of the image as
``image_meta``; whoever bills or searches by it has no use for the record.
Versioned notifications have the fields of ``ImageMetaProps`` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from image_props_override.core.boot.long_values import joined
from image_props_override.core.boot.record import without_record
from image_props_override.nova_plugin.nova_privates import notifications


def keep_record_out_of_notifications() -> None:
    """Have this process' notifications show images without the record.

    Each service sends its own, so each has to call this; again is harmless.
    """
    notifications.tell_images_through(_without_record)


def _without_record(image_properties: Mapping[str, Any]) -> dict[str, Any]:
    return without_record(joined(image_properties))
