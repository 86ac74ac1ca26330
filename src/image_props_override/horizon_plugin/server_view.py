# SPDX-License-Identifier: Apache-2.0
"""What the dashboard shows of a server's image properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from image_props_override.clients.cloud_catalogue import catalogue_of
from image_props_override.clients.compute_requests import (
    STOPPED,
    Feature,
    preview_of_change,
)
from image_props_override.clients.server_properties import (
    properties_of_server,
)
from image_props_override.core.boot.preview import Origin
from image_props_override.core.override_request import KEY
from image_props_override.horizon_plugin.compute import (
    adapter_of,
    send,
)


def view_of_server(
    request: Any, feature: Feature, identifier: str
) -> dict[str, Any]:
    """Return what a server overrides, and what its properties are.

    Args:
        request: The user's to Horizon.
        feature: As the cloud offers it.
        identifier: The server's id.

    Returns:
        - ``overrides``: property to value, None for a removal;
        - ``is_changeable``: whether the server is stopped or shelved;
        - ``flavor_id``: None where the flavor is gone;
        - ``properties``: ``name``, ``value``, ``origin`` and ``image_value``
          of each, in the order of names.

    Raises:
        RefusedError: There is no such server for this user.
    """
    path = f"/servers/{identifier}"
    server = send(request, "GET", path, feature.microversion)["server"]
    # A member may ask for it, and a mere reader not.
    preview = preview_of_change(
        adapter_of(request), feature.microversion, identifier, server[KEY]
    )
    entries = preview["properties"] if preview else []
    image = server["image"] or {}
    rows = properties_of_server(
        server[KEY],
        image.get("properties"),
        _image(request, image.get("id"), entries),
        catalogue_of(feature.properties),
    )
    by_flavor = {
        entry["name"]: entry["value"]
        for entry in entries
        if entry["origin"] == Origin.FLAVOR.value
    }
    return {
        "overrides": server[KEY],
        "is_changeable": server["status"] in STOPPED,
        "flavor_id": _flavor_id(request, path),
        "properties": [
            {
                "name": row.name,
                "value": by_flavor.get(row.name, row.value),
                "origin": Origin.FLAVOR.value
                if row.name in by_flavor
                else row.origin.value,
                "image_value": row.image_value,
            }
            for row in rows
        ],
    }


def _image(
    request: Any,
    identifier: str | None,
    entries: list[Mapping[str, Any]],
) -> dict[str, Any] | None:
    """Return the image's properties; None if they are not known."""
    if identifier is not None:
        answer = adapter_of(request, "image").get(
            f"/v2/images/{identifier}", raise_exc=False
        )
        if answer.ok:
            image: dict[str, Any] = answer.json()
            return image
        return None
    # Of a server on a volume, the preview says what the volume's image had.
    of_volume = {
        entry["name"]: entry["image_value"]
        for entry in entries
        if entry["image_value"] is not None
    }
    return of_volume or None


def _flavor_id(request: Any, path: str) -> str | None:
    """Return the flavor's id, which later microversions leave out."""
    flavor = send(request, "GET", path)["server"]["flavor"]
    identifier: str | None = flavor.get("id")
    return identifier
