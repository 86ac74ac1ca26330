# SPDX-License-Identifier: Apache-2.0
"""The feature as a client sees it: is it there, and which requests carry it.

For any keystoneauth adapter of the compute service, openstacksdk's compute
proxy among them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from image_props_override.core.override_request import KEY

Send = Callable[..., Any]

LOG = logging.getLogger(__name__)

CATALOGUE_PATH = "/os-image-props-override"
# Nova changes the overrides of servers in these states, and leaves them their
# disks.
STOPPED = frozenset({"SHUTOFF", "SHELVED", "SHELVED_OFFLOADED"})

PREVIEW_PATH = f"{CATALOGUE_PATH}/preview"

# What users are told where `find_feature` finds none.
NOT_OFFERED = (
    "the compute service of this cloud does not offer image_props_override "
    "(nova-image-props-override is not installed there)"
)

# The requests that carry overrides: the path, and where in the body.
_CARRIERS = (
    (re.compile(r"(?:^|/)servers$"), "server"),
    (re.compile(r"(?:^|/)servers/[^/]+/action$"), "rebuild"),
)
# One server, or "detail": all of them.
_READ = re.compile(r"(?:^|/)servers/[^/]+$")


class DiscoveryError(Exception):
    """The feature was not found; the text says why."""


class NotAllowedError(DiscoveryError):
    """The cloud does not say it to this user."""


class NotOfferedError(DiscoveryError):
    """The cloud has said that it does not have the feature."""


@dataclass(frozen=True)
class Feature:
    """What a cloud says of the feature to this caller.

    Attributes:
        microversion: Which brings it, like ``"2.105"``; it differs between
            releases of Nova.
        properties: The catalogue, one JSON object for each image property.
    """

    microversion: str
    properties: tuple[Mapping[str, Any], ...]


def find_feature(compute: Any) -> Feature | None:
    """Return the feature of this cloud, or None where it is lacking.

    Args:
        compute: An adapter of the compute service.

    Raises:
        NotAllowedError: The compute service does not answer this user.
        DiscoveryError: The compute service answered with another error.
    """
    answer = compute.get(
        CATALOGUE_PATH, microversion="latest", raise_exc=False
    )
    # Clouds without the feature: no such path, or no microversions at all.
    if answer.status_code in (404, 406):
        return None
    if not answer.ok:
        is_forbidden = answer.status_code in (401, 403)
        error = NotAllowedError if is_forbidden else DiscoveryError
        raise error(
            f"the compute service answers {answer.status_code} to GET "
            f"{CATALOGUE_PATH}: {words_of(answer)}"
        )
    document = answer.json()
    return Feature(document["microversion"], tuple(document["properties"]))


def words_of(answer: Any) -> str:
    """Return what an error says to people; Nova's are in JSON."""
    try:
        (fault,) = answer.json().values()
        return str(fault["message"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(answer.text)


class CloudFeature:
    """The feature of the cloud that a client works with, for all its calls.

    The cloud is asked when that matters first. Where the feature was not
    found, a call that needs it asks again; others never do.
    """

    def __init__(
        self,
        compute: Any,
        refusal: Callable[[DiscoveryError], Exception] | None = None,
    ) -> None:
        """Belong to a client.

        Args:
            compute: An adapter of the compute service.
            refusal: Returns the client's own exception for an error; None
                for a client that handles ``DiscoveryError`` itself.
        """
        self._compute = compute
        self._refusal = refusal
        self._found: Feature | None = None
        self._is_given_up = False

    def required(self) -> Feature:
        """Return the feature, for a call that cannot do without.

        Raises:
            NotOfferedError: The cloud does not have it.
            DiscoveryError: As of ``find_feature``.
            Exception: The client's own, for either of these.
        """
        try:
            return self._find()
        except DiscoveryError as error:
            if self._refusal is None:
                raise
            raise self._refusal(error) from error

    def _find(self) -> Feature:
        if self._found is None:
            self._found = find_feature(self._compute)
        if self._found is None:
            raise NotOfferedError(NOT_OFFERED)
        return self._found

    def if_known(self) -> Feature | None:
        """Return the feature, for a call that works without it, too.

        Why it is not known is logged once: as a warning, unless it is like
        that for good and so would bother users who never asked for it.
        """
        if self._is_given_up:
            return self._found
        try:
            return self._find()
        except DiscoveryError as error:
            self._is_given_up = True
            is_lasting = isinstance(error, (NotAllowedError, NotOfferedError))
            LOG.log(
                logging.DEBUG if is_lasting else logging.WARNING,
                "Cannot read image_props_override of servers: %s",
                error,
            )
            return None


@contextmanager
def requests_through(send_instead: Send, compute: Any) -> Iterator[Send]:
    """Let an adapter send its requests in another way.

    Only while the block runs: an interactive shell keeps one adapter for many
    commands.

    Args:
        send_instead: Called with the adapter's own way to send and the
            arguments of a request.
        compute: The adapter.

    Yields:
        The adapter's own way.
    """
    send = compute.request

    def request(url: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return send_instead(send, url, method, *args, **kwargs)

    compute.request = request
    try:
        yield send
    finally:
        # The attribute hides the class' method; deleting it is undoing.
        del compute.request


class RequestsWithOverrides:
    """The requests of one command, at the feature's microversion.

    Attributes:
        recorded: Server id to what was overridden for it, from all answers
            that have come.
    """

    def __init__(
        self,
        microversion: str,
        overrides: Mapping[str, str | None] | None,
    ) -> None:
        """Carry overrides.

        Args:
            microversion: The feature's.
            overrides: For the servers that are created or rebuilt; None
                leaves those requests as they are.
        """
        self.recorded: dict[str, dict[str, str | None]] = {}
        self._microversion = microversion
        self._overrides = overrides

    @contextmanager
    def on(self, compute: Any) -> Iterator[None]:
        """Let an adapter's requests be these while the block runs."""
        with requests_through(self.send, compute):
            yield

    def send(
        self, send: Send, url: str, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Send a request of the command, see ``requests_through``."""
        path = urlsplit(url).path.rstrip("/")
        if method == "POST":
            body = self._with_overrides(path, kwargs.get("json"))
            if body is None:
                return send(url, method, *args, **kwargs)
            kwargs["json"] = body
        elif method != "GET" or not _READ.search(path):
            return send(url, method, *args, **kwargs)
        kwargs["microversion"] = self._microversion
        answer = send(url, method, *args, **kwargs)
        if answer.ok:
            self._remember(answer.json())
        return answer

    def _with_overrides(self, path: str, body: Any) -> dict[str, Any] | None:
        """Return the body to send instead, or None to leave it alone."""
        if self._overrides is None or not isinstance(body, dict):
            return None
        for pattern, key in _CARRIERS:
            if pattern.search(path) and key in body:
                fields = {**body[key], KEY: dict(self._overrides)}
                return {**body, key: fields}
        return None

    def _remember(self, document: Mapping[str, Any]) -> None:
        one = document.get("server")
        for server in [one] if one else document.get("servers", []):
            if KEY in server:
                self.recorded[server["id"]] = server[KEY]


def preview_of_change(
    compute: Any,
    microversion: str,
    server_id: str,
    overrides: Mapping[str, str | None],
) -> Mapping[str, Any] | None:
    """Return what other overrides would make of a server.

    None where the cloud does not preview the change: whether it can be made
    is for the change itself to find out.

    Args:
        compute: Sends requests to the compute service.
        microversion: The feature's.
        server_id: The server's.
        overrides: All that it is to override.
    """
    answer = compute.post(
        PREVIEW_PATH,
        json={"preview": {"serverId": server_id, KEY: dict(overrides)}},
        microversion=microversion,
        raise_exc=False,
    )
    if not answer.ok:
        return None
    preview: Mapping[str, Any] = answer.json()["preview"]
    return preview
