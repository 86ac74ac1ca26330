# SPDX-License-Identifier: Apache-2.0
"""A guest's console, followed through the compute API."""

from __future__ import annotations

from typing import Any, Final

from openstack import exceptions

# Nova gives the end of a long console only. This much of what was read before
# tells where in it to go on.
_OVERLAP_CHARACTERS: Final = 1000


class ConsoleReader:
    """Reads what one guest writes."""

    def __init__(self, compute: Any, server_id: str) -> None:
        """Read nothing yet.

        Args:
            compute: openstacksdk's client of the compute service.
            server_id: The server's.
        """
        self._compute = compute
        self._server_id = server_id
        self._read = ""

    def news(self) -> str:
        """Return what the guest has written since the last call."""
        now = self._output()
        news = added_text(self._read, now)
        # A console that cannot be read now is not one that has ended.
        self._read = now or self._read
        return news

    def last_lines(self, count: int) -> str:
        """Return the end of what the guest has written.

        Args:
            count: Of lines, at most.
        """
        text = self._output() or self._read
        lines = text.splitlines()[-count:]
        return "\n".join(lines) or "(nothing can be read from its console)"

    def _output(self) -> str:
        try:
            answer = self._compute.get_server_console_output(self._server_id)
        except exceptions.HttpException:
            # A server that is being built has no console yet; with some
            # drivers and policies there is never one.
            return ""
        return answer["output"] or ""


def added_text(before: str, now: str) -> str:
    """Return what has been added to a text whose beginning may be lost.

    Args:
        before: As it was.
        now: As it is; the end of it, if it has become too long.
    """
    if now.startswith(before):
        return now[len(before) :]
    known = before[-_OVERLAP_CHARACTERS:]
    place = now.rfind(known)
    return now[place + len(known) :] if place >= 0 else now
