# SPDX-License-Identifier: Apache-2.0
"""The SDK's server, with what was overridden for it."""

from __future__ import annotations

import copy
from collections.abc import Generator, Mapping
from typing import Any

from openstack import exceptions, resource
from openstack.compute.v2 import server

from image_props_override.clients.compute_requests import RequestsWithOverrides
from image_props_override.core.override_request import KEY


class Server(server.Server):
    """A server that was read, or is created or changed, with overrides.

    The session is our own ``Proxy``, which knows the microversion; but a
    server may be handed to another connection, which does not.
    """

    #: Image property to value, None for a removed one. *Type: dict*
    image_props_override = resource.Body(KEY, type=dict)

    def create(
        self,
        session: Any,
        *args: Any,
        microversion: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Create the server; only overrides need the feature."""
        if self.image_props_override is not None:
            microversion = session.microversion_to_send()
        return super().create(
            session, *args, microversion=microversion, **kwargs
        )

    def commit(
        self,
        session: Any,
        *args: Any,
        microversion: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Change the server; only overrides need the feature."""
        if KEY in self._body.dirty:
            microversion = session.microversion_to_send()
        return super().commit(
            session, *args, microversion=microversion, **kwargs
        )

    def fetch(
        self,
        session: Any,
        *args: Any,
        microversion: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Read the server, with its overrides if the cloud returns them."""
        if microversion is None and hasattr(session, "microversion_to_read"):
            microversion = session.microversion_to_read()
        return super().fetch(
            session, *args, microversion=microversion, **kwargs
        )

    @classmethod
    def list(
        cls,
        session: Any,
        *args: Any,
        microversion: str | None = None,
        **kwargs: Any,
    ) -> Generator[Any, None, None]:
        """Read many servers, with their overrides as ``fetch`` does."""
        return super().list(
            session,
            *args,
            microversion=microversion or session.microversion_to_read(),
            **kwargs,
        )

    def rebuild(
        self,
        session: Any,
        *args: Any,
        image_props_override: Mapping[str, str | None] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Rebuild the server.

        Args:
            session: The compute service.
            *args: As the SDK's.
            image_props_override: All overrides that the server is to have
                from now on. An empty mapping drops those that it has; None
                keeps them.
            **kwargs: As the SDK's.
        """
        if image_props_override is None:
            return super().rebuild(session, *args, **kwargs)
        requests = RequestsWithOverrides(
            session.microversion_to_send(), image_props_override
        )
        # Other threads use the session, too.
        sender = copy.copy(session)
        with requests.on(sender):
            return super().rebuild(sender, *args, **kwargs)


def find_server(compute: Any, name_or_id: str) -> Any:
    """Return the server, or None if there is none."""
    # What the SDK does by default about one that is missing, changes with
    # its 6.0.
    try:
        return compute.find_server(name_or_id, ignore_missing=False)
    except exceptions.NotFoundException:
        return None


def read_server(compute: Any, server_id: str, microversion: str) -> Any:
    """Return a server as it is now, with its overrides.

    As a new object: the SDK keeps old values of fields that an answer lacks.

    Args:
        compute: The SDK's compute service.
        server_id: The server's.
        microversion: The feature's, even where the user's clouds.yaml pins
            another, below which overrides are not shown.
    """
    return Server.new(id=server_id).fetch(compute, microversion=microversion)
