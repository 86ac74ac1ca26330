# SPDX-License-Identifier: Apache-2.0
"""The in-process cloud over HTTP, for clients in processes of their own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http import server

import requests

# Of the connection, and not of what goes over it.
_HOP_BY_HOP = ("connection", "content-length", "transfer-encoding")


@contextlib.contextmanager
def running() -> Iterator[dict[str, str]]:
    """Run a proxy to the hosts whose requests this process intercepts.

    Yields:
        The environment variables that let a subprocess use it.
    """
    with server.ThreadingHTTPServer(("127.0.0.1", 0), _Forwarding) as proxy:
        thread = threading.Thread(
            target=proxy.serve_forever, kwargs={"poll_interval": 0.05}
        )
        thread.start()
        try:
            url = f"http://127.0.0.1:{proxy.server_port}"
            yield {"http_proxy": url, "no_proxy": ""}
        finally:
            proxy.shutdown()
            thread.join()


class _Forwarding(server.BaseHTTPRequestHandler):
    """Sends each request on, as this process sends its own."""

    def _forward(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        answer = requests.request(
            self.command,
            # A client of a proxy names the whole URL.
            self.path,
            headers=dict(self.headers.items()),
            data=self.rfile.read(length),
            timeout=60,
            allow_redirects=False,
        )
        self.send_response(answer.status_code, answer.reason)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests are the test's own."""
