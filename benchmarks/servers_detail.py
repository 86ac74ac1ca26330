# SPDX-License-Identifier: Apache-2.0
"""What ``GET /servers/detail`` of servers with overrides costs nova-api.

Nova runs in this process, on the harness of its own functional tests, with
SQLite in memory. It has servers of a plain image, of an image with
properties, and of the plain image with the same properties overridden: with
the record as it is written today, and with a row for each override, as it
was before. Nova's own application and ours, on the same database, list each
kind once in each round, in random order.

    .venv/bin/python -m benchmarks.servers_detail [--rounds N] [--servers N]
"""
# ruff: noqa: E402 - Nova learns which threads to use, and only then is the
# rest of it imported: it decides at import.

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests import nova_concurrency

nova_concurrency.choose()

import fixtures
import sqlalchemy
from nova.api import wsgi

from image_props_override.core.boot.record import SYSTEM_METADATA_PREFIX
from sandbox.nova_paste import write_nova_paste
from tests.functional.nova_in_process import (
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)

# Valid together, on any image and flavor.
PROPERTIES: Final = {
    "hw_boot_menu": "true",
    "hw_cdrom_bus": "sata",
    "hw_cpu_max_sockets": "4",
    "hw_cpu_max_threads": "1",
    "hw_disk_bus": "virtio",
    "hw_firmware_type": "bios",
    "hw_input_bus": "usb",
    "hw_machine_type": "q35",
    "hw_numa_nodes": "1",
    "hw_pmu": "false",
    "hw_pointer_model": "usbtablet",
    "hw_qemu_guest_agent": "true",
    "img_config_drive": "optional",
    "hw_scsi_model": "virtio-scsi",
    "hw_serial_port_count": "1",
    "hw_time_hpet": "false",
    "hw_video_model": "virtio",
    "hw_vif_model": "virtio",
    "hw_watchdog_action": "poweroff",
    "img_hide_hypervisor_id": "true",
    "os_admin_user": "root",
    "os_distro": "debian",
    "os_require_quiesce": "false",
    "os_shutdown_timeout": "60",
    "os_type": "linux",
}
_RESAMPLES: Final = 2000

# Application, and kind of server.
Subject = tuple[str, str]
SUBJECTS: Final[tuple[Subject, ...]] = (
    ("stock", "plain"),
    ("stock", "image"),
    ("ours", "plain"),
    ("ours", "image"),
    ("ours", "few rows"),
    ("ours", "row each"),
)
COMPARED: Final[tuple[tuple[Subject, Subject], ...]] = (
    (("ours", "plain"), ("stock", "plain")),
    (("ours", "image"), ("stock", "image")),
    (("ours", "few rows"), ("stock", "image")),
    (("ours", "row each"), ("stock", "image")),
    (("ours", "few rows"), ("ours", "row each")),
)


def boot(nova: NovaInProcess, flavor: str, kind: str, count: int) -> None:
    """Boot servers in one request; their names begin with the kind."""
    image = nova.image_with(**(PROPERTIES if kind == "image" else {}))
    overrides = PROPERTIES if kind in ("few rows", "row each") else None
    before = len(nova.api.get_servers(detail=False))
    nova.api.post_server(
        nova.body(
            overrides,
            name=kind,
            imageRef=image,
            flavorRef=flavor,
            min_count=count,
        )
    )
    deadline = time.monotonic() + 300
    active: list[Any] = []
    while len(active) < before + count:
        failed = nova.api.get_servers(
            detail=False, search_opts={"status": "ERROR"}
        )
        assert not failed, f"{kind}: a server is in ERROR"
        active = nova.api.get_servers(
            detail=False, search_opts={"status": "ACTIVE"}
        )
        assert time.monotonic() < deadline, f"{kind}: not all are ACTIVE"
        time.sleep(0.2)
    if kind == "row each":
        for server in active:
            if server["name"].startswith(kind):
                give_a_row_each(nova.instance(server))


def give_a_row_each(instance: Any) -> None:
    """Write a server's record as it was written before."""
    metadata = instance.system_metadata
    for key in [*metadata]:
        if key.startswith(SYSTEM_METADATA_PREFIX):
            del metadata[key]
    for name, value in PROPERTIES.items():
        metadata[f"{SYSTEM_METADATA_PREFIX}{name}"] = value
    instance.save()


