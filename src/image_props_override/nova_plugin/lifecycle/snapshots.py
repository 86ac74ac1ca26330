# SPDX-License-Identifier: Apache-2.0
"""Snapshots of servers whose overrides Glance would not take.

A snapshot inherits the server's image properties, and Glance refuses it as a
whole if its property protections forbid the caller to create one of them. A
server would have lost its snapshots to an override; so what is overridden and
may not be created stays out of the snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

from nova.conf import CONF
from nova.context import RequestContext
from nova.image import glance
from oslo_log import log as logging

from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)
from image_props_override.nova_plugin.rules.glance_protections import (
    GlanceProtections,
)

LOG = logging.getLogger(__name__)


class SnapshotImages(glance.API):
    """Nova's access to images, which leaves properties out of new ones."""

    def create(
        self,
        context: RequestContext,
        image_info: dict[str, Any],
        data: Any = None,
    ) -> Any:
        """Create an image without the properties that are to be left out."""
        left_out: Collection[str] = carried_by(
            context, Carried.LEFT_OUT_OF_IMAGES, ()
        )
        properties = {
            name: value
            for name, value in image_info.get("properties", {}).items()
            if name not in left_out
        }
        return super().create(
            context, {**image_info, "properties": properties}, data=data
        )


def unwelcome_overrides(
    protections: GlanceProtections | None,
    context: RequestContext,
    recorded: Mapping[str, str | None],
) -> frozenset[str]:
    """Return the overridden properties that Glance would refuse to create.

    Args:
        protections: What Glance lets users do, if known.
        context: The caller's.
        recorded: What the server overrides.

    Returns:
        The names that a snapshot would have them under, legacy ones too.
    """
    if protections is None:
        return frozenset()
    return frozenset(
        name
        for canonical, value in recorded.items()
        if value is not None
        for name in protections.names_of(canonical)
        if not protections.may_create(context, name)
    )


def overrides_not_inherited(
    recorded: Mapping[str, str | None],
) -> frozenset[str]:
    """Return the overridden properties that Nova leaves out of snapshots.

    As ``nova.conf [DEFAULT] non_inheritable_image_properties`` says. The four
    ``img_signature*``, which Nova never lets snapshots inherit, are not among
    them: no server reads them.

    Args:
        recorded: What the server overrides.
    """
    return frozenset(
        name
        for name in CONF.non_inheritable_image_properties
        if recorded.get(name) is not None
    )


def leaving_out(
    context: RequestContext, instance: Any, names: Collection[str]
) -> AbstractContextManager[None]:
    """Keep properties out of the images that the block creates.

    Args:
        context: The one that images are created with.
        instance: The server, for the log.
        names: As the images would have them.
    """
    if names:
        LOG.info(
            "Its snapshot lacks %s, which Glance does not let the user create",
            ", ".join(sorted(names)),
            instance=instance,
        )
    return carrying(context, Carried.LEFT_OUT_OF_IMAGES, frozenset(names))
