# SPDX-License-Identifier: Apache-2.0
"""A compute service that answers as it is told, and notes what it is sent.

Beside it is as much of Keystone as novaclient asks for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MICROVERSION = "2.105"
NOVAS_OWN = "2.104"


@dataclass(frozen=True)
class Request:
    """A request that came.

    Attributes:
        method: Of HTTP.
        path: Below the endpoint.
        microversion: That was asked for; None for none.
        body: From JSON; None without one.
    """

    method: str
    path: str
    microversion: str | None
    body: Any


@dataclass
class RecordedNova:
    """What the server answers, and what came.

    Attributes:
        url: The endpoint.
        identity_url: Keystone's.
        answers: By method and path: a status, and a body for JSON.
        requests: All that came, but for those that ask for versions.
    """

    url: str
    identity_url: str
    answers: dict[tuple[str, str], tuple[int, Any]] = field(
        default_factory=dict
    )
    requests: list[Request] = field(default_factory=list)

    def sent(self, method: str, path: str) -> Request:
        """Return the only such request."""
        (found,) = (
            each
            for each in self.requests
            if (each.method, each.path) == (method, path)
        )
        return found

    def versions(self) -> dict[str, Any]:
        """Return what Nova says of its API."""
        return {
            "id": "v2.1",
            "status": "CURRENT",
            "version": NOVAS_OWN,
            "min_version": "2.1",
            "links": [{"rel": "self", "href": f"{self.url}/"}],
        }

    def identity(self) -> dict[str, Any]:
        """Return what Keystone says of its API, and of any token."""
        link = {"rel": "self", "href": f"{self.identity_url}/"}
        return {
            "version": {"id": "v3.14", "status": "stable", "links": [link]},
            "token": {
                "methods": ["token"],
                "expires_at": "2100-01-01T00:00:00Z",
                "issued_at": "2026-01-01T00:00:00Z",
                "user": {"id": "user", "name": "demo", "domain": {}},
                "catalog": [],
            },
        }


@contextmanager
def recorded_nova() -> Iterator[RecordedNova]:
    """Serve while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    root = f"http://127.0.0.1:{server.server_port}"
    nova = RecordedNova(f"{root}/v2.1", f"{root}/v3")
    server.nova = nova  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield nova
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        nova: RecordedNova = self.server.nova  # type: ignore[attr-defined]
        path = self.path.removeprefix("/v2.1")
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if path in ("", "/"):
            status, answer = 200, {"version": nova.versions()}
        elif path.startswith("/v3"):
            status, answer = 200, nova.identity()
        else:
            asked = self.headers.get("OpenStack-API-Version")
            microversion = asked and asked.removeprefix("compute ")
            nova.requests.append(
                Request(self.command, path, microversion, body)
            )
            missing = (404, {"itemNotFound": {"message": f"no {path}"}})
            status, answer = nova.answers.get((self.command, path), missing)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Subject-Token", "token")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print nothing."""
