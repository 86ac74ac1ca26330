# SPDX-License-Identifier: Apache-2.0
"""The SDK's compute service, with overrides."""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Optional

from openstack import exceptions, resource
from openstack.compute.v2 import _proxy, server

from image_props_override.clients.compute_requests import (
    CloudFeature,
    DiscoveryError,
    NotOfferedError,
)
from image_props_override.clients.sdk.discovery import (
    ImagePropsOverridePreview,
    OverridableImageProperty,
)
from image_props_override.clients.sdk.server import Server, read_server
from image_props_override.core.override_request import KEY

Overrides = Mapping[str, Optional[str]]

# Of the call of the cloud layer that this thread is in.
_overrides: ContextVar[Overrides | None] = ContextVar(KEY, default=None)


@contextmanager
def overrides_of_call(overrides: Overrides | None) -> Iterator[None]:
    """Give overrides to the create, rebuild or update call in the block."""
    token = _overrides.set(overrides)
    try:
        yield
    finally:
        _overrides.reset(token)


class Proxy(_proxy.Proxy):
    """``connection.compute``.

    ``create_server``, ``rebuild_server`` and ``update_server`` take
    ``image_props_override``; servers that are read have it. Other calls are
    as they were.
    """

    def create_server(self, **attrs: Any) -> Any:
        """Create a server.

        Args:
            **attrs: As the SDK's; and ``image_props_override``: image
                property to value, None removes it.

        Raises:
            openstack.exceptions.NotSupported: The cloud lacks the feature.
            openstack.exceptions.BadRequestException: Overrides are wrong;
                the message names all problems.
        """
        return super().create_server(**_with_overrides(attrs))

    def rebuild_server(self, server: Any, *args: Any, **attrs: Any) -> Any:
        """Rebuild a server.

        Args:
            server: The server or its id. One that a connection without
                overrides has read is rebuilt by its id, and not changed.
            *args: As the SDK's.
            **attrs: As the SDK's; and ``image_props_override``: all
                overrides that the server has from now on. An empty
                dictionary drops those that it has; without the argument they
                are kept.

        Raises:
            openstack.exceptions.NotSupported: The cloud lacks the feature.
            openstack.exceptions.BadRequestException: Overrides are wrong.
        """
        attrs = _with_overrides(attrs)
        if KEY in attrs and not isinstance(server, Server):
            server = resource.Resource._get_id(server)
        return super().rebuild_server(server, *args, **attrs)

    def update_server(self, server: Any, **attrs: Any) -> Any:
        """Change a server.

        Args:
            server: The server or its id. One that a connection without
                overrides has read is changed by its id.
            **attrs: As the SDK's; and ``image_props_override``: all
                overrides that the server, which must be stopped or shelved,
        has from its next start on. An empty dictionary drops
                those that it has; without the argument they are kept. All
                that is named is changed in one request, or nothing.

        Raises:
            openstack.exceptions.NotSupported: The cloud lacks the feature.
            openstack.exceptions.BadRequestException: Overrides are wrong.
            openstack.exceptions.ConflictException: The server is not
                stopped, or is busy.
        """
        attrs = _with_overrides(attrs)
        if KEY in attrs:
            if isinstance(server, Server):
                # They are sent even where they are those that it had when
                # it was read: others may have changed it since.
                server.image_props_override = None
            else:
                server = resource.Resource._get_id(server)
        return super().update_server(server, **attrs)

    def overridable_image_properties(
        self,
    ) -> Generator[OverridableImageProperty, None, None]:
        """Return the image properties that there are, for this user.

        Raises:
            openstack.exceptions.NotSupported: The cloud lacks the feature.
        """
        return OverridableImageProperty.list(
            self, paginated=False, microversion=self.microversion_to_send()
        )

    def preview_image_props_override(
        self,
        flavor: Any = None,
        *,
        image: Any = None,
        volume: Any = None,
        server: Any = None,
        image_props_override: Overrides | None = None,
    ) -> ImagePropsOverridePreview:
        """Return what would become of a boot or a change; nothing is done.

        Args:
            flavor: The flavor or its id; not for a server, which has one.
            image: The image or its id; this, ``volume`` or ``server``.
            volume: The volume or its id.
            server: The server or its id. The preview is of
                ``update_server``, and the server may be running.
            image_props_override: As of ``create_server`` or
                ``update_server``; for a server, without the argument, those
                that it has.

        Raises:
            openstack.exceptions.NotSupported: The cloud lacks the feature.
            openstack.exceptions.NotFoundException: There is no such flavor,
                image, volume or server.
            openstack.exceptions.BadRequestException: Too little is given, or
                too much.
        """
        if server is not None and image_props_override is None:
            image_props_override = read_server(
                self,
                resource.Resource._get_id(server),
                self.microversion_to_send(),
            ).image_props_override
        asked = {
            "flavor_id": resource.Resource._get_id(flavor),
            "image_id": resource.Resource._get_id(image),
            "volume_id": resource.Resource._get_id(volume),
            "server_id": resource.Resource._get_id(server),
            KEY: image_props_override,
        }
        preview = ImagePropsOverridePreview.new(
            connection=self._get_connection(),
            **{k: v for k, v in asked.items() if v is not None},
        )
        answer: ImagePropsOverridePreview = preview.create(
            self, microversion=self.microversion_to_send()
        )
        return answer

    def microversion_to_send(self) -> str:
        """Return the microversion for requests that need the feature.

        Raises:
            openstack.exceptions.NotSupported: The cloud lacks the feature.
        """
        return self._feature.required().microversion

    def microversion_to_read(self) -> str | None:
        """Return the microversion to read servers at; None for the SDK's.

        It is the SDK's where the user has chosen one for the connection, and
        where the cloud lacks the feature, or did not answer when it was asked.
        """
        if self.default_microversion:
            return None
        feature = self._feature.if_known()
        return feature.microversion if feature else None

    @functools.cached_property
    def _feature(self) -> CloudFeature:
        return CloudFeature(self, _refusal)

    # The SDK's own methods name the class of servers in calls of these.

    def _get_resource(
        self, resource_type: Any, value: Any, **attrs: Any
    ) -> Any:
        # Servers that the SDK's own class has read stay what they are.
        if not isinstance(value, server.Server):
            resource_type = _with_overrides_class(resource_type)
        return super()._get_resource(resource_type, value, **attrs)

    def _create(self, resource_type: Any, *args: Any, **attrs: Any) -> Any:
        ours = _with_overrides_class(resource_type)
        return super()._create(ours, *args, **attrs)

    def _find(self, resource_type: Any, *args: Any, **attrs: Any) -> Any:
        ours = _with_overrides_class(resource_type)
        return super()._find(ours, *args, **attrs)

    def _list(self, resource_type: Any, *args: Any, **attrs: Any) -> Any:
        ours = _with_overrides_class(resource_type)
        return super()._list(ours, *args, **attrs)


def _refusal(error: DiscoveryError) -> exceptions.SDKException:
    is_lacking = isinstance(error, NotOfferedError)
    refused = (
        exceptions.NotSupported if is_lacking else exceptions.SDKException
    )
    return refused(str(error))


def _with_overrides(attrs: dict[str, Any]) -> dict[str, Any]:
    """Return a call's arguments with the overrides of the cloud layer."""
    overrides = attrs.get(KEY, _overrides.get())
    others = {name: attrs[name] for name in attrs if name != KEY}
    return others if overrides is None else {**others, KEY: overrides}


def _with_overrides_class(resource_type: Any) -> Any:
    return Server if resource_type is server.Server else resource_type
