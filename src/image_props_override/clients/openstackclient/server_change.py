# SPDX-License-Identifier: Apache-2.0
"""The change of a server's overrides, together with what else is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from openstack import exceptions

from image_props_override.clients.compute_requests import Send
from image_props_override.clients.openstackclient.compute_clients import (
    command_requests_through,
)
from image_props_override.core.override_request import KEY


class ServerChange:
    """A change of overrides that a command makes before all other changes.

    If the command changes fields of the server first (its name), the
    overrides go with them in one request: all of it is changed, or nothing.
    Else they go ahead of the command's first request that changes something,
    so that a refusal comes before it.

    Attributes:
        is_made: Whether the cloud has accepted the change.
    """

    def __init__(
        self,
        microversion: str,
        server_id: str,
        overrides: Mapping[str, str | None],
    ) -> None:
        """Be the change of one server.

        Args:
            microversion: The feature's.
            server_id: The server's.
            overrides: All that it is to override.
        """
        self.is_made = False
        self._path = f"/servers/{server_id}"
        self._is_server = re.compile(rf"(?:^|/)servers/{server_id}$")
        self._overrides = dict(overrides)
        self._microversion = microversion

    @contextmanager
    def by(self, app: Any) -> Iterator[None]:
        """Let a command's requests, in the block, make the change too.

        Args:
            app: The shell that runs the command.

        Raises:
            openstack.exceptions.HttpException: The cloud refuses.
        """
        with command_requests_through(self._send, app) as send:
            yield
            if not self.is_made:
                self._send_alone(send)

    def _send(
        self, send: Send, url: str, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        if self.is_made or method == "GET":
            return send(url, method, *args, **kwargs)
        path = urlsplit(url).path.rstrip("/")
        body = kwargs.get("json")
        if method == "PUT" and self._is_server.search(path) and body:
            fields = {**body["server"], KEY: self._overrides}
            kwargs["json"] = {**body, "server": fields}
            kwargs["microversion"] = self._microversion
            answer = send(url, method, *args, **kwargs)
            self.is_made = answer.ok
            return answer
        self._send_alone(send)
        return send(url, method, *args, **kwargs)

    def _send_alone(self, send: Send) -> None:
        answer = send(
            self._path,
            "PUT",
            json={"server": {KEY: self._overrides}},
            microversion=self._microversion,
        )
        exceptions.raise_from_response(answer)
        self.is_made = True
