# SPDX-License-Identifier: Apache-2.0
"""Switches the extension on, process by process, and writes what works when.

A cloud of several hosts and cells starts with Nova's own processes alone. At
each step some of them are restarted with the extension, and both hosts of
nova-api are asked to create, show, rebuild and rescue.

Usage: python -m sandbox.rolling_upgrade PAGE

The page is written anew. Exit code 1 if an override was lost unnoticed: see
`Step.losses`.
"""

import dataclasses
import datetime
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox import cloud
from sandbox.exit_code import exit_code_of
from sandbox.nova_layout import LAYOUTS
from sandbox.restart import restart
from sandbox.server_api import KEY, ServerApi
from sandbox.settings import Settings

OVERRIDES: Final = {
    "hw_machine_type": "q35",
    "os_command_line": "console=ttyS0 owner=upgraded",
}
API_HOSTS: Final = {"nova-api-1": "nova", "nova-api-2": "nova-api-2"}
# What is done, and which processes get the extension.
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Nova's own processes": (),
    "conductors": (
        "nova-conductor",
        "nova-conductor-cell1",
        "nova-conductor-cell2",
    ),
    "`nova-api-1`": ("nova-api-1",),
    "`nova-compute-1`": ("nova-compute-1",),
    "`nova-compute-2`": ("nova-compute-2",),
    "`nova-compute-3`": ("nova-compute-3",),
    "`nova-api-2`": ("nova-api-2",),
}
COMPUTE_HOSTS: Final = tuple(
    process.host
    for process in LAYOUTS["distributed"]
    if process.binary == "nova-compute"
)
OPERATIONS: Final = (
    "create",
    "show",
    "rescue",
    "rebuild",
    "rebuild by an older client",
    "servers of earlier steps",
)
_KEPT: Final = "kept"
_DROPPED: Final = "dropped, as by Nova"
_LOST: Final = "LOST"
_NONE_YET: Final = "accepted; no overrides yet"


@dataclasses.dataclass
class Step:
    """What each host of nova-api answered after one step.

    Attributes:
        name: What was restarted with the extension.
        cells: In words, by host of nova-api and operation.
    """

    name: str
    cells: dict[tuple[str, str], str] = dataclasses.field(default_factory=dict)

    @property
    def losses(self) -> list[str]:
        """Where an override was lost unnoticed.

        That is where a host of nova-api with the extension accepted a
        request and the override is gone, and where any request left a server
        that shows an override without having it.
        """
        return [
            f"after {self.name}, {host}, {operation}: {words}"
            for (host, operation), words in self.cells.items()
            if _LOST in words
        ]


class Upgrade:
    """One upgrade of one cloud."""

    def __init__(self, settings: Settings) -> None:
        """Begin with a running cloud of Nova's own processes alone."""
        self._settings = settings
        stock = ServerApi.of(settings, microversion="2.1")
        version = stock.session.get(f"{stock.url}/v2.1/").json()["version"]
        major, minor = version["version"].split(".")
        self.novas = version["version"]
        # As the extension chooses it.
        self.ours = f"{major}.{int(minor) + 1}"
        self._api = {
            name: ServerApi.of(settings, port, self.ours)
            for name, port in API_HOSTS.items()
        }
        self._upgraded: set[str] = set()
        self._earlier: list[str] = []

    def take(self, name: str, processes: Iterable[str]) -> Step:
        """Restart processes with the extension, and ask both API hosts."""
        for process in processes:
            print(f"{process} gets the extension", flush=True)
            self._settings = restart(self._settings, process, extension=True)
            self._upgraded.add(process)
        step = Step(name)
        for host in API_HOSTS:
            for operation, words in self._ask(host).items():
                step.cells[host, operation] = words
                print(f"  {host}, {operation}: {words}", flush=True)
        return step

    def _ask(self, host: str) -> dict[str, str]:
        """What one host of nova-api answers, in words, by operation."""
        api = self._api[host]
        older = dataclasses.replace(api, microversion=self.novas)
        servers = self._servers(host)
        answers: dict[str, str] = {}
        created = api.create("created", OVERRIDES)
        answers["create"] = self._after(host, created, _new_id(created))
        operations: dict[str, Callable[[str], str]] = {
            "show": lambda id_: self._after(
                host, api.request("GET", f"/servers/{id_}"), id_
            ),
            "rescue": lambda id_: self._rescued(host, id_),
            "rebuild": lambda id_: self._after(
                host, api.act(id_, "rebuild", {"imageRef": api.image}), id_
            ),
            # It knows nothing of overrides, and drops those of none.
            "rebuild by an older client": lambda id_: self._after(
                host, older.act(id_, "rebuild", {"imageRef": api.image}), id_
            ),
        }
        for operation, ask in operations.items():
            answers[operation] = _together(
                {where: ask(id_) for where, id_ in servers.items()}
            )
        answers["servers of earlier steps"] = self._still_there()
        for id_ in (*servers.values(), _new_id(created)):
            if id_:
                older.request("DELETE", f"/servers/{id_}")
        return answers

    def _servers(self, host: str) -> dict[str, str]:
        """A new server on each host of nova-compute, by that host.

        With overrides, if a host of nova-api can make such a server.
        """
        maker = self._who_knows
        api = maker or dataclasses.replace(
            self._api[host], microversion=self.novas
        )
        overrides = OVERRIDES if maker else None
        ids = {
            where: _new_id(api.create("asked", overrides, host=where))
            for where in COMPUTE_HOSTS
        }
        for id_ in ids.values():
            api.wait_for(id_)
        if maker and host == "nova-api-1":
            # They see the processes of all further steps restart.
            more = [
                _new_id(api.create("earlier", overrides, host=where))
                for where in COMPUTE_HOSTS
            ]
            for id_ in more:
                api.wait_for(id_)
            self._earlier += more
        return ids

    @property
    def _who_knows(self) -> ServerApi | None:
        """The first host of nova-api that has the extension."""
        upgraded = [name for name in API_HOSTS if name in self._upgraded]
        return self._api[upgraded[0]] if upgraded else None

    def _rescued(self, host: str, server_id: str) -> str:
        """Rescue a server, and end that: it has its overrides throughout."""
        api = self._api[host]
        words = self._after(
            host, api.act(server_id, "rescue", {}), server_id, "RESCUE"
        )
        if words == _KEPT:
            unrescued = api.act(server_id, "unrescue")
            words = self._after(host, unrescued, server_id)
        return words

    def _after(
        self, host: str, answer: Any, server_id: str, status: str = "ACTIVE"
    ) -> str:
        """What an answer means for the server's overrides, in words."""
        if answer.status_code >= 400:
            return f"refused: {answer.status_code}"
        knows = self._who_knows
        if knows is None:
            older = dataclasses.replace(
                self._api[host], microversion=self.novas
            )
            older.wait_for(server_id, status)
            return _NONE_YET
        server = knows.wait_for(server_id, status)
        if _has_overrides(server):
            return _KEPT
        if server[KEY] or host in self._upgraded:
            return _LOST
        return _DROPPED

    def _still_there(self) -> str:
        """Whether servers that were made at earlier steps are as made."""
        knows = self._who_knows
        if knows is None:
            return "none yet"
        servers = [knows.show(id_) for id_ in self._earlier]
        if all(
            _has_overrides(server) and server["status"] == "ACTIVE"
            for server in servers
        ):
            return f"{_KEPT} ({len(servers)})"
        return _LOST