@contextlib.contextmanager
def running_nova() -> Iterator[NovaInProcess]:
    """Yield Nova with the plug-in."""
    nova = NovaInProcess("start")
    nova.setUp()
    try:
        yield nova
    finally:
        nova.tearDown()
        assert nova.doCleanups(), "Nova did not shut down cleanly"


def stock_application(nova: NovaInProcess) -> Any:
    """Return Nova's own application, as Nova's own paste file makes it."""
    paste = Path(nova.useFixture(fixtures.TempDir()).path) / "paste.ini"
    write_nova_paste(paste, extension=False)
    return wsgi.Loader(str(paste)).load_app("osapi_compute")


def list_once(
    nova: NovaInProcess, stock: Any, subject: Subject, count: int
) -> float:
    """Return the processor's milliseconds of one list."""
    application, kind = subject
    path = f"/v2.1/servers/detail?name=^{kind.replace(' ', '%20')}"
    version = OURS if application == "ours" else NOVAS_LAST
    with (
        nova.served(stock)
        if application == "stock"
        else contextlib.nullcontext()
    ):
        start = time.process_time()
        answer = nova.request("GET", path, version)
        milliseconds = (time.process_time() - start) * 1000
    assert answer.status_code == 200, answer.text
    servers = answer.json()["servers"]
    assert len(servers) == count
    if kind in ("few rows", "row each"):
        assert all(
            server["image_props_override"] == PROPERTIES for server in servers
        )
    return milliseconds


def rows_of_a_server(nova: NovaInProcess, kind: str) -> int:
    """Return how many rows of system metadata one server has."""
    server = next(
        each
        for each in nova.api.get_servers(detail=False)
        if each["name"].startswith(kind)
    )
    return len(nova.system_metadata(server))


def ratio_with_interval(
    one: list[float], other: list[float]
) -> tuple[float, float, float]:
    """Return the ratio of medians, and its bootstrapped 95 % interval.

    Args:
        one: Of each round.
        other: Of the same rounds: these are drawn in pairs.
    """
    pairs = list(zip(one, other, strict=True))

    def ratio(drawn: list[tuple[float, float]]) -> float:
        above, below = zip(*drawn, strict=True)
        return float(statistics.median(above) / statistics.median(below))

    drawn = sorted(
        ratio(random.choices(pairs, k=len(pairs))) for _ in range(_RESAMPLES)
    )
    edge = round(_RESAMPLES * 0.025)
    return ratio(pairs), drawn[edge], drawn[-edge - 1]


def main() -> None:
    """Print what each list took, and ours beside stock Nova's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=30)
    chosen = parser.parse_args()
    with running_nova() as nova:
        flavor = nova._create_flavor(vcpu=1, memory_mb=64, disk=1, ephemeral=0)
        nova.flags(instances=1000, cores=1000, group="quota")
        kinds = ("plain", "image", "few rows", "row each")
        for kind in kinds:
            boot(nova, flavor, kind, chosen.servers)
        rows = {kind: rows_of_a_server(nova, kind) for kind in kinds}
        stock = stock_application(nova)
        taken: dict[Subject, list[float]] = {each: [] for each in SUBJECTS}
        # The first round is for caches and does not count.
        for number in range(chosen.rounds + 1):
            for subject in random.sample(SUBJECTS, len(SUBJECTS)):
                figure = list_once(nova, stock, subject, chosen.servers)
                if number:
                    taken[subject].append(figure)
    print(
        f"{datetime.datetime.now(tz=datetime.UTC).date()}, "
        f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, "
        f"SQLAlchemy {sqlalchemy.__version__}: {chosen.rounds} rounds of "
        f"{chosen.servers} servers, {len(PROPERTIES)} properties"
    )
    for (application, kind), figures in taken.items():
        print(
            f"{application:6}{kind:9} median {statistics.median(figures):6.1f}"
            f" ms of the processor, least {min(figures):6.1f}; "
            f"{rows[kind]} rows for each server"
        )
    for one, other in COMPARED:
        ratio, low, high = ratio_with_interval(taken[one], taken[other])
        print(
            f"{' '.join(one)} / {' '.join(other)}: {ratio:.2f} "
            f"({low:.2f} to {high:.2f})"
        )


if __name__ == "__main__":
    main()
