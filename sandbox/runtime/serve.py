# SPDX-License-Identifier: Apache-2.0
"""Runs one OpenStack API service in this process, under waitress.

Usage: python -m sandbox.runtime.serve SERVICE

The service finds its configuration through its own environment variables
(``OS_GLANCE_CONFIG_DIR`` and the like; see `sandbox.service`).
"""

import importlib
import socket
import sys
from typing import Any, Final

import waitress

from sandbox.processes import LISTENER_FD
from sandbox.runtime import sqlite_tuning

# The others have theirs in SERVICE.wsgi.api.
_APPLICATION_MODULES: Final = {"nova": "nova.wsgi.osapi_compute"}


def serve(application: Any) -> None:
    """Serve, on the socket that `up` handed over, until the process ends."""
    listener = socket.socket(fileno=LISTENER_FD)
    # Not for the programs that a service runs.
    listener.set_inheritable(False)
    waitress.serve(
        application,
        sockets=[listener],
        threads=8,
        ident=None,
        # An image upload may be this long silent, in seconds, and this big.
        channel_timeout=600,
        max_request_body_size=1 << 40,
    )


def main(service: str) -> None:
    """Build the service's WSGI application and serve it."""
    # The services parse the command line as their own.
    sys.argv = [f"{service}-api"]
    sqlite_tuning.install()
    module = importlib.import_module(
        _APPLICATION_MODULES.get(service, f"{service}.wsgi.api")
    )
    if service == "neutron":
        # Reading a port touches Port.port_forwardings, whose table belongs
        # to a plugin that is not loaded: load all models.
        importlib.import_module("neutron.db.migration.models.head")
    serve(module.application)


if __name__ == "__main__":
    main(sys.argv[1])
