# SPDX-License-Identifier: Apache-2.0
"""The proxy fails when it is asked to, and serves again afterwards."""

import http.server
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.conftest import free_port_base
from tests.sandbox.faults.proxy import Proxy


class _Hello(http.server.BaseHTTPRequestHandler):
    # Connections stay open, as those of Nova's clients do.
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a greeting."""
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy in front of a server that always answers."""
    port = free_port_base(36000)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Hello)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    proxy = Proxy(port + 1, port)
    try:
        yield proxy
    finally:
        proxy.close()
        server.shutdown()
        server.server_close()
        thread.join()


def _ask(proxy: Proxy, session: requests.Session | None = None) -> int:
    url = f"http://127.0.0.1:{proxy.port}/"
    return (session or requests).get(url, timeout=10).status_code


def test_down(proxy: Proxy) -> None:
    """It refuses connections, and has cut those that were open."""
    with requests.Session() as session:
        assert _ask(proxy, session) == 200
        with proxy.down(), pytest.raises(requests.ConnectionError):
            _ask(proxy, session)
    assert _ask(proxy) == 200


def test_slow(proxy: Proxy) -> None:
    """Each request takes at least as long as it was told."""
    begun = time.monotonic()
    with proxy.slow(0.5):
        assert _ask(proxy) == 200
    assert time.monotonic() - begun >= 0.5


def test_gone_in_the_middle(proxy: Proxy) -> None:
    """The second request is cut, and whatever comes after it."""
    with proxy.gone_at(2):
        assert _ask(proxy) == 200
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                _ask(proxy)
    assert _ask(proxy) == 200


def test_counts_and_calls(proxy: Proxy) -> None:
    """It counts requests, not connections, and says where each is from."""
    ports: list[int] = []
    proxy.on_message = ports.append
    with requests.Session() as session:
        for _ in range(3):
            _ask(proxy, session)
    assert proxy.seen == 3
    assert len(ports) == 3
    assert len(set(ports)) == 1
