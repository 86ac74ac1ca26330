# SPDX-License-Identifier: Apache-2.0
"""Heat's client of Nova, which can override image properties."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from heat.engine.clients.os import nova
from keystoneauth1.adapter import Adapter
from oslo_log import log as logging

from image_props_override.clients.cloud_catalogue import read_with
from image_props_override.clients.compute_requests import (
    STOPPED,
    CloudFeature,
    preview_of_change,
)
from image_props_override.clients.novaclient_extension import (
    Overrides,
    ServerManager,
)
from image_props_override.core.problems import render

LOG = logging.getLogger(__name__)

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
        password: str | None = None,
        preserve_ephemeral: bool = False,
        meta: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        *,
        image_props_override: Overrides | None = None,
    ) -> bool:
        """Rebuild a server, and return whether it could be asked to.

        Args:
            server_id: The server's.
            image_id: The image's.
            password: As Heat's.
            preserve_ephemeral: As Heat's.
            meta: As Heat's.
            files: As Heat's.
            image_props_override: All overrides that the server is to have
                from now on; None keeps those that it has.
        """
        server = self.fetch_server(server_id)
        if not server:
            return False
        server.rebuild(
            image_id,
            password=password,
            preserve_ephemeral=preserve_ephemeral,
            meta=meta,
            files=files,
            image_props_override=image_props_override,
        )
        return True

    def can_change_in_place(
        self, server_id: str, overrides: Overrides
    ) -> bool:
        """Return whether a server can be given overrides and keep its disk.

        Args:
            server_id: The server's.
            overrides: All that it is to have.
        """
        feature = self._feature.if_known()
        server = self.fetch_server(server_id)
        if feature is None or server is None:
            return False
        if server.status not in STOPPED:
            return False
        preview = preview_of_change(
            self._compute, feature.microversion, server_id, overrides
        )
        if preview is None or not preview["bootable"]:
            return False
        for each in preview["warnings"]:
            LOG.warning(
                "Server %s, %s: %s",
                server_id,
                each["property"],
                each["message"],
            )
        return True

    def change_in_place(self, server_id: str, overrides: Overrides) -> None:
        """Give a stopped server other overrides.

        Args:
            server_id: The server's.
            overrides: All that it has from its next start on.
        """
        self.client().servers.update(server_id, image_props_override=overrides)

    def why_not(self, overrides: Overrides) -> str | None:
        """Return what the cloud would refuse overrides for; None: nothing.

        Names and values only; what depends on image, flavor and rules is
        refused when the server is created.

        Raises:
            DiscoveryError: The cloud has none, or does not say which.
        """
        properties = self._feature.required().properties
        problems = read_with(overrides, properties).problems
        return render(problems) if problems else None

    def as_recorded(self, overrides: Overrides) -> Overrides:
        """Return overrides by the names that the cloud knows them by.

        They do not change where the cloud does not return those names, or
        would refuse the overrides.
        """
        feature = self._feature.if_known()
        if feature is None:
            return overrides
        read = read_with(overrides, feature.properties)
        return overrides if read.problems else read.overrides

    @functools.cached_property
    def _feature(self) -> CloudFeature:
        return CloudFeature(self._compute)

    @functools.cached_property
    def _compute(self) -> Adapter:
        return Adapter(
            self.context.keystone_session,
            service_type=self.COMPUTE,
            interface=self._get_client_option("nova", "endpoint_type"),
            region_name=self._get_region_name(),
        )
