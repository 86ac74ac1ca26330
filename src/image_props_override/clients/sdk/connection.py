# SPDX-License-Identifier: Apache-2.0
"""Connections whose compute service can override image properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openstack.connection import Connection
from openstack.service_description import ServiceDescription

from image_props_override.clients.sdk.compute_proxy import (
    Proxy,
    overrides_of_call,
)


def enable(connection: Connection) -> None:
    """Let a connection override image properties; all else stays as it is.

    ``Connection.add_service`` would do so for all connections of the
    process, whichever their clouds, so this one gets a class of its own.

    Args:
        connection: It may be in use already; servers that it has returned
            before do not know their overrides.
    """
    if not isinstance(connection, _WithOverrides):
        stock = type(connection)
        connection.__class__ = type(
            stock.__name__, (_WithOverrides, stock), {}
        )
        # The compute service, if it was used before.
        connection._proxies.pop("compute", None)


class _WithOverrides:
    """What is different about such a connection."""

    compute: ServiceDescription[Proxy] = ServiceDescription(
        service_type="compute", supported_versions={"2": Proxy}
    )

    # The methods of the cloud layer take known arguments only, and call
    # those of the compute service.

    def create_server(
        self,
        *args: Any,
        image_props_override: Mapping[str, str | None] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Create a server; see ``compute.create_server``."""
        with overrides_of_call(image_props_override):
            return super().create_server(  # type: ignore[misc]
                *args, **kwargs
            )

    def rebuild_server(
        self,
        *args: Any,
        image_props_override: Mapping[str, str | None] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Rebuild a server; see ``compute.rebuild_server``."""
        with overrides_of_call(image_props_override):
            return super().rebuild_server(  # type: ignore[misc]
                *args, **kwargs
            )

    def update_server(
        self,
        *args: Any,
        image_props_override: Mapping[str, str | None] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Change a server; see ``compute.update_server``."""
        with overrides_of_call(image_props_override):
            return super().update_server(  # type: ignore[misc]
                *args, **kwargs
            )
