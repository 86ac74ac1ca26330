# SPDX-License-Identifier: Apache-2.0
"""Real guests on a host with CPUs for pinned guests, and with shared ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from image_props_override.tempest_plugin.guest.domain import running_domain
from sandbox import accounts
from sandbox import cloud as sandbox_cloud
from sandbox.settings import Settings
from tests.sandbox import lacking
from tests.sandbox.conftest import new_cloud, require_guests
from tests.sandbox.guest_server import KEY, GuestServer

PINNED = {"hw_cpu_policy": "dedicated"}


@pytest.fixture(scope="module")
def pinning_cloud() -> Iterator[Settings]:
    """A running cloud that has this machine's last CPU for pinned guests."""
    require_guests()
    *shared, last = sorted(os.sched_getaffinity(0))
    if not shared:
        lacking.skip_but_fail_in_ci("this machine has one CPU, which all need")
    with new_cloud("auto", first_port=16000, pinned_cpus=str(last)) as cloud:
        yield sandbox_cloud.up(cloud)


@pytest.fixture(scope="module")
def flavor(pinning_cloud: Settings) -> str:
    """A flavor of one vCPU that leaves pinning to the image."""
    compute = accounts.connect(pinning_cloud).compute
    return str(compute.create_flavor(name="one", vcpus=1, ram=256, disk=1).id)


def test_override_pins_a_guest(pinning_cloud: Settings, flavor: str) -> None:
    """Of one image and flavor, only the guest with the override is pinned."""
    numbers = pinning_cloud.pinned_cpu_numbers
    pinned = GuestServer(pinning_cloud, "pinned", PINNED, flavorRef=flavor)
    try:
        assert cpus_of_first_thread(pinned) == numbers
        assert pinned.shown()[KEY] == PINNED
        floating = GuestServer(pinning_cloud, "floating", {}, flavorRef=flavor)
        try:
            shared = os.sched_getaffinity(0) - numbers
            assert cpus_of_first_thread(floating) == shared
        finally:
            floating.delete()
        # Nobody shares the one CPU with it.
        assert_no_host_is_found(pinning_cloud, flavor)
    finally:
        pinned.delete()


def cpus_of_first_thread(server: GuestServer) -> set[int]:
    """Return where the thread of a guest's first vCPU may run.

    It is what the kernel says, not the definition.
    """
    domain = running_domain(server.cloud.libvirt_uri, server.server_id)
    name = domain.root.findtext("name")
    process = server.cloud.run_dir / "libvirt-own" / "qemu" / f"{name}.pid"
    tasks = Path("/proc", process.read_text().strip(), "task")
    (thread,) = (
        task
        for task in tasks.iterdir()
        if (task / "comm").read_text().startswith("CPU 0/")
    )
    return os.sched_getaffinity(int(thread.name))


def assert_no_host_is_found(cloud: Settings, flavor: str) -> None:
    """One more server of that kind fails, and for want of a host."""
    with pytest.raises(AssertionError, match="No valid host was found"):
        GuestServer(cloud, "one-too-many", PINNED, flavorRef=flavor)
    user = accounts.connect(cloud, "demo")
    user.delete_server("one-too-many", wait=True)
