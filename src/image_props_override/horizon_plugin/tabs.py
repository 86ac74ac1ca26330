# SPDX-License-Identifier: Apache-2.0
"""The tab **Image Properties** of an instance's details."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from horizon import tabs

from image_props_override.clients.cloud_catalogue import catalogue_of
from image_props_override.clients.server_properties import (
    properties_of_server,
)
from image_props_override.core.override_request import KEY
from image_props_override.horizon_plugin.compute import (
    adapter_of,
    feature_or_none,
)


class ImagePropertiesTab(tabs.Tab):
    """Each image property of the server, and where it comes from."""

    name = _("Image Properties")
    slug = "image_props_override"
    template_name = "image_props_override/detail_tab.html"
    preload = False

    def allowed(self, request: Any) -> bool:
        """Return whether the cloud offers the feature to this user."""
        self._feature = feature_or_none(request)
        return self._feature is not None

    def get_context_data(self, request: Any) -> dict[str, Any]:
        """Return the rows of the table, or why there are none."""
        feature = self._feature
        assert feature is not None
        identifier = self.tab_group.kwargs["instance"].id
        answer = adapter_of(request).get(
            f"/servers/{identifier}",
            microversion=feature.microversion,
            raise_exc=False,
        )
        if not answer.ok:
            return {"failed": True}
        server = answer.json()["server"]
        image = server["image"] or {}
        rows = properties_of_server(
            server[KEY],
            image.get("properties"),
            _image(request, image.get("id")),
            catalogue_of(feature.properties),
        )
        return {"rows": rows}


def _image(request: Any, identifier: str | None) -> dict[str, Any] | None:
    if identifier is None:
        return None
    answer = adapter_of(request, "image").get(
        f"/v2/images/{identifier}", raise_exc=False
    )
    if not answer.ok:
        return None
    image: dict[str, Any] = answer.json()
    return image
