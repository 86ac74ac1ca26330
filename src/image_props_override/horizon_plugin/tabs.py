# SPDX-License-Identifier: Apache-2.0
"""The tab **Image Properties** of an instance's details."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from horizon import tabs

from image_props_override.horizon_plugin.compute import feature_or_none


class ImagePropertiesTab(tabs.Tab):
    """Each image property of the server, and where it comes from.

    The browser fills it, by the plug-in's REST views.
    """

    name = _("Image Properties")
    slug = "image_props_override"
    template_name = "image_props_override/detail_tab.html"
    preload = False

    def allowed(self, request: Any) -> bool:
        """Return whether the cloud offers the feature to this user."""
        return feature_or_none(request) is not None

    def get_context_data(
        self,
        request: Any,  # noqa: ARG002 - Horizon passes it.
    ) -> dict[str, Any]:
        """Return which server the tab is about."""
        return {"server_id": self.tab_group.kwargs["instance"].id}
