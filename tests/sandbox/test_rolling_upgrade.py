# SPDX-License-Identifier: Apache-2.0
"""What the table of the rolling upgrade says, and when its command fails.

`make test-rolling-upgrade` plays one through.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from sandbox import rolling_upgrade
from sandbox.nova_layout import LAYOUTS
from sandbox.rolling_upgrade import OVERRIDES, STEPS, Step, Upgrade
from sandbox.server_api import KEY


@dataclasses.dataclass
class Answer:
    """Nova's answer to a request."""

    status_code: int


@dataclasses.dataclass
class Shows:
    """A host of nova-api that shows one server."""

    server: dict[str, Any]

    def wait_for(self, _server_id: str, _status: str) -> dict[str, Any]:
        """Return the server."""
        return self.server


@pytest.mark.parametrize(
    ("host", "shown", "in_force", "words"),
    [
        ("nova-api-1", OVERRIDES, OVERRIDES, "kept"),
        ("nova-api-2", OVERRIDES, OVERRIDES, "kept"),
        ("nova-api-2", {}, {}, "dropped, as by Nova"),
        ("nova-api-1", {}, {}, "LOST"),
        ("nova-api-1", OVERRIDES, {}, "LOST"),
        ("nova-api-2", OVERRIDES, {}, "LOST"),
    ],
)
def test_what_became_of_overrides(
    host: str, shown: dict[str, str], in_force: dict[str, str], words: str
) -> None:
    """A host with the extension drops nothing; nobody shows what is not so."""
    server = {KEY: shown, "image": {"properties": in_force}}
    upgrade = Upgrade.__new__(Upgrade)
    upgrade._upgraded = {"nova-api-1"}
    upgrade._api = {"nova-api-1": Shows(server)}  # type: ignore[dict-item]

    step = Step("a step")
    step.cells[host, "rebuild"] = upgrade._after(host, Answer(202), "id")

    assert step.cells[host, "rebuild"] == words
    assert bool(step.losses) == (words == "LOST")


def test_hosts_that_answer_alike_are_named_once() -> None:
    """And those that differ by name."""
    together = rolling_upgrade._together

    assert together({"a": "kept", "b": "kept"}) == "kept"
    assert together({"a": "kept", "b": "refused: 409", "c": "kept"}) == (
        "kept on `a`, `c`; refused: 409 on `b`"
    )


def test_every_process_is_upgraded_once() -> None:
    """But for the schedulers, which have nothing of the extension."""
    upgraded = sorted(name for names in STEPS.values() for name in names)
    assert upgraded == sorted(
        process.name
        for process in LAYOUTS["distributed"]
        if process.binary != "nova-scheduler"
    )
