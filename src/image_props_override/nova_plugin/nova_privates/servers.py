# SPDX-License-Identifier: Apache-2.0
"""The API's controller and view of servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova.api.openstack.compute import servers
from nova.api.openstack.compute.views import servers as servers_views

from image_props_override.core.boot.record import without_record

# Is called with a request and an instance that its answer will show.
Shown = Callable[[Any, Any], None]


class ServersViewBuilder(servers_views.ViewBuilder):
    """Nova's view of a server, which calls back for each server it shows."""

    def __init__(self, shown: Shown, properties_shown: Shown) -> None:
        """Build Nova's.

        Args:
            shown: Is called for each instance.
            properties_shown: Is called for each whose image is shown with
                properties, which Nova takes from its system metadata.
        """
        super().__init__()
        self._shown = shown
        self._properties_shown = properties_shown

    def show(
        self, request: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Return Nova's own view, after a call of ``shown``."""
        # An instance of a cell that is down is a stub without attributes.
        if "display_name" in instance:
            self._shown(request, instance)
        return super().show(request, instance, *args, **kwargs)

    def _get_image(self, request: Any, instance: Any) -> Any:
        image = super()._get_image(request, instance)
        # Nova 31 and older show whatever begins with "image_" as a property.
        if image and "properties" in image:
            image["properties"] = without_record(image["properties"])
            self._properties_shown(request, instance)
        return image


class ServersController(servers.ServersController):
    """Nova's servers controller, with a view builder of ours."""

    def __init__(self, shown: Shown, properties_shown: Shown) -> None:
        """Build Nova's, with our view builder, which says what it shows."""
        super().__init__()
        self._view_builder = ServersViewBuilder(shown, properties_shown)

    def find_server(self, context: Any, req: Any, server_id: str) -> Any:
        """Return an instance as Nova's update reads it.

        Raises:
            webob.exc.HTTPNotFound: There is none, or not for the caller.
        """
        return self._get_server(context, req, server_id, is_detail=True)

    def novas_rebuild(self, req: Any, id: str, body: Any) -> Any:
        """Rebuild a server; the method's name differs between releases."""
        name = servers.ServersController.wsgi_actions["rebuild"]
        return getattr(super(), name)(req=req, id=id, body=body)