def _new_id(answer: Any) -> str:
    """The id of a server that was just asked for; "" if that was refused."""
    if answer.status_code != 202:
        return ""
    return str(answer.json()["server"]["id"])


def _has_overrides(server: Mapping[str, Any]) -> bool:
    properties = server["image"]["properties"]
    return bool(
        server[KEY] == OVERRIDES and OVERRIDES.items() <= properties.items()
    )


def _together(words: Mapping[str, str]) -> str:
    """The same words of several hosts said once."""
    hosts: dict[str, list[str]] = {}
    for host, word in words.items():
        hosts.setdefault(word, []).append(f"`{host}`")
    if len(hosts) == 1:
        return next(iter(hosts))
    return "; ".join(
        f"{word} on {', '.join(where)}" for word, where in hosts.items()
    )


def run(settings: Settings, page: Path) -> int:
    """Play the upgrade through and write the page; 1 if something was lost.

    Args:
        settings: Of a cloud that does not exist yet.
        page: The file to write.

    Raises:
        SandboxError: The cloud or a process does not start.
    """
    stock = tuple(name for names in STEPS.values() for name in names)
    settings = dataclasses.replace(
        settings,
        virt="fake",
        nova_processes="distributed",
        stock_processes=stock,
    )
    cloud.wipe(settings)
    try:
        upgrade = Upgrade(cloud.up(settings))
        steps = [upgrade.take(name, which) for name, which in STEPS.items()]
    finally:
        cloud.wipe(settings)
    page.write_text(_page(steps, upgrade))
    losses = [loss for step in steps for loss in step.losses]
    print("\n".join(losses) or f"nothing was lost unnoticed: see {page}")
    return 1 if losses else 0


def _page(steps: Iterable[Step], upgrade: Upgrade) -> str:
    tables = "\n".join(
        f"## Asked of `{host}`\n\n{_table(host, steps)}" for host in API_HOSTS
    )
    today = datetime.datetime.now(datetime.UTC).date()
    return f"""\
# A rolling upgrade

Made by `make test-rolling-upgrade` on {today}, in the [cloud of several hosts
and cells](../start/sandbox.md#several-hosts-and-cells) on Nova's fake driver;
do not edit.

The cloud starts with Nova's own processes. Step by step, some are restarted
with the extension; those of the steps before keep it. After each step both
hosts of nova-api are asked about new servers, one on each host of
nova-compute.

- All requests are of microversion {upgrade.ours}, but for "rebuild by an older
  client", which is of Nova's last, {upgrade.novas}, and says nothing of
  overrides.
- **kept**: the request succeeded, and the server's overrides are shown and in
  force. For a rescue that is the server, during it and after; the fake driver
  does not show what the rescue guest has.
- **refused**: nothing happened. Nova's own nova-api answers 406 to a
  microversion that it does not have, and ours 409 where a service would lose
  overrides.
- **dropped, as by Nova**: Nova's own nova-api rebuilt the server from its
  image, without overrides, and it shows none.

The command fails if a nova-api with the extension accepts a request and the
overrides are gone, or if a server shows overrides that are not in force.

So, while one host of nova-api is still Nova's own, an older client's rebuild
that reaches it drops overrides. Upgrade all hosts of nova-api before you let
users override, or take those that wait for it out of the load balancer.

{tables}"""


def _table(host: str, steps: Iterable[Step]) -> str:
    lines = [
        f"| upgraded so far | {' | '.join(OPERATIONS)} |",
        f"|---{'|---' * len(OPERATIONS)}|",
    ]
    for number, step in enumerate(steps):
        cells = [step.cells[host, operation] for operation in OPERATIONS]
        more = "+ " if number > 1 else ""
        lines.append(f"| {more}{step.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(
        exit_code_of(
            lambda: run(Settings.from_environment(), Path(sys.argv[1]))
        )
    )
