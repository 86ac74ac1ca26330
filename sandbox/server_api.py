# SPDX-License-Identifier: Apache-2.0
"""Servers by plain requests to one host of nova-api, chosen by its port."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, Self

from sandbox import accounts, images
from sandbox.errors import SandboxError
from sandbox.processes import wait_until
from sandbox.settings import Settings

KEY: Final = "image_props_override"
_SECONDS: Final = 180.0


def create_body(
    name: str,
    image: str,
    flavor: str,
    overrides: Mapping[str, str] | None = None,
    **more: object,
) -> dict[str, Any]:
    """Return what asks for a server; without overrides, the key is left out.

    Args:
        name: The server's.
        image: The id of its image.
        flavor: The id of its flavor.
        overrides: Of the image's properties.
        **more: Whatever else the request has.
    """
    server: dict[str, Any] = {
        "name": name,
        "imageRef": image,
        "flavorRef": flavor,
        "networks": "none",
        **more,
    }
    if overrides:
        server[KEY] = dict(overrides)
    return {"server": server}


@dataclasses.dataclass(frozen=True)
class ServerApi:
    """One host of nova-api, asked as admin.

    Attributes:
        session: A session of keystoneauth.
        url: The host's, without a path.
        microversion: What each request asks for.
        image: The id of the image that servers are made of.
        flavor: The id of their flavor.
    """

    session: Any
    url: str
    microversion: str
    image: str
    flavor: str

    @classmethod
    def of(
        cls, settings: Settings, host: str = "nova", microversion: str = ""
    ) -> Self:
        """Return what asks one host of a running cloud.

        Args:
            settings: The cloud's.
            host: The name of its port in `Settings.ports`.
            microversion: Overriding's own, if left out.
        """
        cloud = accounts.connect(settings)
        if not microversion:
            answer = cloud.compute.get(
                "/os-image-props-override", microversion="latest"
            )
            microversion = answer.json()["microversion"]
        return cls(
            session=cloud.session,
            url=settings.url(host),
            microversion=microversion,
            image=images.named(cloud.image, images.GUEST)[0]["id"],
            flavor=cloud.compute.find_flavor("tiny").id,
        )

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request, and return the response whatever its status."""
        return self.session.request(
            f"{self.url}/v2.1{path}",
            method,
            json=body,
            headers={"OpenStack-API-Version": f"compute {self.microversion}"},
            raise_exc=False,
        )

    def create(
        self,
        name: str,
        overrides: Mapping[str, str] | None = None,
        **more: object,
    ) -> Any:
        """Ask for a server; without overrides, the key is left out."""
        body = create_body(name, self.image, self.flavor, overrides, **more)
        return self.request("POST", "/servers", body)

    def act(self, server_id: str, action: str, body: Any = None) -> Any:
        """Ask for an action on a server."""
        return self.request(
            "POST", f"/servers/{server_id}/action", {action: body}
        )

    def show(self, server_id: str) -> dict[str, Any]:
        """Return a server.

        Raises:
            SandboxError: Nova does not show it.
        """
        answer = self.request("GET", f"/servers/{server_id}")
        if answer.status_code != 200:
            raise SandboxError(f"{server_id} is not shown: {answer.text}")
        return dict(answer.json()["server"])

    def wait_for(self, server_id: str, status: str = "ACTIVE") -> Any:
        """Return a server as soon as it has a status and no task.

        Raises:
            SandboxError: It failed, and why, or is not so in time.
        """
        shown: dict[str, Any] = {}

        def is_so() -> bool:
            shown.update(self.show(server_id))
            if shown["status"] == "ERROR" and status != "ERROR":
                raise SandboxError(
                    f"{server_id} failed: {shown['fault']['message']}"
                )
            return bool(
                shown["status"] == status
                and shown["OS-EXT-STS:task_state"] is None
            )

        wait_until(
            is_so,
            deadline_seconds=_SECONDS,
            what=f"server {server_id} is {status}",
        )
        return shown
