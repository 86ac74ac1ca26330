# SPDX-License-Identifier: Apache-2.0
"""Guests that power themselves off, which Nova's harness has none of."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.functional.nova_in_process import NovaInProcess


class Guest:
    """What an installer does, a step each time that its console is read."""

    def __init__(self, nova: NovaInProcess, name: str, *consoles: str) -> None:
        """Write these, one after the other, and then power off.

        Args:
            nova: The cloud.
            name: The server's.
            *consoles: What is written at each step.
        """
        self._nova = nova
        self._name = name
        self._consoles = list(consoles)
        self._written = ""

    def output(self, *_args: Any, **_kwargs: Any) -> str:
        """Return the console, as libvirt's driver does."""
        if self._consoles:
            self._written += self._consoles.pop(0)
            if not self._consoles:
                # Not within this request, as no guest's end is.
                threading.Thread(target=self._power_off).start()
        return self._written

    def end_unseen(self) -> None:
        """Power off as soon as there is a server, whoever looks at it."""
        threading.Thread(target=self._power_off_the_first).start()

    def _power_off_the_first(self) -> None:
        while not self._servers():
            time.sleep(0.05)
        self._power_off()

    def _servers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._nova.api.get_servers(
            search_opts={"name": self._name}
        )
        return found

    def _power_off(self) -> None:
        """Be stopped, as nova-compute stops a server whose guest has ended.

        What finds that out (_sync_power_states) would wait for itself in
        Nova's harness, where each cast is a call; tests/sandbox has guests
        that really end.
        """
        for server in self._servers():
            # Its console can be read before Nova knows that it runs.
            self._nova._wait_for_state_change(server, "ACTIVE")
            self._nova.api.post_server_action(server["id"], {"os-stop": None})
