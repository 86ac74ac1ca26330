# SPDX-License-Identifier: Apache-2.0
"""Nova with two hosts, between which servers can move.

Nova's fake libvirt makes up the description of a domain that it is asked
for. Here it gives back the one that it was given, as libvirt does, so that
what Nova makes of that (on resume, on live migration) is what it would be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import fixtures
from nova.api import wsgi
from nova.tests.fixtures import libvirt as fakelibvirt

from sandbox.nova_paste import write_nova_paste
from tests.functional.nova_in_process import NovaInProcess

HOSTS = ("compute1", "compute2")


class TwoHosts(NovaInProcess):
    """Two hosts of two NUMA cells each, and ways to move servers."""

    def setUp(self) -> None:
        """Start Nova and both compute hosts."""
        super().setUp()
        # A live snapshot takes what the fake libvirt lacks.
        self.flags(disable_libvirt_livesnapshot=True, group="workarounds")
        self._let_libvirt_keep_domains()
        # Copies disks, which are not there, to the other host.
        self.useFixture(
            fixtures.MockPatch(
                "nova.virt.libvirt.driver.LibvirtDriver"
                ".migrate_disk_and_power_off",
                return_value="[]",
            )
        )
        self.start_compute(
            HOSTS[1],
            host_info=fakelibvirt.HostInfo(
                cpu_nodes=2, cpu_sockets=1, cpu_cores=2, cpu_threads=2
            ),
        )

    def _let_libvirt_keep_domains(self) -> None:
        keep = fakelibvirt.Domain._parse_definition

        def parse(domain: Any, xml: Any) -> Any:
            domain.given = xml
            return keep(domain, xml)

        attach = fakelibvirt.Domain.attachDevice

        def attach_and_keep(domain: Any, xml: str) -> Any:
            described = ElementTree.fromstring(domain.given)
            devices = described.find("devices")
            assert devices is not None
            devices.append(ElementTree.fromstring(xml))
            domain.given = ElementTree.tostring(described, "unicode")
            return attach(domain, xml)

        def describe(domain: Any, *_args: Any, **_kwargs: Any) -> Any:
            return domain.given

        def migrate(
            domain: Any, destination: str, params: Any, flags: int
        ) -> None:
            """Do what two libvirts do among themselves."""
            (host,) = [name for name in HOSTS if name in destination]
            arriving = params["destination_xml"]
            self._connection(host).createXML(arriving, flags)
            domain.complete_job()

        for name, replacement in (
            ("_parse_definition", parse),
            ("XMLDesc", describe),
            ("attachDevice", attach_and_keep),
            ("migrateToURI3", migrate),
        ):
            patch = mock.patch.object(fakelibvirt.Domain, name, replacement)
            patch.start()
            self.addCleanup(patch.stop)

    def _connection(self, host: str) -> Any:
        return self.computes[host].driver._host.get_connection()

    def host_of(self, server: dict[str, Any]) -> str:
        """Return the name of the host that runs a server."""
        host: str = self.instance(server).host
        return host

    def domain(self, server: dict[str, Any]) -> ElementTree.Element:
        """Return a server's domain as libvirt on its host describes it."""
        connection = self._connection(self.host_of(server))
        domain = connection.lookupByUUIDString(server["id"])
        return ElementTree.fromstring(domain.XMLDesc(0))

    @contextmanager
    def dead(self, host: str) -> Iterator[None]:
        """Have the operator declare a host dead, and repaired afterwards."""
        (service,) = self.api.get_services(host=host, binary="nova-compute")
        self.api.put_service_force_down(service["id"], True)
        try:
            yield
        finally:
            # It cleans up what was evacuated from it, or Nova does not let
            # it come back.
            self.restart_compute_service(host)
            self.api.put_service_force_down(service["id"], False)

    @contextmanager
    def without_the_package(self) -> Iterator[None]:
        """Send requests to stock Nova on the same database."""
        paste = Path(self.useFixture(fixtures.TempDir()).path) / "paste.ini"
        write_nova_paste(paste, extension=False)
        application = wsgi.Loader(str(paste)).load_app("osapi_compute")
        with self.served(application):
            yield
