# SPDX-License-Identifier: Apache-2.0
"""Runs one OpenStack API service in this process, under waitress.

Usage: python -m sandbox.runtime.serve SERVICE

The service finds its configuration through its own environment variables
(``OS_GLANCE_CONFIG_DIR`` and the like; see `sandbox.service`).
"""

import importlib
import os
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

import waitress

from sandbox.processes import LISTENER_FD
from sandbox.runtime import sqlite_tuning
from sandbox.runtime.request_log import RequestLog

# The others have theirs in SERVICE.wsgi.api.
_APPLICATION_MODULES: Final = {"nova": "nova.wsgi.osapi_compute"}
# What builds the application where there is no such module yet (2024.1).
_BUILDERS: Final = {
    "glance": ("glance.common.wsgi_app", "init_app"),
    "keystone": ("keystone.server.wsgi", "initialize_public_application"),
    "neutron": ("neutron.cmd.eventlet.server", "main_api_eventlet"),
    "nova": ("nova.api.openstack.compute.wsgi", "init_application"),
    "placement": ("placement.wsgi", "init_application"),
}


def serve(application: Any) -> None:
    """Serve, on the socket that `up` handed over, until the process ends."""
    listener = socket.socket(fileno=LISTENER_FD)
    # Not for the programs that a service runs.
    listener.set_inheritable(False)
    waitress.serve(
        application,
        sockets=[listener],
        threads=8,
        # Each process of a large cloud keeps some open; select() knows 1,024.
        connection_limit=4000,
        asyncore_use_poll=True,
        ident=None,
        # An image upload may be this long silent, in seconds, and this big.
        channel_timeout=600,
        max_request_body_size=1 << 40,
    )


def ending_with(main: Callable[[], None]) -> None:
    """Run a service's main function, and end the process if it fails.

    The threads of services would keep a process without API alive.
    """
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _application(service: str) -> Any:
    name = _APPLICATION_MODULES.get(service, f"{service}.wsgi.api")
    try:
        return importlib.import_module(name).application
    except ModuleNotFoundError as error:
        if error.name not in (name, name.rpartition(".")[0]):
            raise
    module, builder = _BUILDERS[service]
    return getattr(importlib.import_module(module), builder)()


def main(service: str) -> None:
    """Build the service's WSGI application and serve it."""
    # The services parse the command line as their own.
    sys.argv = [f"{service}-api"]
    sqlite_tuning.install()
    application = _application(service)
    if service == "neutron":
        # Reading a port touches Port.port_forwardings, whose table belongs
        # to a plugin that is not loaded: load all models.
        importlib.import_module("neutron.db.migration.models.head")
    if service == "glance":
        application = RequestLog(application)
    serve(application)


if __name__ == "__main__":
    main(sys.argv[1])
