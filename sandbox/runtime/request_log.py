# SPDX-License-Identifier: Apache-2.0
"""Logs the requests to a service that does not do so itself."""

import logging
from collections.abc import Iterable
from typing import Any, Final

_LOG: Final = logging.getLogger(__name__)


class RequestLog:
    """A WSGI application, with a line in the log for each request."""

    def __init__(self, application: Any) -> None:
        """Log the requests to an application.

        Args:
            application: Has keystonemiddleware, which finds out the user.
        """
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        """Answer as the application does."""
        asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"

        def start(status: str, *rest: Any) -> Any:
            _LOG.info(
                'user %s "%s" status: %s',
                environ.get("HTTP_X_USER_ID", "-"),
                # A path is what a client sends: no line of its own.
                ascii(asked)[1:-1],
                status,
            )
            return start_response(status, *rest)

        answer: Iterable[bytes] = self._application(environ, start)
        return answer
