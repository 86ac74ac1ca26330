# SPDX-License-Identifier: Apache-2.0
"""The API's controller and view of servers."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.compute import servers
from nova.api.openstack.compute.views import servers as servers_views


class ServersViewBuilder(servers_views.ViewBuilder):
    """Nova's view of a server, which tells of each server that it shows."""

    def show(
        self, request: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Return Nova's own view, after a call of :meth:`shown`."""
        # An instance of a cell that is down is a stub without attributes.
        if "display_name" in instance:
            self.shown(request, instance)
        return super().show(request, instance, *args, **kwargs)

    def shown(self, request: Any, instance: Any) -> None:
        """Take notice of an instance that an answer will show."""


class ServersController(servers.ServersController):
    """Nova's servers controller, with a view builder of ours."""

    _view_builder_class = ServersViewBuilder

    def novas_rebuild(self, req: Any, id: str, body: Any) -> Any:
        """Rebuild a server; the method's name differs between releases."""
        name = servers.ServersController.wsgi_actions["rebuild"]
        return getattr(super(), name)(req=req, id=id, body=body)
