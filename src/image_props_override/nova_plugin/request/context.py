# SPDX-License-Identifier: Apache-2.0
"""What our code carries on the context of one request, or one call over RPC.

Nova's signatures differ between releases and have no place for it. Its
context it hands to all that works for a request, in whatever thread. None is
shared between requests, ``elevated()`` takes along what is on it, and RPC
does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nova.context import RequestContext

from image_props_override.core.str_enum import StrEnum

_ABSENT = object()


class Carried(StrEnum):
    """All that is carried; the values are names of attributes."""

    # In nova-api, from our controllers to Nova's own steps.
    ATTEMPT = "image_props_override"
    DRY_BOOT = "image_props_override_dry_boot"
    ASKED_OF_REBUILD = "image_props_override_asked"
    REBUILD = "image_props_override_rebuild"
    STOPPED_CHANGE = "image_props_override_change"
    LEFT_OUT_OF_IMAGES = "image_props_override_left_out"
    # In nova-conductor and nova-compute.
    ROOT_IMAGE = "image_props_override_root"
    TRAITS_TO_CHECK = "image_props_override_check_traits_of"


@contextmanager
def carrying(
    context: RequestContext, what: Carried, value: object
) -> Iterator[None]:
    """Have a context carry something within the block.

    Args:
        context: The context of one request or call.
        what: The name that it is asked for by.
        value: Is carried; afterwards, what was there before.
    """
    before = carried_by(context, what, _ABSENT)
    setattr(context, what.value, value)
    try:
        yield
    finally:
        if before is _ABSENT:
            delattr(context, what.value)
        else:
            setattr(context, what.value, before)


def carried_by(
    context: RequestContext, what: Carried, default: Any = None
) -> Any:
    """Return what a context carries, or the default."""
    return getattr(context, what.value, default)
