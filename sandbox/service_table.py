# SPDX-License-Identifier: Apache-2.0
"""The table of a cloud's long-running processes."""

import sys

from sandbox import libvirt
from sandbox.nova_services import nova_services
from sandbox.service import (
    Service,
    accepts,
    answers,
    base_environment,
    service_environment,
)
from sandbox.settings import API_SERVICES, Settings


def services(settings: Settings) -> list[Service]:
    """Every service of this cloud, in an order they can start in."""
    # All but Nova need Keystone only once they are asked something.
    table = [
        _api_service(settings, name, starts_after=())
        for name in ("keystone", "glance", "placement", "neutron")
    ]
    if not settings.is_fake:
        table.append(
            Service(
                name="libvirtd",
                command=libvirt.daemon_command(settings),
                environment=base_environment(settings),
                is_ready=lambda: accepts(settings.libvirt_socket),
                log=settings.log_dir / "libvirtd.log",
                record=settings.run_dir / "libvirtd.json",
            )
        )
    if settings.volumes:
        table.append(_api_service(settings, "cinder", starts_after=()))
    everything_else = tuple(service.name for service in table)
    if settings.has_broker:
        return table + nova_services(settings, everything_else)
    return [*table, _api_service(settings, "nova", everything_else)]


def _api_service(
    settings: Settings, name: str, starts_after: tuple[str, ...]
) -> Service:
    assert name in API_SERVICES
    port = settings.ports[name]
    program = ["sandbox.runtime.serve", name]
    if name == "nova":
        program = ["sandbox.runtime.nova_all_in_one"]
        if settings.extension and not settings.stock_services:
            program.append("--reapply-overrides")
        if settings.pretends_nfv_host:
            program += ["--nfv-host", str(settings.domains_dir)]
    elif name == "cinder":
        program = [
            "sandbox.runtime.cinder_all_in_one",
            str(settings.etc_dir / "cinder" / "cinder.conf"),
        ]
    return Service(
        name=name,
        command=(sys.executable, "-m", *program),
        environment=service_environment(settings, name),
        is_ready=lambda: answers(port),
        log=settings.log_dir / f"{name}.log",
        record=settings.run_dir / f"{name}.json",
        starts_after=starts_after,
        listens_as=name,
    )
