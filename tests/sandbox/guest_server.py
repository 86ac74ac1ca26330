# SPDX-License-Identifier: Apache-2.0
"""A server with a real guest, and what its owner does with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from image_props_override.tempest_plugin.guest.checks import Guest
from image_props_override.tempest_plugin.guest.domain import running_domain
from image_props_override.tempest_plugin.guest.report import last_report
from sandbox import accounts
from sandbox.demo import boot
from sandbox.processes import wait_until
from sandbox.settings import Settings
from tests.sandbox.guest_console import BUSY_MACHINE_SECONDS

KEY = "image_props_override"


class GuestServer:
    """One server of user demo, at the feature's microversion."""

    def __init__(
        self,
        cloud: Settings,
        name: str,
        overrides: Mapping[str, str | None],
        image: str = "",
        **request: Any,
    ) -> None:
        """Boot it, and wait until it is active.

        Args:
            cloud: Where.
            name: The server's.
            overrides: Of its image's properties.
            image: The image's id; the sandbox's own guest without one.
            **request: What else is asked for, or instead of the above.
        """
        self._connect(cloud)
        network = self._user.network.find_network(accounts.NETWORK_NAME)
        body = {
            "name": name,
            "imageRef": image or self._user.image.find_image("guest").id,
            "flavorRef": self.compute.find_flavor("small").id,
            "networks": [{"uuid": network.id}],
            KEY: dict(overrides),
            **request,
        }
        answer = self.compute.post(
            "/servers", json={"server": body}, microversion=self.microversion
        )
        assert answer.status_code == 202, answer.text
        self.server_id = str(answer.json()["server"]["id"])
        self.wait_for("ACTIVE")

    @classmethod
    def of(cls, cloud: Settings, server_id: str) -> GuestServer:
        """Return a server that is there."""
        server = cls.__new__(cls)
        server._connect(cloud)
        server.server_id = server_id
        return server

    def _connect(self, cloud: Settings) -> None:
        self.cloud = cloud
        self._user = accounts.connect(cloud, "demo")
        self.compute = self._user.compute
        self.microversion = self.compute.get(
            "/os-image-props-override", microversion="latest"
        ).json()["microversion"]

    def shown(self) -> dict[str, Any]:
        """Return the server as the API shows it."""
        answer = self.compute.get(
            f"/servers/{self.server_id}", microversion=self.microversion
        )
        server: dict[str, Any] = answer.json()["server"]
        return server

    def change(self, overrides: Mapping[str, str | None]) -> Any:
        """Return the answer to another set of overrides."""
        return self.compute.put(
            f"/servers/{self.server_id}",
            json={"server": {KEY: dict(overrides)}},
            microversion=self.microversion,
        )

    def act(self, action: str, then: str, arguments: object = None) -> None:
        """Have something done, and wait for the status."""
        answer = self.compute.post(
            f"/servers/{self.server_id}/action", json={action: arguments}
        )
        assert answer.ok, answer.text
        self.wait_for(then)

    def snapshot(self) -> Any:
        """Return an image of the server's disk, when it can be booted."""
        answer = self.compute.post(
            f"/servers/{self.server_id}/action",
            json={"createImage": {"name": "snapshot"}},
            microversion=self.microversion,
        )
        assert answer.status_code == 202, answer.text
        glance = self._user.image
        image = glance.get_image(answer.json()["image_id"])
        return glance.wait_for_status(
            image, "active", wait=BUSY_MACHINE_SECONDS
        )

    def delete_image(self, image: Any) -> None:
        """Delete an image of the server's owner."""
        self._user.image.delete_image(image)

    def wait_for(self, status: str) -> None:
        """Return when the server has a status and is not busy."""

        def is_there() -> bool:
            server = self.compute.get_server(self.server_id)
            assert server.status != "ERROR", server.fault
            return server.status == status and server.task_state is None

        wait_until(
            is_there,
            deadline_seconds=BUSY_MACHINE_SECONDS,
            what=f"the server is {status}",
        )

    def guest(self) -> Guest:
        """Return the running guest, when it has reported."""
        report = boot.wait_for_console(
            self.cloud, self.server_id, last_report, "the guest's report"
        )
        return Guest(
            report, running_domain(self.cloud.libvirt_uri, self.server_id)
        )

    def delete(self) -> None:
        """Delete it, and wait until it is gone."""
        self._user.delete_server(self.server_id, wait=True)
