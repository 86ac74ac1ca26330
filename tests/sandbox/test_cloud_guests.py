# SPDX-License-Identifier: Apache-2.0
"""A cloud with real guests keeps its promises."""

import concurrent.futures
import signal
import subprocess

from sandbox import accounts
from sandbox import cloud as sandbox_cloud
from sandbox.processes import wait_until
from sandbox.service_table import services
from sandbox.settings import Settings
from tests.sandbox.leftovers import leftovers_of

BUSY_MACHINE_SECONDS = 300


def running_domains(settings: Settings) -> list[str]:
    """Names of libvirt's running domains, asked from outside."""
    virsh = subprocess.run(
        ["virsh", "--connect", settings.libvirt_uri, "list", "--name"],
        capture_output=True,
        text=True,
        check=True,
    )
    return virsh.stdout.split()


def test_ten_parallel_creates_all_end_active(cloud: Settings) -> None:
    """By ten clients at once, each with a login of its own."""
    compute = accounts.connect(cloud).compute

    def create(number: int) -> str:
        server = accounts.connect(cloud, "demo").create_server(
            f"parallel-{number}", image="guest", flavor="tiny", auto_ip=False
        )
        return str(server.id)

    with concurrent.futures.ThreadPoolExecutor(10) as clients:
        ids = list(clients.map(create, range(10)))
    states: dict[str, str] = {}

    def all_built() -> bool:
        states.update((id_, compute.get_server(id_).status) for id_ in ids)
        return "BUILD" not in states.values()

    wait_until(
        all_built, deadline_seconds=BUSY_MACHINE_SECONDS, what="all are built"
    )
    faults = [compute.get_server(id_).fault for id_ in ids]
    for id_ in ids:
        compute.delete_server(id_)

    assert list(states.values()) == ["ACTIVE"] * 10, faults
    wait_until(
        lambda: (
            not {s.id for s in compute.servers(all_projects=True)} & {*ids}
        ),
        deadline_seconds=BUSY_MACHINE_SECONDS,
        what="all are deleted",
    )


def test_guests_end_with_the_cloud_and_come_back_with_it(
    cloud: Settings,
) -> None:
    """Even where libvirtd was killed: guests outlive it, and hide nowhere."""
    connection = accounts.connect(cloud)
    server = connection.create_server(
        "kept",
        image="guest",
        flavor="tiny",
        network=accounts.NETWORK_NAME,
        wait=True,
        auto_ip=False,
    )
    ports = [port.id for port in connection.network.ports(device_id=server.id)]
    domains = running_domains(cloud)
    assert len(domains) == 1
    assert [d for d in leftovers_of(cloud, ports) if "device" in d]
    kill_libvirtd(cloud)

    sandbox_cloud.down(cloud)

    assert leftovers_of(cloud, ports) == []

    sandbox_cloud.up(cloud)

    connection = accounts.connect(cloud)
    assert connection.compute.get_server(server.id).status == "ACTIVE"
    assert running_domains(cloud) == domains
    connection.delete_server(server.id, wait=True)


def kill_libvirtd(settings: Settings) -> None:
    """End libvirtd without giving it a chance to do anything."""
    libvirtd = next(s for s in services(settings) if s.name == "libvirtd")
    assert libvirtd.process is not None
    libvirtd.process.send(signal.SIGKILL)
