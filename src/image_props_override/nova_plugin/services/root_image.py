# SPDX-License-Identifier: Apache-2.0
"""The server's own image as Nova's services read it, with the overrides in it.

Services read Glance again on rebuild, rescue and unshelve. While one call
runs for a server with overrides, the image APIs here give back the server's
own image with them; every other image is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from nova.context import RequestContext

from image_props_override.core.boot.merge import merge
from image_props_override.core.boot.record import (
    effective_properties,
    recorded_overrides,
)
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)


@dataclass(frozen=True)
class RootImage:
    """The image that a server was booted from, and what it overrides.

    Attributes:
        image_ids: Under which ids the call may read it.
        overrides: Canonical name to value; None removes the property.
    """

    image_ids: frozenset[str]
    overrides: Mapping[str, str | None]


def overrides_in_force(
    system_metadata: Mapping[str, str],
) -> dict[str, str | None]:
    """Return what a server overrides, with the values that it has.

    Not those that were asked for: in a snapshot of the server ``%default%``
    would stand for a line in which it is already resolved, and Nova pins a
    default where a property was removed.
    """
    effective = effective_properties(system_metadata)
    return {
        name: effective.get(name)
        for name in recorded_overrides(system_metadata)
    }


def reapplying(
    context: RequestContext, instance: Any, *image_ids: str | None
) -> AbstractContextManager[None]:
    """Have a server's overrides in its own image, within the block.

    Args:
        context: The context of one call.
        instance: The server, with its system metadata.
        *image_ids: Under which the call may read the server's own image.
    """
    overrides = overrides_in_force(instance.system_metadata)
    if not overrides:
        return nullcontext()
    root = RootImage(frozenset(filter(None, image_ids)), overrides)
    return carrying(context, Carried.ROOT_IMAGE, root)


class _Wrapper:
    """One of Nova's APIs; what is not defined here is Nova's own."""

    def __init__(self, api: Any, catalogue: PropertyCatalogue) -> None:
        """Wrap.

        Args:
            api: Nova's.
            catalogue: The image properties that exist.
        """
        self._api = api
        self._catalogue = catalogue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def _effective(
        self, properties: Mapping[str, Any] | None, root: RootImage
    ) -> dict[str, Any]:
        merged = merge(properties or {}, root.overrides, self._catalogue)
        return dict(merged.effective)


class ImageAPI(_Wrapper):
    """Nova's image API, with the overrides in the root image."""

    def get(
        self, context: RequestContext, image_id: str, *args: Any, **kw: Any
    ) -> Any:
        """Return an image as Nova's API does."""
        image = self._api.get(context, image_id, *args, **kw)
        root = _root_of(context)
        if root is None or image_id not in root.image_ids:
            return image
        properties = self._effective(image.get("properties"), root)
        return {**image, "properties": properties}


class VolumeAPI(_Wrapper):
    """Nova's volume API, with the overrides in the root volume's image.

    For the virt driver alone: there the only volume whose image metadata is
    looked at is the root volume, in a rescue.
    """

    def get(
        self, context: RequestContext, volume_id: str, *args: Any, **kw: Any
    ) -> Any:
        """Return a volume as Nova's API does."""
        volume = self._api.get(context, volume_id, *args, **kw)
        root = _root_of(context)
        if root is None:
            return volume
        properties = self._effective(volume.get("volume_image_metadata"), root)
        return {**volume, "volume_image_metadata": properties}


def _root_of(context: RequestContext) -> RootImage | None:
    root: RootImage | None = carried_by(context, Carried.ROOT_IMAGE)
    return root
