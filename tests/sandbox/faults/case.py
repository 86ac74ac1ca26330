# SPDX-License-Identifier: Apache-2.0
"""One operation under one fault, and all that is seen of it.

What Nova's database holds is read there: the API may not be able to answer.
"""

import concurrent.futures
import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Final

import requests

from image_props_override.core.boot.record import as_written
from sandbox import images, processes
from sandbox.errors import SandboxError
from tests.sandbox.faults.faulty_cloud import (
    Api,
    FaultyCloud,
    request_spec_of,
)
from tests.sandbox.faults.injections import Fault, counted
from tests.sandbox.faults.operations import (
    BOOTED,
    KEY,
    NEW,
    Operation,
    act,
    created,
    new_server,
    send,
    show,
    wait_for,
)

# How long a fault lasts where there is no answer meanwhile, and where there is
# one but the operation does not come to its end.
FAULT_SECONDS: Final = 9.0
_SETTLE_IN_FAULT_SECONDS: Final = 25.0
_SETTLE_SECONDS: Final = 45.0
# What brings a server in this status to another one.
_NEXT: Final[Mapping[str, tuple[dict[str, object], str]]] = {
    "ACTIVE": ({"reboot": {"type": "HARD"}}, "ACTIVE"),
    "SHUTOFF": ({"os-start": None}, "ACTIVE"),
    "RESCUE": ({"unrescue": None}, "ACTIVE"),
    "SHELVED_OFFLOADED": ({"unshelve": None}, "ACTIVE"),
}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of one operation under a fault.

    Attributes:
        answer: The status code; 0 for a connection that was cut.
        late: Whether it came only after the fault.
        text: The answer's beginning, for who reads a failure.
        state: The server's once it had settled, without a fault.
        recorded: The overrides that the record has; None where no cell has
            the server.
        shown: What the API shows of them; None without a server.
        half: What contradicts the record in the two places where Nova keeps
            image properties: an override that is missing, or foreign.
        next_operation: What the next operation came to.
        is_meant: Whether the fault came where it was meant to come.
    """

    answer: int
    late: bool
    text: str
    state: str
    recorded: dict[str, str | None] | None
    shown: dict[str, str] | None
    half: tuple[str, ...]
    next_operation: str
    is_meant: bool


@dataclasses.dataclass(frozen=True)
class Case:
    """One operation, to be tried on one cloud."""

    cloud: FaultyCloud
    api: Api
    operation: Operation

    def asked(self, overriding: bool) -> dict[str, str] | None:
        """Return what the request asks to override."""
        if not overriding or not self.operation.replaces:
            return None
        return BOOTED if self.operation.creates else NEW

    def prepare(self, overriding: bool) -> str:
        """Return the id of a server, which the operation is for."""
        if self.operation.creates:
            return ""
        server = new_server(self.api, BOOTED if overriding else None)
        for action, status in self.operation.prepare:
            act(self.api, server, action, status)
        return server

    def request(self, server: str, overriding: bool) -> requests.Response:
        """Send the operation's request."""
        asked = self.asked(overriding)
        method, path, body = self.operation.request(self.api, asked)
        return send(
            self.api, method, f"/{server}{path}" if server else path, body
        )

    def traffic(self, kind: str, overriding: bool) -> int:
        """Return how much is sent when nothing is wrong."""
        server = self.prepare(overriding)
        with counted(self.cloud, kind) as count:
            answer = self.request(server, overriding)
            assert answer.status_code < 300, answer.text
            server = server or answer.json()["server"]["id"]
            # Not by asking the API, which would ask Neutron each time.
            self._settle(server, _SETTLE_SECONDS)
            sent = count()
        wait_for(self.api, server, self.operation.done)
        self._delete(server)
        return sent

    def outcome(
        self, fault: Fault, number: int, *, overriding: bool
    ) -> Outcome:
        """Return what comes of the operation under a fault.

        Args:
            fault: What goes wrong.
            number: At which message, from 1 on; see `Fault.inject`. 0 where
                nothing is sent.
            overriding: Whether there are overrides.
        """
        server = self.prepare(overriding)
        with concurrent.futures.ThreadPoolExecutor(1) as client:
            with fault.inject(self.cloud, number) as has_begun:
                request = client.submit(self._answer, server, overriding)
                late = not concurrent.futures.wait([request], FAULT_SECONDS)[0]
                if not late:
                    self._settle(
                        self._newest(server), _SETTLE_IN_FAULT_SECONDS
                    )
                is_meant = not number or has_begun is None or has_begun()
            answer, text = request.result()
        server = self._newest(server)
        self._settle(server, _SETTLE_SECONDS)
        return self._seen(server, overriding, answer, late, text, is_meant)

    def _settle(self, server: str, seconds: float) -> None:
        """Wait until nothing is under way, or in vain."""
        with contextlib.suppress(SandboxError):
            processes.wait_until(
                lambda: self._is_settled(server),
                deadline_seconds=seconds,
                what=f"server {server} is settled",
            )

    def _answer(self, server: str, overriding: bool) -> tuple[int, str]:
        try:
            answer = self.request(server, overriding)
        except requests.RequestException as error:
            return 0, str(error)
        return answer.status_code, answer.text

    def _newest(self, server: str) -> str:
        """Return the server, or the one that a request has made."""
        if server:
            return server
        found = self.cloud.rows(
            "nova_api",
            "SELECT instance_uuid FROM instance_mappings"
            " WHERE queued_for_delete = 0 ORDER BY id DESC LIMIT 1",
        )
        return str(found[0][0]) if found else ""

    def _is_settled(self, server: str) -> bool:
        rows = self.cloud.rows(
            "nova_cell1",
            "SELECT vm_state, task_state FROM instances WHERE uuid = ?"
            " AND deleted = 0",
            server,
        ) or self.cloud.rows(
            "nova_cell0",
            "SELECT vm_state, task_state FROM instances WHERE uuid = ?"
            " AND deleted = 0",
            server,
        )
        if rows:
            return rows[0][0] != "building" and rows[0][1] is None
        return not self.cloud.rows(
            "nova_api",
            "SELECT 1 FROM build_requests WHERE instance_uuid = ?",
            server,
        )

    def _seen(
        self,
        server: str,
        overriding: bool,
        answer: int,
        late: bool,
        text: str,
        is_meant: bool,
    ) -> Outcome:
        shown = show(self.api, server) if server else {}
        state = shown.get("status", "no server")
        if shown and shown["OS-EXT-STS:task_state"]:
            state += f" ({shown['OS-EXT-STS:task_state']})"
        # Until it is scheduled, a server is only a request to build it.
        is_kept = any(
            self.cloud.rows(
                cell, "SELECT 1 FROM instances WHERE uuid = ?", server
            )
            for cell in ("nova_cell0", "nova_cell1")
        )
        recorded, half = self._kept(server) if is_kept else (None, ())
        outcome = Outcome(
            answer,
            late,
            text[:300],
            state,
            recorded,
            shown.get(KEY),
            half,
            self._next(server, shown, overriding),
            is_meant,
        )
        if server:
            self._delete(server)
        return outcome

    def _kept(
        self, server: str
    ) -> tuple[dict[str, str | None], tuple[str, ...]]:
        metadata = {
            key: value
            for cell in ("nova_cell0", "nova_cell1")
            for key, value in self.cloud.rows(
                cell,
                "SELECT key, value FROM instance_system_metadata"
                " WHERE instance_uuid = ? AND deleted = 0",
                server,
            )
        }
        recorded = as_written(metadata)
        spec = request_spec_of(self.cloud, server)
        half = [
            f"{place} has {name}={found}, the record {value}"
            for name, value in recorded.items()
            for place, found in (
                ("system metadata", metadata.get(f"image_{name}")),
                ("request specification", spec.get(name) if spec else value),
            )
            if str(found).lower() != value
        ] + [
            f"{place} has {name}, which is in no record"
            for place, found_names in (
                ("system metadata", {*metadata}),
                ("request specification", {f"image_{name}" for name in spec}),
            )
            for name in (BOOTED | NEW).keys() - recorded.keys()
            if name not in images.PROPERTIES[images.GUEST]
            and f"image_{name}" in found_names
        ]
        return recorded, tuple(half)

    def _next(
        self, server: str, shown: Mapping[str, object], overriding: bool
    ) -> str:
        """Try what a user would do next, and return what came of it."""
        try:
            if self.operation.creates:
                asked = self.asked(overriding)
                request = self.operation.request(self.api, asked)
                self._delete(created(self.api, *request))
                return "create: ACTIVE"
            status = str(shown["status"])
            done = ""
            if status == "ERROR" or shown["OS-EXT-STS:task_state"]:
                if not shown["OS-EXT-SRV-ATTR:host"]:
                    # Nova has no way back from there, either.
                    return self._deleted(server)
                reset = {"os-resetState": {"state": "active"}}
                act(self.api, server, reset, "ACTIVE")
                status, done = "ACTIVE", "reset-state, "
            action, then = _NEXT[status]
            (name,) = action
            act(self.api, server, action, then)
        except (AssertionError, SandboxError, requests.RequestException) as e:
            return f"FAILED: {str(e)[:120]}"
        return f"{done}{name}: {then}"

    def _deleted(self, server: str) -> str:
        self._delete(server)
        processes.wait_until(
            lambda: not show(self.api, server),
            deadline_seconds=60,
            what=f"server {server} is deleted",
        )
        return "delete: gone"

    def _delete(self, server: str) -> None:
        send(self.api, "DELETE", f"/{server}")
