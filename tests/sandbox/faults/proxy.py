# SPDX-License-Identifier: Apache-2.0
"""What stands between Nova and another service, and fails when asked to.

A proxy on 127.0.0.1 that hands bytes on. It counts what Nova sends, so that
"in the middle" is the same place each time.
"""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

_REQUEST = re.compile(rb"(GET|POST|PUT|PATCH|DELETE|HEAD) /")
_CHUNK_BYTES = 1 << 16
# Nobody waits for what was not yet sent: the other side sees a reset.
_NO_LINGER = struct.pack("ii", 1, 0)


class Proxy:
    """One service, as Nova reaches it.

    Attributes:
        port: Where it listens.
        seen: How many messages Nova has sent so far.
        on_message: Called before each is handed on, with the port that Nova
            sends from.
    """

    def __init__(self, port: int, target: int, *, http: bool = True) -> None:
        """Begin to hand on.

        Args:
            port: Where it listens.
            target: Where the service does.
            http: Whether only the beginnings of requests count.
        """
        self.port = port
        self._target = target
        self._http = http
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._delay_seconds = 0.0
        self._left: int | None = None
        self.seen = 0
        self.on_message: Callable[[int], None] = lambda _port: None
        self._listen()

    def close(self) -> None:
        """End, and cut all connections."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # Wakes the thread that waits in accept().
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            cut, self._open = self._open, set()
        for each in cut:
            _reset(each)

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections."""
        self.close()
        try:
            yield
        finally:
            self._listen()

    @contextlib.contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Hand each message on late."""
        self._delay_seconds = seconds
        try:
            yield
        finally:
            self._delay_seconds = 0.0

    @contextlib.contextmanager
    def gone_at(self, number: int) -> Iterator[Callable[[], bool]]:
        """Go down as soon as Nova sends a message, by its number from 1.

        Yields: Whether that has happened.
        """
        with self._lock:
            self._left = number
        try:
            yield lambda: self._listener is None
        finally:
            with self._lock:
                self._left = None
            self.close()
            self._listen()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        self._listener = listener
        threading.Thread(
            target=self._accept, args=(listener,), daemon=True
        ).start()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket()
            try:
                server.connect(("127.0.0.1", self._target))
            except OSError:
                _reset(client)
                continue
            with self._lock:
                self._open |= {client, server}
            for source, sink, counts in (
                (client, server, True),
                (server, client, False),
            ):
                threading.Thread(
                    target=self._hand_on,
                    args=(source, sink, counts),
                    daemon=True,
                ).start()

    def _hand_on(
        self, source: socket.socket, sink: socket.socket, counts: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                if counts and (not self._http or _REQUEST.match(chunk)):
                    if self._is_the_last():
                        self.close()
                        return
                    self.on_message(source.getpeername()[1])
                    time.sleep(self._delay_seconds)
                sink.sendall(chunk)
        with self._lock:
            self._open -= {source, sink}
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _is_the_last(self) -> bool:
        with self._lock:
            self.seen += 1
            if self._left is None:
                return False
            self._left -= 1
            return self._left == 0


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        # A thread may wait in recv(), which close() alone would not end.
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
