# SPDX-License-Identifier: Apache-2.0
"""Sends requests to two hosts of nova-api, of which one is stock Nova's.

Both have the same databases, in a cloud whose other processes are ended:
what is measured is nova-api. The hosts change places once.
"""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from benchmarks import clouds, server_copies
from benchmarks.clouds import Answer, ApiHost
from benchmarks.properties import ALL, ONE, TWENTY
from benchmarks.results import Results, in_random_order
from benchmarks.showing.request import ROUNDS, Case, Subject
from sandbox import accounts
from sandbox.restart import restart
from sandbox.server_api import KEY, ServerApi, create_body
from sandbox.settings import Settings

_COPIES: Final = 1000
_CATALOGUE: Final = "/os-image-props-override"
_PREVIEW: Final = f"{_CATALOGUE}/preview"
# What a request that shows servers is asked for, by kind of server.
_SHOWN: Final = {
    Subject.STOCK_PLAIN: "plain",
    Subject.STOCK_20: "image",
    Subject.OURS_NONE: "plain",
    Subject.OURS_IMAGE_20: "image",
    Subject.OURS_20: "overridden",
}
# Sends a request to one of the hosts.
Send = Callable[[ApiHost], Answer]
HOSTS: Final = tuple(clouds.API_HOSTS)


def measure(
    results: Results,
    rounds: Mapping[Case, int] = ROUNDS,
    copies: int = _COPIES,
) -> None:
    """Send all kinds of requests.

    Args:
        results: Where to add the samples.
        rounds: How many, by case, for each of the two places.
        copies: How many servers of each kind a list has.
    """
    with clouds.running("distributed") as settings:
        bench = _Bench(settings, results, rounds, copies)
        bench.boot()
        bench.swapped(bench.rebuild)
        clouds.end_all_but_the_apis(settings)
        bench.copy()
        bench.swapped(bench.send_all)


@contextlib.contextmanager
def two_hosts(
    settings: Settings, stock: str
) -> Iterator[tuple[Settings, dict[str, ApiHost]]]:
    """Make one host of nova-api stock Nova's and the other ours.

    Args:
        settings: Of the distributed cloud.
        stock: The name of the first one.

    Yields:
        The cloud's settings, and the hosts, ``stock`` and ``ours``.
    """
    for name in HOSTS:
        settings = restart(settings, name, extension=name != stock)
    last, ours = clouds.novas_last(settings)
    (other,) = (name for name in HOSTS if name != stock)
    hosts = {
        "stock": ApiHost(settings, stock, last),
        "ours": ApiHost(settings, other, ours),
    }
    try:
        yield settings, hosts
    finally:
        for host in hosts.values():
            host.close()


