# SPDX-License-Identifier: Apache-2.0
"""How Nova keeps a server's image in system metadata, and reads it again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from nova import utils

_Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def keep_images_through(written: _Change, read: _Change) -> None:
    """Have this process keep and read image properties through functions.

    All of Nova calls its two functions by their module. Again is harmless:
    the first functions stay.

    Args:
        written: Is given the properties that Nova is about to keep.
        read: Is given those that Nova has read.
    """
    novas_write = utils.get_system_metadata_from_image
    novas_read = utils.get_image_from_system_metadata
    if hasattr(novas_read, "__wrapped__"):
        return

    @functools.wraps(novas_write)
    def write(
        image_meta: Mapping[str, Any], *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        kept: dict[str, Any] = novas_write(
            _changed(image_meta, written), *args, **kwargs
        )
        return kept

    @functools.wraps(novas_read)
    def read_again(system_meta: Any) -> dict[str, Any]:
        image: dict[str, Any] = _changed(novas_read(system_meta), read)
        return image

    utils.get_system_metadata_from_image = write
    utils.get_image_from_system_metadata = read_again


def _changed(image: Any, change: _Change) -> Any:
    """Return an image with other properties; the very image without."""
    properties = image.get("properties")
    changed = change(properties) if properties else properties
    if changed is properties:
        return image
    return {**image, "properties": dict(changed)}
