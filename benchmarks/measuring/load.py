# SPDX-License-Identifier: Apache-2.0
"""Creates servers from many clients at once, by two hosts of nova-api."""

from __future__ import annotations

import queue
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from benchmarks import clouds
from benchmarks.clouds import ApiHost
from benchmarks.measuring.request import HOSTS, two_hosts
from benchmarks.properties import TWENTY
from benchmarks.results import Results, in_random_order
from benchmarks.showing.request import Subject
from sandbox import accounts
from sandbox.server_api import create_body

# For each of the two places that a host of nova-api can have.
ROUNDS: Final = 3
# By number of clients, how many servers they create in all.
SERVERS: Final[Mapping[int, int]] = {1: 4, 4: 8, 16: 16, 64: 64}


def measure(
    results: Results,
    rounds: int = ROUNDS,
    servers: Mapping[int, int] = SERVERS,
) -> None:
    """Create servers, all numbers of clients in random order.

    Args:
        results: Where to add the samples.
        rounds: How many, for each of the two places.
        servers: By number of clients, how many they create in all.
    """
    with clouds.running("distributed") as settings:
        clouds.without_quota(settings)
        flavor = accounts.connect(settings).compute.find_flavor("tiny").id
        image_ids = {
            "plain": clouds.new_image(settings, "plain", {}),
            "twenty": clouds.new_image(settings, "twenty", TWENTY),
        }
        clouds.end_all_but_the_apis(settings)
        body_of = partial(create_body, "created")
        bodies = {
            Subject.STOCK_PLAIN: body_of(image_ids["plain"], flavor),
            Subject.STOCK_20: body_of(image_ids["twenty"], flavor),
            Subject.OURS_NONE: body_of(image_ids["plain"], flavor),
            Subject.OURS_20: body_of(image_ids["plain"], flavor, TWENTY),
        }
        runs = [(subject, count) for subject in bodies for count in servers]
        for half, stock in enumerate(HOSTS):
            with two_hosts(settings, stock) as (settings, hosts):
                for subject, body in bodies.items():
                    # For caches.
                    _create(hosts[subject.host], body, clients=4, servers=8)
                for number, (subject, count) in in_random_order(
                    rounds, runs, warm_up=0
                ):
                    figures = _create(
                        hosts[subject.host],
                        bodies[subject],
                        clients=count,
                        servers=servers[count],
                    )
                    place = number + half * rounds
                    results.add(str(count), subject, place, **figures)
                    print(count, subject, figures, flush=True)


def _create(
    host: ApiHost, body: dict[str, Any], clients: int, servers: int
) -> dict[str, float]:
    """Create servers, then delete them; return what the first took."""
    waiting: queue.SimpleQueue[None] = queue.SimpleQueue()
    for _ in range(servers):
        waiting.put(None)
    created: list[str] = []

    def work() -> None:
        while True:
            try:
                waiting.get_nowait()
            except queue.Empty:
                return
            answer = host.send("POST", "/servers", body)
            assert answer.status_code == 202, answer.text
            created.append(answer.json()["server"]["id"])

    with ThreadPoolExecutor(clients) as pool:
        cpu_ms = host.cpu_ms()
        start = time.perf_counter()
        done = [pool.submit(work) for _ in range(clients)]
        for each in done:
            each.result()
        seconds = time.perf_counter() - start
        cpu_ms = host.cpu_ms() - cpu_ms
        for server in created:
            pool.submit(host.send, "DELETE", f"/servers/{server}")
    return {"per_second": servers / seconds, "cpu_ms": cpu_ms / servers}
