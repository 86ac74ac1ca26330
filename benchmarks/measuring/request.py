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
from benchmarks.showing.request import Case, Subject
from sandbox import accounts
from sandbox.restart import restart
from sandbox.server_api import KEY, ServerApi
from sandbox.settings import Settings

# For each of the two places.
ROUNDS: Final[Mapping[Case, int]] = {
    Case.REBUILD: 8,
    Case.CREATE: 50,
    Case.PREVIEW: 50,
    Case.CATALOGUE: 50,
    Case.RENAME: 50,
    Case.CHANGE: 50,
    Case.SHOW: 50,
    Case.DETAIL_100: 10,
    Case.DETAIL_1000: 4,
    Case.LIST_1000: 10,
}
_COPIES: Final = 1000
_PREVIEW: Final = "/os-image-props-override/preview"
_HOSTS: Final = tuple(clouds.API_HOSTS)


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
    for name in _HOSTS:
        settings = restart(settings, name, extension=name != stock)
    last, ours = clouds.novas_last(settings)
    (other,) = (name for name in _HOSTS if name != stock)
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
        for half, stock in enumerate(_HOSTS):
            with two_hosts(self._settings, stock) as (settings, hosts):
                self._settings = settings
                run(hosts, half)

    def rebuild(self, hosts: dict[str, ApiHost], half: int) -> None:
        """Rebuild servers, and wait each time until they are ACTIVE."""
        api = ServerApi.of(
            self._settings, microversion=clouds.novas_last(self._settings)[0]
        )
        kinds: dict[Subject, tuple[str, str, Any]] = {
            Subject.STOCK_PLAIN: ("plain", "plain", None),
            Subject.STOCK_20: ("image", "image of 20", None),
            Subject.OURS_NONE: ("plain", "plain", None),
            Subject.OURS_20: ("overridden", "plain", TWENTY),
        }

        def once(subject: Subject) -> Answer:
            name, image, overrides = kinds[subject]
            action = {"imageRef": self._images[image]}
            if overrides:
                action[KEY] = overrides
            server = self._servers[name]
            answer = hosts[subject.host].request(
                "POST", f"/servers/{server}/action", {"rebuild": action}
            )
            assert answer.status == 202, answer.body
            api.wait_for(server)
            return answer

        self._in_rounds(Case.REBUILD, half, {each: once for each in kinds})

    def send_all(self, hosts: dict[str, ApiHost], half: int) -> None:
        """Send all that needs nova-api alone."""
        for case, subjects in self._requests(hosts).items():
            self._in_rounds(case, half, subjects)

    def _requests(
        self, hosts: dict[str, ApiHost]
    ) -> dict[Case, dict[Subject, Callable[[Subject], Answer]]]:
        def create(image: str, overrides: Any = None) -> Any:
            return lambda subject: self._create(
                hosts[subject.host], image, overrides
            )

        def get(path: str, servers: int = 0) -> Any:
            def once(subject: Subject) -> Answer:
                answer = _accepted(hosts[subject.host].request("GET", path))
                assert len(answer.body.get("servers", [])) == servers
                return answer

            return once

        def put(server: str, body: Callable[[], Any]) -> Any:
            path = f"/servers/{self._servers[server]}"
            return lambda subject: _accepted(
                hosts[subject.host].request("PUT", path, {"server": body()})
            )

        def preview(subject: Subject) -> Answer:
            asked = {
                "imageRef": self._images["plain"],
                "flavorRef": self._flavor,
                KEY: TWENTY,
            }
            answer = hosts[subject.host].request(
                "POST", _PREVIEW, {"preview": asked}
            )
            assert not answer.body["preview"]["problems"], answer.body
            return _accepted(answer)

        def lists(path: str, limit: int) -> Any:
            def get_all(kind: str) -> Callable[[Subject], Answer]:
                wanted = f"name=^{self._tag}-{kind}&limit={limit}"
                return get(f"{path}?{wanted}", servers=limit)

            return of_each_kind(get_all)

        def of_each_kind(
            get: Callable[[str], Callable[[Subject], Answer]],
        ) -> dict[Subject, Callable[[Subject], Answer]]:
            return {
                Subject.STOCK_PLAIN: get("plain"),
                Subject.STOCK_20: get("image"),
                Subject.OURS_NONE: get("plain"),
                Subject.OURS_IMAGE_20: get("image"),
                Subject.OURS_20: get("overridden"),
            }

        return {
            Case.CREATE: {
                Subject.STOCK_PLAIN: create("plain"),
                Subject.STOCK_1: create("image of 1"),
                Subject.STOCK_20: create("image of 20"),
                Subject.STOCK_ALL: create("image of all"),
                Subject.OURS_NONE: create("plain"),
                Subject.OURS_1: create("plain", ONE),
                Subject.OURS_20: create("plain", TWENTY),
                Subject.OURS_ALL: create("plain", ALL),
            },
            Case.PREVIEW: {Subject.OURS_20: preview},
            Case.CATALOGUE: {
                Subject.OURS_NONE: get("/os-image-props-override")
            },
            Case.RENAME: {
                Subject.STOCK_PLAIN: put("plain", self._new_name),
                Subject.OURS_NONE: put("plain", self._new_name),
            },
            Case.CHANGE: {Subject.OURS_20: put("stopped", self._change)},
            Case.SHOW: of_each_kind(
                lambda kind: get(f"/servers/{self._servers[kind]}")
            ),
            Case.DETAIL_100: lists("/servers/detail", self._copies // 10),
            Case.LIST_1000: lists("/servers", self._copies),
            Case.DETAIL_1000: lists("/servers/detail", self._copies),
        }

    def _create(self, host: ApiHost, image: str, overrides: Any) -> Answer:
        server = {
            "name": "created",
            "imageRef": self._images[image],
            "flavorRef": self._flavor,
            "networks": "none",
        }
        if overrides:
            server[KEY] = overrides
        answer = _accepted(
            host.request("POST", "/servers", {"server": server}), 202
        )
        path = f"/servers/{answer.body['server']['id']}"
        _accepted(host.request("DELETE", path), 204)
        return answer

    def _new_name(self) -> dict[str, Any]:
        return {"name": f"{self._tag}-plain-{next(self._numbers)}"}

    def _change(self) -> dict[str, Any]:
        seconds = str(60 + next(self._numbers) % 2)
        return {KEY: {**TWENTY, "os_shutdown_timeout": seconds}}

    def _in_rounds(
        self,
        case: Case,
        half: int,
        subjects: Mapping[Subject, Callable[[Subject], Answer]],
    ) -> None:
        rounds = self._rounds[case]
        print(f"{case}, {half + 1} of 2", flush=True)
        # Each of the two workers has its own caches.
        for number, subject in in_random_order(rounds, [*subjects], 2):
            figures = subjects[subject](subject).figures
            if case is Case.REBUILD:
                # The other processes ask the database, too.
                del figures["statements"]
            place = number + half * rounds if number >= 0 else number
            self._results.add(case, subject, place, **figures)


def _accepted(answer: Answer, status: int = 200) -> Answer:
    assert answer.status == status, answer.body
    return answer
