# SPDX-License-Identifier: Apache-2.0
"""Servers with long command lines, on two hosts that can keep them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from nova import service

from image_props_override.core.properties.limits import PART_PREFIX
from image_props_override.nova_plugin.services.main import MANAGERS
from tests.functional.services.our_services import OurServices
from tests.functional.services.two_hosts import TwoHosts

Server = dict[str, Any]

# What Nova runs without the package.
NOVAS = {name: service.SERVICE_MANAGERS[name] for name in MANAGERS}

# The image's own line.
OWN = "console=ttyS0"
# 1,000 bytes, with characters of one, two and three.
LONG = "".join(f"option{n:02}=\u00fc\u20ac " for n in range(100))[:728]
LONG += "x" * (1000 - len(LONG.encode()))
LONGEST = "y" * 2047


class TwoHostsOfOurs(OurServices, TwoHosts):
    """Two hosts and a conductor with our managers."""

    def command_line(self, server: Server) -> str | None:
        """Return the command line that a server's guest is defined with."""
        return self.domain(server).findtext("os/cmdline")

    @contextmanager
    def stock_compute(self, host: str) -> Iterator[None]:
        """Have Nova's own nova-compute run on a host."""
        with mock.patch.dict(service.SERVICE_MANAGERS, NOVAS):
            self.restart_compute_service(host)
        try:
            yield
        finally:
            self.restart_compute_service(host)


def boot(nova: TwoHostsOfOurs, line: str) -> Server:
    """Return an active server with an overridden line."""
    image = nova.kernel_image_with(os_command_line=OWN)
    return nova.boot({"os_command_line": line}, imageRef=image)


def stopped(nova: TwoHostsOfOurs, line: str) -> Server:
    """Return a stopped server with an overridden line."""
    server = boot(nova, line)
    nova._stop_server(server)
    return server


def kept_parts(nova: TwoHostsOfOurs, server: Server) -> list[str]:
    """Return the keys of all parts that Nova keeps for a server."""
    return sorted(k for k in nova.system_metadata(server) if PART_PREFIX in k)


def all_see(
    nova: TwoHostsOfOurs,
    server: Server,
    effective: str = LONG,
    asked: str | None = LONG,
) -> None:
    """Guest, Nova's database and the API tell the same line.

    Args:
        nova: Where the server is.
        server: Active, or resized.
        effective: What the guest has.
        asked: What was asked for; None if it is not overridden.
    """
    assert nova.command_line(server) == effective
    instance = nova.instance(server)
    kept = instance.image_meta.properties
    wanted = nova.request_spec(server).image.properties
    assert kept.os_command_line == wanted.os_command_line == effective
    told = {} if asked is None else {"os_command_line": asked}
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == told
    listed = nova.api.get_servers(search_opts={"uuid": server["id"]})
    assert [each["image_props_override"] for each in listed] == [told]
    whole = shown["image"] or {}
    if "properties" in whole:
        assert whole["properties"]["os_command_line"] == effective
