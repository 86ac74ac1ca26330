# SPDX-License-Identifier: Apache-2.0
"""The feature as a client sees it: is it there, and which requests carry it.

For any keystoneauth adapter of the compute service, openstacksdk's compute
proxy among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from image_props_override.core.override_request import KEY

CATALOGUE_PATH = "/os-image-props-override"

_CREATE = re.compile(r"(?:^|/)servers$")
# One server, or "detail": all of them.
_READ = re.compile(r"(?:^|/)servers/[^/]+$")


class DiscoveryError(Exception):
    """The cloud could not say whether it has the feature."""


def feature_microversion(compute: Any) -> str | None:
    """Return the microversion that brings the feature to this cloud.

    It differs between releases of Nova, so the cloud is asked.

    Args:
        compute: An adapter of the compute service.

    Returns:
        Like ``"2.105"``; None where the cloud lacks the feature.

    Raises:
        DiscoveryError: The compute service answered with an error.
    """
    answer = compute.get(
        CATALOGUE_PATH, microversion="latest", raise_exc=False
    )
    # Clouds without the feature: no such path, or no microversions at all.
    if answer.status_code in (404, 406):
        return None
    if not answer.ok:
        raise DiscoveryError(
            f"the compute service answers {answer.status_code} to GET "
            f"{CATALOGUE_PATH}: {answer.text}"
        )
    version: str = answer.json()["microversion"]
    return version


class RequestsWithOverrides:
    """The requests of one command, at the feature's microversion.

    Attributes:
        recorded: Server id to what was overridden for it, from all answers
            that have come.
    """

    def __init__(
        self, microversion: str, overrides: Mapping[str, str | None]
    ) -> None:
        """Carry overrides.

        Args:
            microversion: The feature's.
            overrides: For the servers that are created; may be empty.
        """
        self.recorded: dict[str, dict[str, str | None]] = {}
        self._microversion = microversion
        self._overrides = overrides

    @contextmanager
    def on(self, compute: Any) -> Iterator[None]:
        """Let an adapter's requests be these while the block runs.

        Only then: an interactive shell keeps one adapter for many commands.
        """
        send = compute.request

        def request(url: str, method: str, *args: Any, **kwargs: Any) -> Any:
            return self._send(send, url, method, *args, **kwargs)

        compute.request = request
        try:
            yield
        finally:
            # The attribute hides the class' method; deleting it is undoing.
            del compute.request

    def _send(
        self,
        send: Callable[..., Any],
        url: str,
        method: str,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        path = urlsplit(url).path.rstrip("/")
        if method == "POST" and _CREATE.search(path) and self._overrides:
            server = {**kwargs["json"]["server"], KEY: dict(self._overrides)}
            kwargs["json"] = {**kwargs["json"], "server": server}
            kwargs["microversion"] = self._microversion
        elif method == "GET" and _READ.search(path):
            kwargs["microversion"] = self._microversion
        else:
            return send(url, method, *args, **kwargs)
        answer = send(url, method, *args, **kwargs)
        if answer.ok:
            self._remember(answer.json())
        return answer

    def _remember(self, document: Mapping[str, Any]) -> None:
        one = document.get("server")
        for server in [one] if one else document.get("servers", []):
            if KEY in server:
                self.recorded[server["id"]] = server[KEY]
