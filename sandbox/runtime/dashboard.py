# SPDX-License-Identifier: Apache-2.0
"""Runs Horizon in this process, under waitress, with its static files."""

import os
import socket

import waitress
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

from sandbox.processes import LISTENER_FD


def main() -> None:
    """Serve, on the socket that the starter handed over."""
    listener = socket.socket(fileno=LISTENER_FD)
    listener.set_inheritable(False)
    application = WhiteNoise(
        get_wsgi_application(),
        root=f"{os.environ['DASHBOARD_FOLDER']}/static",
        prefix="static/",
    )
    waitress.serve(application, sockets=[listener], threads=8, ident=None)


if __name__ == "__main__":
    main()
