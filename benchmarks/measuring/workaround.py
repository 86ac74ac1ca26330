# SPDX-License-Identifier: Apache-2.0
"""Boots variants of an image: uploaded one by one, or by overriding one."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import clouds
from benchmarks.results import Results, in_random_order
from benchmarks.showing.workaround import Way
from sandbox import accounts
from sandbox.errors import SandboxError
from sandbox.processes import wait_until
from sandbox.server_api import KEY
from sandbox.settings import Settings

SIZES_MIB: Final = (64, 256, 1024)
COUNTS: Final = (1, 2, 4, 8, 16)
# Beyond it, so many copies would fill a disk, and half an hour.
_MOST_MIB: Final = 4096

# Sixteen machines that differ in what a guest sees.
VARIANTS: Final = tuple(
    {
        "hw_machine_type": machine,
        "hw_vif_model": device,
        "hw_video_model": video,
    }
    for machine, device, video in itertools.product(
        ("pc", "q35"), ("virtio", "e1000", "e1000e", "rtl8139"), ("vga", "qxl")
    )
)
_READ_BYTES: Final = 2**20


def measure(
    results: Results,
    sizes_mib: Sequence[int] = SIZES_MIB,
    counts: Sequence[int] = COUNTS,
    most_mib: int = _MOST_MIB,
) -> None:
    """Boot all variants both ways, in random order, once for each number.

    Args:
        results: Where to add the samples.
        sizes_mib: The images'.
        counts: Of variants.
        most_mib: What is larger in all, in copies, is left out.
    """
    with clouds.running("guests") as settings:
        folder = settings.var_dir / "benchmarks"
        folder.mkdir(exist_ok=True)
        pairs = [
            (size, count)
            for size in sizes_mib
            for count in counts
            if size * count <= most_mib
        ]
        bench = _Bench(settings)
        # What only the first boot of a cloud does is no matter of either.
        bench.run(_file(folder, sizes_mib[0]), 1, Way.OVERRIDES)
        # The two ways one after the other: the load may change in minutes.
        for _, (size, count) in in_random_order(1, pairs, warm_up=0):
            for _, way in in_random_order(1, [*Way], warm_up=0):
                figures = bench.run(_file(folder, size), count, way)
                print(f"{size} MiB, {count}, {way}: {figures}", flush=True)
                results.add(f"{size} MiB", way.of(count), 0, **figures)
        shutil.rmtree(folder)


def _file(folder: Path, size_mib: int) -> Path:
    """Return a file that no storage can make smaller."""
    path = folder / f"{size_mib}.raw"
    if not path.exists():
        with path.open("wb") as file:
            for _ in range(size_mib):
                file.write(os.urandom(2**20))
    return path


class _Bench:
    """A user of a running cloud."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        connection = accounts.connect(settings)
        self._compute = connection.compute
        self._glance = connection.image
        self._requests = 0
        self._flavor = self._compute.find_flavor("tiny").id
        network = connection.network.find_network(accounts.NETWORK_NAME)
        self._networks = [{"uuid": network.id}]
        self._version = clouds.novas_last(settings)[1]
        self._store = settings.var_dir / "glance" / "images"
        self._cache = settings.instances_dir / "_base"

    def run(self, file: Path, count: int, way: Way) -> dict[str, float]:
        """Boot variants, remove all of it again, and return the figures.

        Args:
            file: What the image holds.
            count: How many variants.
            way: Whose properties they have.
        """
        before = _bytes(self._store), _bytes(self._cache)
        self._requests = 0
        image_ids: list[str] = []
        servers: list[str] = []
        start = time.monotonic()
        for variant in VARIANTS[:count]:
            overrides: dict[str, str] = {}
            if way is Way.UPLOADS or not image_ids:
                with file.open("rb") as data:
                    image_ids.append(
                        clouds.new_image(
                            self._settings,
                            "variant",
                            variant if way is Way.UPLOADS else {},
                            _parts(data),
                        )
                    )
                # Its description, and its data.
                self._requests += 2
            if way is Way.OVERRIDES:
                overrides = variant
            servers.append(self._boot(image_ids[-1], overrides))
        for server in servers:
            self._wait_for(server)
        seconds = time.monotonic() - start
        figures = {
            "wall_seconds": seconds,
            "requests": self._requests,
            "store_bytes": _bytes(self._store) - before[0],
            "cache_bytes": _bytes(self._cache) - before[1],
        }
        self._remove(servers, image_ids)
        return figures

    def _boot(self, image: str, overrides: dict[str, str]) -> str:
        server: dict[str, Any] = {
            "name": "variant",
            "imageRef": image,
            "flavorRef": self._flavor,
            "networks": self._networks,
        }
        if overrides:
            server[KEY] = overrides
        answer = self._compute.post(
            "/servers", json={"server": server}, microversion=self._version
        )
        answer.raise_for_status()
        self._requests += 1
        return str(answer.json()["server"]["id"])

    def _wait_for(self, server: str) -> None:
        def is_active() -> bool:
            shown = self._compute.get(f"/servers/{server}").json()["server"]
            if shown["status"] == "ERROR":
                raise SandboxError(f"{server} failed: {shown['fault']}")
            return bool(shown["status"] == "ACTIVE")

        wait_until(is_active, deadline_seconds=900, what=f"{server} is ACTIVE")

    def _remove(self, servers: list[str], image_ids: list[str]) -> None:
        for server in servers:
            self._compute.delete(f"/servers/{server}").raise_for_status()
        wait_until(
            lambda: not self._compute.get("/servers").json()["servers"],
            deadline_seconds=300,
            what="all servers are gone",
        )
        for image_id in image_ids:
            self._glance.delete(f"/images/{image_id}").raise_for_status()
        # Nova would do so a day later. Kernel and ramdisk stay.
        for path in self._cache.iterdir():
            if path.stat().st_size >= 2**26:
                path.unlink()


def _parts(file: Any) -> Iterator[bytes]:
    # As a client sends it; a whole image need not fit into memory.
    while data := file.read(_READ_BYTES):
        yield data


def _bytes(folder: Path) -> int:
    """Return how much of the disk the files of a folder take."""
    if not folder.exists():
        return 0
    return sum(path.stat().st_blocks * 512 for path in folder.iterdir())
