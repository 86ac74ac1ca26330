# SPDX-License-Identifier: Apache-2.0
"""Nova in-process whose conductor and compute run our managers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import requests
from nova import service
from nova.compute import rpcapi as compute_rpcapi
from nova.conductor import rpcapi as conductor_rpcapi
from nova.conf import CONF

from image_props_override.core.boot.record import record_of
from image_props_override.nova_plugin.services.main import MANAGERS
from tests.functional.lifecycle.walk import IN_DOMAIN
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.two_hosts import HOSTS, TwoHosts

Server = dict[str, Any]


def _cast(call: Callable[..., None]) -> Callable[..., None]:
    def cast(*args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(Exception):
            call(*args, **kwargs)

    return cast


class OurServices(NovaInProcess):
    """Our managers; to mix in before another harness."""

    def setUp(self) -> None:
        """Start Nova with our managers."""
        ours = mock.patch.dict(service.SERVICE_MANAGERS, MANAGERS)
        ours.start()
        self.addCleanup(ours.stop)
        super().setUp()

    def act(self, server: Server, **action: object) -> requests.Response:
        """Return the raw answer to a server's action."""
        return self.request(
            "POST",
            f"/v2.1/servers/{server['id']}/action",
            OURS,
            json=action,
        )


class OneHostOfOurs(OurServices, TwoHosts):
    """One host with our managers, and ways to rebuild and to rescue."""

    def setUp(self) -> None:
        """Start Nova; who sends a rebuild on never hears how it went.

        Nova's harness turns casts into calls, so that tests need not wait.
        """
        super().setUp()
        for client in (
            conductor_rpcapi.ComputeTaskAPI,
            compute_rpcapi.ComputeAPI,
        ):
            call = client.rebuild_instance
            patch = mock.patch.object(client, "rebuild_instance", _cast(call))
            patch.start()
            self.addCleanup(patch.stop)

    def start_compute(
        self, hostname: str = HOSTS[0], *args: Any, **kwargs: Any
    ) -> str:
        """Start a compute host, but no second one."""
        if not self.computes:
            super().start_compute(hostname, *args, **kwargs)
        return hostname

    @property
    def driver(self) -> Any:
        """The virt driver of the host."""
        return self.computes[HOSTS[0]].manager.driver

    def rebuild(self, server: Server, image: str, **others: object) -> str:
        """Rebuild a server and return its status."""
        self.act(server, rebuild={"imageRef": image, **others})
        return self.status(server)

    def rescue(self, server: Server, image: str | None = None) -> str:
        """Rescue a server, from an image or its own, and return its status."""
        # The harness makes no disks, and so no folder for them.
        Path(CONF.instances_path, server["id"]).mkdir(exist_ok=True)
        action = {"rescue_image_ref": image} if image else {}
        self.act(server, rescue=action)
        return self.status(server)

    def unrescue(self, server: Server) -> str:
        """End the rescue of a server and return its status."""
        self.act(server, unrescue=None)
        return self.status(server)

    def status(self, server: Server) -> str:
        """Return a server's status."""
        status: str = self.api.get_server(server["id"])["status"]
        return status

    def image_keys(self, server: Server) -> dict[str, str]:
        """Return what Nova keeps of a server's image, record included."""
        return {
            key: value
            for key, value in self.system_metadata(server).items()
            if key.startswith("image_")
        }

    def root_disk(self, server: Server) -> Any:
        """Return the block device mapping of a server's root disk."""
        return self.instance(server).get_bdms().root_bdm()

    def disks(self, server: Server) -> dict[str, str]:
        """Return bus by name of each disk of a server's guest."""
        targets = self.domain(server).findall("devices/disk/target")
        return {each.attrib["dev"]: each.attrib["bus"] for each in targets}

    def assert_consistent(
        self,
        server: Server,
        overrides: Mapping[str, str | None],
        **properties: str | None,
    ) -> None:
        """Record, system metadata, RequestSpec and API tell the same.

        Args:
            server: Any server.
            overrides: All that is recorded.
            **properties: Effective properties; None: there is none.
        """
        kept = self.image_keys(server)
        record = {k: v for k, v in kept.items() if "glance_override" in k}
        wanted = {f"image_{k}": v for k, v in record_of(overrides).items()}
        assert record == wanted
        asked = self.request_spec(server).image.properties
        for name, value in properties.items():
            assert kept.get(f"image_{name}") == value, name
            assert asked.get(name) == value, name
        shown = self.api.get_server(server["id"])
        assert shown["image_props_override"] == overrides

    def in_guest(self, server: Server, *names: str) -> dict[str, str | None]:
        """Return properties as a server's domain has them."""
        domain = self.domain(server)
        return {name: IN_DOMAIN[name](domain) for name in names}
