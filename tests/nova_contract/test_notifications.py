# SPDX-License-Identifier: Apache-2.0
"""What Nova's notifications tell of a server's image."""

from __future__ import annotations

import inspect

from nova import notifications
from nova.compute import utils as compute_utils
from nova.notifications import base
from nova.notifications.objects import image
from nova.objects import ImageMetaProps


def test_all_of_the_image_is_told() -> None:
    """Unversioned ones tell whatever begins with ``image_``."""
    told = base.image_meta({"image_a:b": "c", "other": "d"})
    assert told == {"a:b": "c"}


def test_who_asks() -> None:
    """Both callers look the function up in a module when they need it."""
    assert notifications.image_meta is base.image_meta
    assert "= image_meta(" in inspect.getsource(base.info_from_instance)
    assert "notifications.image_meta(" in inspect.getsource(
        compute_utils.notify_usage_exists
    )


def test_versioned() -> None:
    """Versioned ones tell fields of ImageMetaProps only."""
    told = set(image.ImageMetaPropsPayload.SCHEMA)
    assert told <= set(ImageMetaProps.fields)
