# SPDX-License-Identifier: Apache-2.0
"""What all tests share: servers and images, and their end."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from tempest import config
from tempest.common import compute, waiters
from tempest.lib import exceptions
from tempest.lib.common.utils import data_utils, test_utils

from image_props_override.tempest_plugin.clients import (
    KEY,
    ServersClient,
    at_least,
)
from image_props_override.tempest_plugin.tests import cloud

CONF = config.CONF

# The first one where servers show their image's properties.
SHOWS_IMAGE_PROPERTIES = "2.98"
OLDEST = "2.1"
# The first one where Nova chooses networks on request, and only on request.
_CHOOSES_NETWORKS = "2.37"


class BaseOverridesTest(cloud.CloudTest):
    """A test that boots servers, which are gone after its class's tests."""

    @classmethod
    def create_server(
        cls,
        overrides: Mapping[str, Any] | None = None,
        wait_until: str | None = "ACTIVE",
        client: ServersClient | None = None,
        **wish: Any,
    ) -> dict[str, Any]:
        """Boot a server that is deleted after the class's tests.

        Args:
            overrides: What to override; None leaves the key out.
            wait_until: The status to wait for; None does not wait.
            client: Whose server; the test's user's if None.
            **wish: Whatever else the request is to have.

        Returns:
            The server; as shown if it was waited for.
        """
        return cls.create_servers(overrides, wait_until, client, **wish)[0]

    @classmethod
    def create_servers(
        cls,
        overrides: Mapping[str, Any] | None = None,
        wait_until: str | None = "ACTIVE",
        client: ServersClient | None = None,
        **wish: Any,
    ) -> list[dict[str, Any]]:
        """Boot servers, several with ``min_count``; see `create_server`."""
        client = client or cls.servers_client
        if overrides is not None:
            wish[KEY] = overrides
        network = cls.get_tenant_network()
        if not network and at_least(client.microversion, _CHOOSES_NETWORKS):
            # Tempest knows of none, but the project may have one.
            neutron = CONF.service_available.neutron
            wish.setdefault("networks", "auto" if neutron else "none")
        wish.setdefault("name", cls.new_name())
        _, servers = compute.create_test_server(
            SimpleNamespace(servers_client=client),
            tenant_network=network,
            wait_until=wait_until,
            flavor=wish.pop("flavor_id", cls.flavor_id),
            image_id=wish.pop("image_id", cls.image_id),
            **wish,
        )
        # A reader who was let boot a server could not delete it.
        shared = client.tenant_id == cls.servers_client.tenant_id
        owner = cls.servers_client if shared else client
        for server in servers:
            cls._delete_after_class(owner, server["id"])
        return list(servers)

    @classmethod
    def _delete_after_class(cls, owner: ServersClient, server_id: str) -> None:
        cls.addClassResourceCleanup(
            waiters.wait_for_server_termination, owner, server_id
        )
        cls.addClassResourceCleanup(
            test_utils.call_and_ignore_notfound_exc,
            owner.delete_server,
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
    def create_ramdisk_image(cls) -> str:
        """Upload an image that is said to be a RAM disk, and return its id."""
        return cls._create_image("ari", "ari", bytes(512), {})

    @classmethod
    def copy_image(cls, image_id: str, **properties: str) -> str:
        """Upload an image's data again, and return the copy's id.

        Args:
            image_id: The image to copy.
            **properties: The copy's; those of the image are not copied.
        """
        model = cls.show_image(image_id)
        images = cls.os_primary.image_client_v2
        data = cls._unless_forbidden(images.show_image_file, image_id).data
        formats = (model["container_format"], model["disk_format"])
        return cls._create_image(*formats, data, properties)

    @classmethod
    def create_image_of_server(cls, server_id: str) -> str:
        """Make an image of a server's disk, and return the image's id."""
        created = cls.os_primary.compute_images_client.create_image(
            server_id, name=cls.new_name()
        )
        image_id = str(data_utils.parse_image_id(created.response["location"]))
        images = cls.os_primary.image_client_v2
        cls.addClassResourceCleanup(
            test_utils.call_and_ignore_notfound_exc,
            images.delete_image,
            image_id,
        )
        waiters.wait_for_image_status(images, image_id, "active")
        return image_id

    @classmethod
    def _create_image(
        cls,
        container_format: str,
        disk_format: str,
        data: bytes,
        properties: Mapping[str, str],
    ) -> str:
        images = cls.os_primary.image_client_v2
        created = cls._unless_forbidden(
            images.create_image,
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
        cls._unless_forbidden(
            images.store_image_file, created["id"], io.BytesIO(data)
        )
        return str(created["id"])

    @classmethod
    def _unless_forbidden(
        cls, call: Callable[..., Any], *arguments: Any, **options: Any
    ) -> Any:
        try:
            return call(*arguments, **options)
        except exceptions.Forbidden as refusal:
            raise cls.skipException(
                "the test needs an image of its own, and Glance's policy is "
                f"against it: {cloud.in_one_line(refusal)}"
            ) from refusal

    @classmethod
    def new_name(cls) -> str:
        """Return a name that shows whose a thing is."""
        return str(
            data_utils.rand_name(
                cls.__name__, prefix=CONF.resource_name_prefix
            )
        )

    @classmethod
    def change_overrides(
        cls, server_id: str, overrides: Mapping[str, Any], **wish: Any
    ) -> dict[str, Any]:
        """Change a stopped server's overrides; skip where policy denies it.

        Args:
            server_id: The server's.
            overrides: All that it is to override.
            **wish: Whatever else is to change.

        Returns:
            The server, as the answer shows it.
        """
        try:
            answer = cls.servers_client.update_server(
                server_id, **{KEY: overrides, **wish}
            )
        except exceptions.Forbidden as refusal:
            if cloud.CHANGE_POLICY not in str(refusal):
                raise
            raise cls.skipException(cloud.in_one_line(refusal)) from refusal
        return dict(answer["server"])

    @classmethod
    def record_of(cls, server_id: str) -> Any:
        """Return what the cloud says was overridden for a server."""
        return cls.servers_client.show_server(server_id)["server"][KEY]

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
