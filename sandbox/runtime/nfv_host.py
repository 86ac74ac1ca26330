# SPDX-License-Identifier: Apache-2.0
"""A host that this machine is not: two NUMA nodes, eight CPUs, huge pages.

libvirt's driver is Nova's own, and so is the stand-in for libvirt below it,
that of Nova's functional tests. Guests are defined, but nothing runs.
"""

import io
from pathlib import Path
from typing import Any, Final
from unittest import mock

import fixtures
from nova.tests import fixtures as nova_fixtures
from nova.tests.fixtures import libvirt as fake_libvirt

NODES: Final = 2
CPUS_PER_NODE: Final = 4
_GIB_KIB: Final = 1024 * 1024
# Of each node, in pages by their size in KiB.
_PAGES: Final = {4: 7 * _GIB_KIB // 4, 2048: 1 * _GIB_KIB // 2048}

_DRIVER: Final = "nova.virt.libvirt.LibvirtDriver"


def pretend(domains: Path) -> None:
    """Let libvirt's driver of this process find that host, for good.

    Args:
        domains: The folder that gets each guest's definition, named after
            its server's id.
    """
    for fixture in (
        nova_fixtures.LibvirtImageBackendFixture(),
        nova_fixtures.CGroupsFixture(),
        nova_fixtures.LibvirtFixture(),
        # What would look at this machine's disks, files and CPUs.
        fixtures.MockPatch(
            f"{_DRIVER}._create_image", return_value=(False, False)
        ),
        fixtures.MockPatch(
            f"{_DRIVER}._get_local_gb_info",
            return_value={"total": 128, "used": 0, "free": 128},
        ),
        fixtures.MockPatch(
            "nova.virt.libvirt.driver.libvirt_utils.file_open",
            side_effect=lambda *_args, **_kwargs: io.BytesIO(b""),
        ),
        fixtures.MockPatch(
            "nova.privsep.utils.supports_direct_io", return_value=True
        ),
        fixtures.MockPatch(
            "nova.virt.libvirt.host.Host.get_online_cpus",
            return_value=set(range(NODES * CPUS_PER_NODE)),
        ),
        fixtures.MockPatch(
            "nova.virt.libvirt.host.Host.get_connection",
            return_value=_connection(),
        ),
    ):
        fixture.setUp()
    _write_definitions(domains)


def _connection() -> Any:
    pages = fake_libvirt.create_mempages(list(_PAGES.items()))
    return fake_libvirt.Connection(
        "qemu:///system",
        version=fake_libvirt.FAKE_LIBVIRT_VERSION,
        hv_version=fake_libvirt.FAKE_QEMU_VERSION,
        host_info=fake_libvirt.HostInfo(
            cpu_nodes=NODES,
            cpu_sockets=1,
            cpu_cores=CPUS_PER_NODE // 2,
            cpu_threads=2,
            kB_mem=NODES * 8 * _GIB_KIB,
            mempages=[pages] * NODES,
        ),
        hostname="sandbox",
    )


def _write_definitions(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    define = fake_libvirt.Connection.defineXML

    def define_and_write(connection: Any, xml: str) -> Any:
        domain = define(connection, xml)
        (folder / f"{domain.UUIDString()}.xml").write_text(xml)
        return domain

    patch = mock.patch.object(
        fake_libvirt.Connection, "defineXML", define_and_write
    )
    patch.start()
