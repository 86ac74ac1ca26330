# SPDX-License-Identifier: Apache-2.0
"""Runs Nova's API, conductor, scheduler and compute in this one process.

They talk over oslo.messaging's ``fake://`` driver, which works within a
process only: no message broker, and a quarter of the memory.

Usage: python -m sandbox.runtime.nova_all_in_one [--reapply-overrides]
       [--nfv-host FOLDER]

The first option runs nova-compute and nova-conductor with the extension's
managers. The second pretends a host for NFV, and writes the guests'
definitions into the folder.
"""
# ruff: noqa: E402 - Nova learns which threads to use, and only then is the
# rest of it imported: it decides at import.

import argparse
import inspect
import sys
from pathlib import Path

from sandbox.runtime import concurrency

concurrency.choose()

import nova.privsep
import os_brick
import os_vif
from nova import context, objects, service, servicegroup
from nova.api.openstack import wsgi_app
from nova.compute import rpcapi as compute_rpcapi
from nova.conductor import rpcapi as conductor_rpcapi
from nova.conf import CONF
from nova.objects import host_mapping
from nova.scheduler import rpcapi as scheduler_rpcapi

from image_props_override.nova_plugin.services.main import MANAGERS
from sandbox import processes
from sandbox.runtime import (
    fake_guests,
    fake_snapshots,
    old_libvirt,
    serve,
    sqlite_tuning,
    terminal,
    volume_connector,
)


def main() -> None:
    """Start the four services, make the host known, serve the API."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reapply-overrides", action="store_true")
    parser.add_argument("--nfv-host", type=Path)
    chosen = parser.parse_args()
    if chosen.reapply_overrides:
        service.SERVICE_MANAGERS.update(MANAGERS)
    sys.argv = ["nova-all-in-one"]
    terminal.take_one()
    sqlite_tuning.install()
    # Reads nova.conf, so it comes first.
    # Nova 32 and newer want to know the service's name, too.
    wanted = inspect.signature(wsgi_app.init_application).parameters
    api = wsgi_app.init_application(
        *("osapi_compute", "nova-api")[: len(wanted)]
    )
    objects.register_all()
    os_brick.setup(CONF)
    os_vif.initialize()
    # This process is root: do what Nova else hands to a helper daemon, which
    # it starts with sudo.
    nova.privsep.sys_admin_pctxt.set_client_mode(False)
    if chosen.nfv_host:
        # Nova's tests, and what they need.
        from sandbox.runtime import nfv_host

        nfv_host.pretend(chosen.nfv_host)
    old_libvirt.fit()
    fake_snapshots.upload_them()
    fake_guests.start_them_again()
    volume_connector.describe_host_only()
    # Each of the three would ask the database for the others' versions.
    objects.Service.enable_min_version_cache()
    for binary, topics in (
        ("nova-conductor", {"topic": conductor_rpcapi.RPC_TOPIC}),
        ("nova-scheduler", {"topic": scheduler_rpcapi.RPC_TOPIC}),
        ("nova-compute", _compute_topics()),
    ):
        service.Service.create(binary=binary, **topics).start()
    admin = context.get_admin_context()
    # nova-compute starts also where it cannot find out its resources, and
    # then gets no server; the error is in the log. Better not start.
    objects.ComputeNodeList.get_all_by_host(admin, CONF.host)
    # Otherwise `nova-manage cell_v2 discover_hosts`, a process more.
    host_mapping.discover_hosts(admin)
    _wait_until_reported_up(admin)
    serve.serve(api)


def _compute_topics() -> dict[str, str]:
    topics = {"topic": compute_rpcapi.RPC_TOPIC}
    # Nova 33's second queue.
    if alternative := getattr(compute_rpcapi, "RPC_TOPIC_ALT", None):
        topics["topic_alt"] = alternative
    return topics


def _wait_until_reported_up(admin: context.RequestContext) -> None:
    """Return when the scheduler takes nova-compute for alive.

    Each service reports itself a few seconds after its start. Until then a
    cloud that was down for longer than ``service_down_time`` has no host.
    """
    group = servicegroup.API()

    def is_up() -> bool:
        reported = objects.Service.get_by_compute_host(admin, CONF.host)
        return bool(group.service_is_up(reported))

    processes.wait_until(
        is_up, deadline_seconds=60, what="nova-compute reports itself"
    )


if __name__ == "__main__":
    serve.ending_with(main)
