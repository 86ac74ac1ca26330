# SPDX-License-Identifier: Apache-2.0
"""What a client that is in use for long knows of its cloud."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from keystoneauth1 import session, token_endpoint
from keystoneauth1.adapter import Adapter

from image_props_override.clients.compute_requests import (
    CloudFeature,
    DiscoveryError,
    Feature,
    NotAllowedError,
    NotOfferedError,
)
from tests.clients import identity_and_images

URL = "http://compute-with-answers.invalid:80"

CATALOGUE = (200, {"microversion": "2.105", "properties": []})
FORBIDDEN = (
    403,
    {"forbidden": {"code": 403, "message": "Policy doesn't allow it."}},
)
NOT_FOUND = (404, {"itemNotFound": {"code": 404, "message": "Not found."}})
CLOSED = (503, "closed")


@dataclass
class Compute:
    """A compute service, and an adapter that asks it.

    Attributes:
        answers: What it will answer, in this order: statuses and bodies.
    """

    adapter: Adapter
    answers: list[tuple[int, Any]] = field(default_factory=list)

    def application(
        self, environ: dict[str, Any], start_response: Any
    ) -> list[bytes]:
        """Give the next answer."""
        assert environ["PATH_INFO"] == "/os-image-props-override"
        status, body = self.answers.pop(0)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        start_response(f"{status} status", [("Content-Type", kind)])
        text = body if isinstance(body, str) else json.dumps(body)
        return [text.encode()]


@pytest.fixture
def compute() -> Iterator[Compute]:
    """A compute service that is found at its URL."""
    auth = token_endpoint.Token(URL, "token")
    service = Compute(Adapter(session.Session(auth), service_type="compute"))
    with identity_and_images.served(URL, service.application):
        yield service


def test_asked_once(compute: Compute) -> None:
    """Who has found it does not ask again."""
    compute.answers = [CATALOGUE]
    cloud = CloudFeature(compute.adapter)
    assert cloud.if_known() == cloud.required() == Feature("2.105", ())
    assert cloud.if_known() is not None


@pytest.mark.parametrize(
    ("answer", "error", "level"),
    [
        (NOT_FOUND, NotOfferedError, logging.DEBUG),
        (FORBIDDEN, NotAllowedError, logging.DEBUG),
        (CLOSED, DiscoveryError, logging.WARNING),
    ],
    ids=["not offered", "not allowed", "closed"],
)
def test_not_found(
    compute: Compute,
    caplog: pytest.LogCaptureFixture,
    answer: tuple[int, Any],
    error: type[DiscoveryError],
    level: int,
) -> None:
    """Calls that can do without ask, and tell, once; others ask again."""
    caplog.set_level(logging.DEBUG, "image_props_override")
    compute.answers = [answer, answer, CATALOGUE]
    cloud = CloudFeature(compute.adapter)
    assert cloud.if_known() is None
    assert cloud.if_known() is None
    assert [record.levelno for record in caplog.records] == [level]
    with pytest.raises(DiscoveryError) as refusal:
        cloud.required()
    assert refusal.type is error
    assert cloud.if_known() is None
    assert cloud.required() == cloud.if_known() == Feature("2.105", ())


def test_words(compute: Compute) -> None:
    """Errors are told in the cloud's words, without what they came in."""
    html = (502, "<h1>Bad Gateway</h1>")
    compute.answers = [FORBIDDEN, CLOSED, html, (500, ["odd"])]
    cloud = CloudFeature(compute.adapter)
    for told in (
        "403 to GET /os-image-props-override: Policy doesn't allow it.",
        "503 to GET /os-image-props-override: closed",
        "502 to GET /os-image-props-override: <h1>Bad Gateway</h1>",
        '500 to GET /os-image-props-override: ["odd"]',
    ):
        with pytest.raises(DiscoveryError) as refusal:
            cloud.required()
        assert str(refusal.value) == f"the compute service answers {told}"