class _Bench:
    """The servers and images of one run."""

    def __init__(
        self,
        settings: Settings,
        results: Results,
        rounds: Mapping[Case, int],
        copies: int,
    ) -> None:
        self._copies = copies
        self._settings = settings
        self._results = results
        self._rounds = rounds
        self._numbers = itertools.count()
        # Lists are to have this run's servers alone.
        self._tag = uuid.uuid4().hex[:8]
        self._images = {
            kind: clouds.new_image(settings, kind, properties)
            for kind, properties in (
                ("plain", {}),
                ("image of 1", ONE),
                ("image of 20", TWENTY),
                ("image of all", ALL),
            )
        }
        compute = accounts.connect(settings).compute
        self._flavor = compute.find_flavor("tiny").id
        self._servers: dict[str, str] = {}
        clouds.without_quota(settings)

    def boot(self) -> None:
        """Boot a server of each kind, and one that is then stopped."""
        api = ServerApi.of(self._settings)
        for name, image, overrides in (
            ("plain", "plain", None),
            ("image", "image of 20", None),
            ("overridden", "plain", TWENTY),
            ("stopped", "plain", TWENTY),
        ):
            # All in one cell, where their copies are to be.
            created = api.create(
                f"{self._tag}-{name}",
                overrides,
                imageRef=self._images[image],
                host="fake-2",
            )
            assert created.status_code == 202, created.text
            self._servers[name] = created.json()["server"]["id"]
        for server in self._servers.values():
            api.wait_for(server)
        stopped = self._servers["stopped"]
        assert api.act(stopped, "os-stop").status_code == 202
        api.wait_for(stopped, "SHUTOFF")

    def copy(self) -> None:
        """Let a list have many servers of each kind."""
        for kind in ("plain", "image", "overridden"):
            server_copies.make(
                self._settings,
                "nova_cell1",
                self._servers[kind],
                self._copies - 1,
            )

    def swapped(self, run: Callable[[dict[str, ApiHost], int], None]) -> None:
        """Run something twice, with the hosts in each other's place."""
        for half, stock in enumerate(HOSTS):
            with two_hosts(self._settings, stock) as (settings, hosts):
                self._settings = settings
                run(hosts, half)

    def rebuild(self, hosts: dict[str, ApiHost], half: int) -> None:
        """Rebuild servers, and wait each time until they are ACTIVE."""
        api = ServerApi.of(
            self._settings, microversion=clouds.novas_last(self._settings)[0]
        )

        def rebuilds(kind: str, image: str, overrides: Any = None) -> Send:
            server = self._servers[kind]
            action = {"imageRef": self._images[image]}
            if overrides:
                action[KEY] = overrides

            def rebuild(host: ApiHost) -> Answer:
                answer = host.request(
                    "POST", f"/servers/{server}/action", {"rebuild": action}
                )
                _require(answer, 202)
                api.wait_for(server)
                return answer

            return rebuild

        subjects = {
            Subject.STOCK_PLAIN: rebuilds("plain", "plain"),
            Subject.STOCK_20: rebuilds("image", "image of 20"),
            Subject.OURS_NONE: rebuilds("plain", "plain"),
            Subject.OURS_20: rebuilds("overridden", "plain", TWENTY),
        }
        self._in_rounds(Case.REBUILD, half, hosts, subjects)

    def send_all(self, hosts: dict[str, ApiHost], half: int) -> None:
        """Send all that needs nova-api alone."""
        for case, subjects in self._requests().items():
            self._in_rounds(case, half, hosts, subjects)

    def _requests(self) -> dict[Case, dict[Subject, Send]]:
        lists = self._lists
        return {
            Case.CREATE: {
                Subject.STOCK_PLAIN: self._creates("plain"),
                Subject.STOCK_1: self._creates("image of 1"),
                Subject.STOCK_20: self._creates("image of 20"),
                Subject.STOCK_ALL: self._creates("image of all"),
                Subject.OURS_NONE: self._creates("plain"),
                Subject.OURS_1: self._creates("plain", ONE),
                Subject.OURS_20: self._creates("plain", TWENTY),
                Subject.OURS_ALL: self._creates("plain", ALL),
            },
            Case.PREVIEW: {Subject.OURS_20: self._preview},
            Case.CATALOGUE: {Subject.OURS_NONE: _get(_CATALOGUE)},
            Case.RENAME: dict.fromkeys(
                (Subject.STOCK_PLAIN, Subject.OURS_NONE), self._rename
            ),
            Case.CHANGE: {Subject.OURS_20: self._change},
            Case.SHOW: {
                subject: _get(f"/servers/{self._servers[kind]}")
                for subject, kind in _SHOWN.items()
            },
            Case.DETAIL_100: lists("/servers/detail", self._copies // 10),
            Case.LIST_1000: lists("/servers", self._copies),
            Case.DETAIL_1000: lists("/servers/detail", self._copies),
        }

    def _creates(
        self, image: str, overrides: Mapping[str, str] | None = None
    ) -> Send:
        body = create_body(
            "created", self._images[image], self._flavor, overrides
        )

        def create(host: ApiHost) -> Answer:
            answer = host.request("POST", "/servers", body)
            _require(answer, 202)
            path = f"/servers/{answer.body['server']['id']}"
            _require(host.request("DELETE", path), 204)
            return answer

        return create

    def _preview(self, host: ApiHost) -> Answer:
        asked = {
            "imageRef": self._images["plain"],
            "flavorRef": self._flavor,
            KEY: TWENTY,
        }
        answer = host.request("POST", _PREVIEW, {"preview": asked})
        _require(answer, 200)
        assert not answer.body["preview"]["problems"], answer.body
        return answer

    def _rename(self, host: ApiHost) -> Answer:
        name = f"{self._tag}-plain-{next(self._numbers)}"
        return self._put(host, "plain", {"name": name})

    def _change(self, host: ApiHost) -> Answer:
        seconds = str(60 + next(self._numbers) % 2)
        overrides = {**TWENTY, "os_shutdown_timeout": seconds}
        return self._put(host, "stopped", {KEY: overrides})

    def _put(self, host: ApiHost, kind: str, body: dict[str, Any]) -> Answer:
        path = f"/servers/{self._servers[kind]}"
        answer = host.request("PUT", path, {"server": body})
        _require(answer, 200)
        return answer

    def _lists(self, path: str, count: int) -> dict[Subject, Send]:
        """Return requests for so many servers of each kind."""
        return {
            subject: _get(
                f"{path}?name=^{self._tag}-{kind}&limit={count}", count
            )
            for subject, kind in _SHOWN.items()
        }

    def _in_rounds(
        self,
        case: Case,
        half: int,
        hosts: Mapping[str, ApiHost],
        subjects: Mapping[Subject, Send],
    ) -> None:
        rounds = self._rounds[case]
        print(f"{case}, {half + 1} of 2", flush=True)
        # Each of the two workers has its own caches; the longest lists, which
        # take seconds, come when those are filled.
        warm_up = 0 if case is Case.DETAIL_1000 else 2
        for number, subject in in_random_order(rounds, [*subjects], warm_up):
            figures = subjects[subject](hosts[subject.host]).figures
            if case is Case.REBUILD:
                # The other processes ask the database, too.
                del figures["statements"]
            place = number + half * rounds if number >= 0 else number
            self._results.add(case, subject, place, **figures)


def _get(path: str, servers: int = 0) -> Send:
    def get(host: ApiHost) -> Answer:
        answer = host.request("GET", path)
        _require(answer, 200)
        assert len(answer.body.get("servers", ())) == servers
        return answer

    return get


def _require(answer: Answer, status: int) -> None:
    assert answer.status == status, answer.body
