# SPDX-License-Identifier: Apache-2.0
"""What all tests share: clients at the right microversions, and servers."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar

from tempest import config, test
from tempest.common import compute, waiters
from tempest.lib import exceptions
from tempest.lib.common.utils import data_utils, test_utils

from image_props_override.tempest_plugin.clients import (
    KEY,
    OverridesClient,
    ServersClient,
)

CONF = config.CONF

_Client = TypeVar("_Client")

# The first one where servers show their image's properties.
SHOWS_IMAGE_PROPERTIES = "2.98"
OLDEST = "2.1"


class BaseOverridesTest(test.BaseTestCase):
    """A test of a cloud that takes overrides of image properties.

    Attributes:
        microversion: The one that brings the feature, as the cloud says.
        catalogue: The cloud's image properties by name.
        servers_client: Asks at that microversion, as the primary user.
        overrides_client: Asks catalogue and preview, as the primary user.
        image_id: The image to boot from.
        flavor_id: The flavor to boot with.
    """

    credentials: ClassVar[Sequence[str]] = ("primary",)

    microversion: ClassVar[str]
    catalogue: ClassVar[Mapping[str, Mapping[str, Any]]]
    servers_client: ClassVar[ServersClient]
    overrides_client: ClassVar[OverridesClient]
    image_id: ClassVar[str]
    flavor_id: ClassVar[str]

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where the cloud is not meant to have the feature."""
        super().skip_checks()
        for service in ("nova", "glance", "image_props_override"):
            if not getattr(CONF.service_available, service):
                raise cls.skipException(
                    f"[service_available] {service} is false"
                )

    @classmethod
    def setup_credentials(cls) -> None:
        """Ask for a network, if Tempest is to make networks at all."""
        cls.set_network_resources(network=True, subnet=True)
        super().setup_credentials()

    @classmethod
    def setup_clients(cls) -> None:
        """Learn the microversion from the cloud."""
        super().setup_clients()
        cls.overrides_client = cls.overrides_client_of(cls.os_primary)
        found = cls.overrides_client.show_catalogue()
        cls.microversion = found["microversion"]
        cls.catalogue = {each["name"]: each for each in found["properties"]}
        cls.servers_client = cls.servers_client_of(cls.os_primary)

    @classmethod
    def resource_setup(cls) -> None:
        """Choose image and flavor."""
        super().resource_setup()
        options = CONF.image_props_override
        cls.image_id = options.image_ref or CONF.compute.image_ref
        cls.flavor_id = options.flavor_ref or CONF.compute.flavor_ref

    @classmethod
    def overrides_client_of(
        cls, manager: Any, microversion: str = "latest"
    ) -> OverridesClient:
        """Return a client of catalogue and preview for a user.

        Args:
            manager: The user's, such as ``os_primary``.
            microversion: What to ask at.
        """
        return _client(OverridesClient, manager, microversion=microversion)

    @classmethod
    def servers_client_of(
        cls, manager: Any, microversion: str | None = None
    ) -> ServersClient:
        """Return a client of ``/servers`` for a user.

        Args:
            manager: The user's, such as ``os_primary``.
            microversion: What to ask at; the feature's if None.
        """
        return _client(
            ServersClient,
            manager,
            microversion=microversion or cls.microversion,
            overrides_from=cls.microversion,
            enable_instance_password=(
                CONF.compute_feature_enabled.enable_instance_password
            ),
        )

    @classmethod
    def microversion_before(cls) -> str:
        """Return the last microversion without the feature: Nova's own."""
        major, minor = cls.microversion.split(".")
        return f"{major}.{int(minor) - 1}"

    @classmethod
    def create_server(
        cls,
        overrides: Mapping[str, Any] | None = None,
        wait_until: str | None = "ACTIVE",
        **wish: Any,
    ) -> dict[str, Any]:
        """Boot a server that is deleted after the class's tests.

        Args:
            overrides: What to override; None leaves the key out.
            wait_until: The status to wait for; None does not wait.
            **wish: Whatever else the request is to have.

        Returns:
            The server; as shown if it was waited for.
        """
        return cls.create_servers(overrides, wait_until, **wish)[0]

    @classmethod
    def create_servers(
        cls,
        overrides: Mapping[str, Any] | None = None,
        wait_until: str | None = "ACTIVE",
        **wish: Any,
    ) -> list[dict[str, Any]]:
        """Boot servers, several with ``min_count``; see `create_server`."""
        if overrides is not None:
            wish["image_props_override"] = overrides
        network = cls.get_tenant_network()
        if not network:
            wish.setdefault("networks", "none")
        wish.setdefault("name", cls.new_name())
        _, servers = compute.create_test_server(
            SimpleNamespace(servers_client=cls.servers_client),
            tenant_network=network,
            wait_until=wait_until,
            flavor=wish.pop("flavor_id", cls.flavor_id),
            image_id=wish.pop("image_id", cls.image_id),
            **wish,
        )
        for server in servers:
            cls.delete_after_class(server["id"])
        return list(servers)

    @classmethod
    def delete_after_class(cls, server_id: str) -> None:
        """Delete a server after the class's tests, and wait until it is."""
        cls.addClassResourceCleanup(
            waiters.wait_for_server_termination, cls.servers_client, server_id
        )
        cls.addClassResourceCleanup(
            test_utils.call_and_ignore_notfound_exc,
            cls.servers_client.delete_server,
            server_id,
        )

    @classmethod
    def delete_server(cls, server_id: str) -> None:
        """Delete a server now: hosts have room for few guests."""
        cls.servers_client.delete_server(server_id)
        waiters.wait_for_server_termination(cls.servers_client, server_id)

    @classmethod
    def show_image(cls, image_id: str) -> dict[str, Any]:
        """Return an image as Glance describes it."""
        return dict(cls.os_primary.image_client_v2.show_image(image_id))

    @classmethod
    def create_empty_image(cls, **properties: str) -> str:
        """Upload an image with nothing to boot in it, and return its id."""
        return cls._create_image("bare", "raw", bytes(512), properties)

    @classmethod
    def copy_image(cls, image_id: str, **properties: str) -> str:
        """Upload an image's data again, and return the copy's id.

        Args:
            image_id: The image to copy.
            **properties: The copy's; those of the image are not copied.
        """
        model = cls.show_image(image_id)
        images = cls.os_primary.image_client_v2
        data = images.show_image_file(image_id).data
        formats = (model["container_format"], model["disk_format"])
        return cls._create_image(*formats, data, properties)

    @classmethod
    def _create_image(
        cls,
        container_format: str,
        disk_format: str,
        data: bytes,
        properties: Mapping[str, str],
    ) -> str:
        images = cls.os_primary.image_client_v2
        created = images.create_image(
            name=cls.new_name(),
            container_format=container_format,
            disk_format=disk_format,
            visibility="private",
            **properties,
        )
        cls.addClassResourceCleanup(
            test_utils.call_and_ignore_notfound_exc,
            images.delete_image,
            created["id"],
        )
        images.store_image_file(created["id"], io.BytesIO(data))
        return str(created["id"])

    @classmethod
    def new_name(cls) -> str:
        """Return a name that tells whose a thing is."""
        return str(
            data_utils.rand_name(
                cls.__name__, prefix=CONF.resource_name_prefix
            )
        )

    @classmethod
    def record_of(cls, server_id: str) -> Any:
        """Return what the cloud says was overridden for a server."""
        return cls.servers_client.show_server(server_id)["server"][KEY]

    @classmethod
    def needs_services_that_keep_overrides(cls) -> None:
        """Skip where rebuild and rescue are refused, as documented."""
        if not CONF.image_props_override.services_keep_overrides:
            raise cls.skipException(
                "[image_props_override] services_keep_overrides is false"
            )

    def done_or_skipped(
        self, call: Callable[..., Any], *arguments: Any, **options: Any
    ) -> Any:
        """Return a call's answer where services keep overrides, or skip."""
        self.needs_services_that_keep_overrides()
        return call(*arguments, **options)

    def refused(
        self,
        error: type[exceptions.RestClientException],
        call: Callable[..., Any],
        *arguments: Any,
        **options: Any,
    ) -> str:
        """Return the message with which a call is refused."""
        refusal = self.assertRaises(error, call, *arguments, **options)
        return str(refusal.resp_body["message"])


def _client(
    kind: Callable[..., _Client], manager: Any, **options: Any
) -> _Client:
    connection = config.service_client_config("compute")
    return kind(manager.auth_provider, **connection, **options)
