# SPDX-License-Identifier: Apache-2.0
"""Ends one process of a running cloud, and starts it again."""

import contextlib
import dataclasses

from sandbox import configuration, ports, processes, service_start
from sandbox.errors import SandboxError
from sandbox.nova_layout import nova_processes
from sandbox.service import Service
from sandbox.service_table import services
from sandbox.settings import Settings
from sandbox.state_folder import alone_in


def restart(
    settings: Settings, name: str, *, extension: bool | None = None
) -> Settings:
    """End one process of the cloud, start it again, and wait for it.

    Args:
        settings: Of the running cloud.
        name: The process, as `status` names it.
        extension: Whether it is to have image-props-override, and not be
            Nova's own; None leaves it as it is.

    Returns:
        The settings of the cloud, which remember what each process has.

    Raises:
        SandboxError: There is no such process, it cannot be given the
            extension by itself, or it does not start.
    """
    with alone_in(settings):
        if extension is not None:
            settings = _with_extension(settings, name, extension=extension)
        service = _named(settings, name)
        stop(service)
        with contextlib.ExitStack() as stack:
            listener = (
                stack.enter_context(
                    ports.taken_again(settings, service.listens_as)
                )
                if service.listens_as
                else None
            )
            service_start.start(service, listener)
        service_start.wait_for(service)
    return settings


def stop(service: Service) -> None:
    """End the process of a service, and the workers that it started."""
    running = service.process
    if running is None:
        return
    processes.stop(lambda: processes.session_of(running))


def _named(settings: Settings, name: str) -> Service:
    table = services(settings)
    found = [service for service in table if service.name == name]
    if not found:
        names = ", ".join(service.name for service in table)
        raise SandboxError(f"no process {name!r}: there are {names}")
    shared = [
        service.name
        for service in table
        if service.listens_as and service.listens_as == found[0].listens_as
    ]
    if len(shared) > 1:
        raise SandboxError(
            f"{' and '.join(shared)} share one port, which none of them can"
            " be given again alone: down and up, or choose"
            " NOVA_PROCESSES=distributed"
        )
    return found[0]


def _with_extension(
    settings: Settings, name: str, *, extension: bool
) -> Settings:
    """Switch the extension on or off in one process, and remember it."""
    switchable = [
        process.name
        for process in nova_processes(settings)
        if settings.is_distributed and process.binary != "nova-scheduler"
    ]
    if name not in switchable:
        there_are = ", ".join(switchable) or "none in this cloud"
        raise SandboxError(
            f"the extension is not switched on and off in {name} alone; that"
            f" is done in: {there_are}"
        )
    stock = {*settings.stock_processes} - {name}
    if not extension:
        stock.add(name)
    changed = dataclasses.replace(
        settings, stock_processes=tuple(sorted(stock))
    )
    configuration.write_configuration(changed)
    changed.save()
    return changed
