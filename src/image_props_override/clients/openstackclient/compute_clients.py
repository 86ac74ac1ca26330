# SPDX-License-Identifier: Apache-2.0
"""openstackclient's clients of the compute service.

That is openstacksdk's. In openstackclient 6 (OpenStack 2024.1) it is
novaclient's, and some commands use openstacksdk's beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from image_props_override.clients.compute_requests import (
    Send,
    requests_through,
)


def compute_of(app: Any) -> Any:
    """Return openstacksdk's client of the compute service.

    Args:
        app: The shell that runs a command.
    """
    return app.client_manager.sdk_connection.compute


@contextmanager
def command_requests_through(send_instead: Send, app: Any) -> Iterator[Send]:
    """Let all compute requests of a command be sent in another way.

    Only while the block runs, see ``requests_through``.

    Args:
        send_instead: Called with a client's own way to send and the
            arguments of a request.
        app: The shell that runs the command.

    Yields:
        The way of openstacksdk's client.
    """
    novas = getattr(app.client_manager.compute, "client", None)
    with ExitStack() as stack:
        if novas is not None:
            stack.enter_context(_novaclient_through(send_instead, novas))
        yield stack.enter_context(
            requests_through(send_instead, compute_of(app))
        )


@contextmanager
def _novaclient_through(send_instead: Send, client: Any) -> Iterator[None]:
    """Let novaclient's HTTP client send in another way.

    It has its own form of a request (``body`` for ``json``, and a
    microversion for all requests) and of an answer: a pair of the answer and
    its body.
    """
    from novaclient import api_versions

    own = client.request
    own_version = client.api_version

    def request(url: str, method: str, **kwargs: Any) -> tuple[Any, Any]:
        answers = []

        def send(
            url: str,
            method: str,
            *,
            json: Any = None,
            microversion: str | None = None,
            **others: Any,
        ) -> Any:
            if json is not None:
                others["body"] = json
            if microversion:
                version = api_versions.APIVersion(microversion)
                client.api_version = version
            try:
                answers.append(own(url, method, **others))
            finally:
                client.api_version = own_version
            return answers[-1][0]

        body = kwargs.pop("body", None)
        send_instead(send, url, method, json=body, **kwargs)
        # What was asked for is sent last.
        answer: tuple[Any, Any] = answers[-1]
        return answer

    client.request = request
    try:
        yield
    finally:
        # The attribute hides the class' method; deleting it is undoing.
        del client.request
