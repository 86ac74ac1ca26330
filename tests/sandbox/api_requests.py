# SPDX-License-Identifier: Apache-2.0
"""The requests that a cloud's Nova and Glance were sent, from their logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.settings import Settings

# Nova's own line, and that of sandbox.runtime.request_log. oslo.log puts the
# user's id after the request's.
_LINE = re.compile(
    r"INFO (?:nova\.api\.openstack\.requestlog|sandbox\.runtime\.request_log)"
    r" \[(?:\S+ req-\S+ (?P<user>\S+) )?.*?\] "
    r'.*?"(?P<method>[A-Z]+) (?P<path>\S+)" status: (?P<status>\d+)'
)
# What anybody may ask without logging in: which versions there are. oslo.log
# then names the user whom the same thread served before.
_VERSIONS = ("", "/v2", "/v2.1")


@dataclass(frozen=True)
class ApiRequest:
    """One request.

    Attributes:
        service: ``nova`` or ``glance``.
        user: The id of who sent it; ``-`` if nobody logged in.
        method: HTTP's.
        path: Without the server.
    """

    service: str
    user: str
    method: str
    path: str

    @property
    def is_upload(self) -> bool:
        """Whether it makes an image, or gives it data."""
        return self.service == "glance" and (
            (self.method, self.path) == ("POST", "/v2/images")
            or (self.method == "PUT" and self.path.endswith("/file"))
        )


class ApiRequests:
    """All requests from now on."""

    def __init__(self, cloud: Settings) -> None:
        """Begin.

        Args:
            cloud: A running one.
        """
        self._begins = {
            (service, path): path.stat().st_size
            for service in ("nova", "glance")
            for path in cloud.log_dir.glob(f"{service}*.log")
        }

    def seen(self) -> list[ApiRequest]:
        """Return those that were answered, those of a service in order."""
        return [
            ApiRequest(service, _user(found, path), found["method"], path)
            for (service, log), begin in self._begins.items()
            for found in _LINE.finditer(_text_from(log, begin))
            for path in [found["path"].partition("?")[0]]
        ]


def _user(found: re.Match[str], path: str) -> str:
    is_open = path.rstrip("/") in _VERSIONS
    return "-" if is_open else found["user"] or "-"


def _text_from(path: Path, begin: int) -> str:
    return path.read_bytes()[begin:].decode(errors="replace")
