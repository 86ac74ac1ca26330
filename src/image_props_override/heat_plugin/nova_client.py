# SPDX-License-Identifier: Apache-2.0
"""Heat's client of Nova, which can override image properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from heat.engine.clients.os import nova
from keystoneauth1.adapter import Adapter

from image_props_override.clients.compute_requests import find_feature
from image_props_override.clients.novaclient_extension import (
    Overrides,
    ServerManager,
)
from image_props_override.clients.override_checks import problems_with
from image_props_override.core.problems import render

# The entry point's, and so what a resource asks for.
CLIENT_NAME: Final = "nova_image_props"


class NovaClientPlugin(nova.NovaClientPlugin):
    """Heat's own, with servers that take overrides."""

    def _create(self, version: str | None = None) -> Any:
        client = super()._create(version)
        client.servers = ServerManager(client)
        return client

    def rebuild(
        self,
        server_id: str,
        image_id: str,
        *args: Any,
        image_props_override: Overrides | None = None,
        **kwargs: Any,
    ) -> bool:
        """Rebuild a server, and return whether it could be asked to.

        Args:
            server_id: The server's.
            image_id: The image's.
            *args: As Heat's.
            image_props_override: All overrides that the server shall have
                from now on; None keeps those that it has.
            **kwargs: As Heat's.
        """
        server = self.fetch_server(server_id)
        if not server:
            return False
        server.rebuild(
            image_id,
            *args,
            image_props_override=image_props_override,
            **kwargs,
        )
        return True

    def why_not(self, overrides: Mapping[str, str | None]) -> str | None:
        """Return what the cloud would refuse overrides for; None: nothing.

        Names and values only; what depends on image, flavor and rules is
        refused when the server is created.

        Raises:
            DiscoveryError: The cloud does not tell what it takes.
        """
        feature = find_feature(
            Adapter(
                self.context.keystone_session,
                service_type=self.COMPUTE,
                interface=self._get_client_option("nova", "endpoint_type"),
                region_name=self._get_region_name(),
            )
        )
        if feature is None:
            return (
                "the compute service of this cloud does not have"
                " nova-image-props-override"
            )
        problems = problems_with(overrides, feature.properties)
        return render(problems) if problems else None
