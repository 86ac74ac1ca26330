# SPDX-License-Identifier: Apache-2.0
"""The snapshot that a shelved server will be started from.

It has the server's image properties as properties of its own, and they are
what Nova gives the guest then. So a change of the server is one of its
snapshot, made with the caller's token: the snapshot is the caller's image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova import exception
from nova.context import RequestContext
from nova.image import glance

from image_props_override.core.boot.record import without_record
from image_props_override.core.boot.stopped_server import base_properties
from image_props_override.core.properties.catalogue import PropertyCatalogue


class SnapshotUnchangedError(Exception):
    """The snapshot cannot have the new properties; the text says why."""


@dataclass
class ShelvedSnapshot:
    """One server's snapshot and its new properties.

    Attributes:
        image_id: The snapshot's.
        old: Its properties now.
        new: Its properties from now on.
    """

    image_id: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    def write(self, context: RequestContext) -> None:
        """Give the snapshot its new properties.

        Raises:
            SnapshotUnchangedError: Glance refuses.
        """
        self._update(context, self.new)

    def undo(self, context: RequestContext) -> None:
        """Give the snapshot its old properties back."""
        self._update(context, self.old)

    def _update(
        self, context: RequestContext, properties: Mapping[str, Any]
    ) -> None:
        if self.old == self.new:
            return
        api = glance.API()
        try:
            image = api.get(context, self.image_id)
            api.update(
                context,
                self.image_id,
                {**image, "properties": dict(properties)},
                purge_props=True,
            )
        except (
            exception.Forbidden,
            exception.ImageNotAuthorized,
            exception.ImageNotFound,
        ) as error:
            raise SnapshotUnchangedError(
                "The server is shelved, and the properties of its snapshot "
                f"{self.image_id} cannot be changed: "
                f"{error.format_message()} Unshelve the server, stop it, and "
                "repeat the request"
            ) from error


def snapshot_of(
    context: RequestContext,
    instance: Any,
    after: Mapping[str, Any],
    names: frozenset[str],
    catalogue: PropertyCatalogue,
) -> ShelvedSnapshot | None:
    """Return the snapshot of a shelved server; None if there is none.

    Args:
        context: The caller's.
        instance: The server.
        after: Its effective properties from now on.
        names: What is overridden before or after, by canonical names.
        catalogue: The image properties that exist.

    Raises:
        SnapshotUnchangedError: It cannot be read.
    """
    image_id = instance.system_metadata.get("shelved_image_id")
    if not image_id:
        return None
    try:
        image = glance.API().get(context, image_id)
    except (exception.ImageNotFound, exception.ImageNotAuthorized) as error:
        raise SnapshotUnchangedError(
            f"The server is shelved, and its snapshot {image_id} cannot be "
            "read, so the server could not be started with the change"
        ) from error
    old = dict(image["properties"])
    new = base_properties(old, without_record(after), names, catalogue)
    return ShelvedSnapshot(image_id, old, new)
