# SPDX-License-Identifier: Apache-2.0
"""What a server's system metadata has of its image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from image_props_override.core.properties.limits import IMAGE_PREFIX


def image_keys(system_metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that are of the image, the record's among them."""
    return {
        key: value
        for key, value in system_metadata.items()
        if key.startswith(IMAGE_PREFIX)
    }


def restore_image_keys(instance: Any, before: Mapping[str, str]) -> None:
    """Give a server back what it had of its image; the caller saves it.

    Args:
        instance: The server.
        before: All that it had of its image.
    """
    metadata = instance.system_metadata
    now = image_keys(metadata)
    if now == before:
        return
    for key in now.keys() - before.keys():
        del metadata[key]
    metadata.update(before)
