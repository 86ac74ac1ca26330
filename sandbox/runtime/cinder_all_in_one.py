# SPDX-License-Identifier: Apache-2.0
"""Runs Cinder's API, scheduler and volume service in this one process.

They talk over oslo.messaging's ``fake://`` driver, as those of Nova do.

Usage: python -m sandbox.runtime.cinder_all_in_one CONFIGURATION_FILE
"""
# ruff: noqa: E402 - Cinder learns which threads to use, and only then is the
# rest of it imported: it decides at import.

import sys
import threading

from cinder import monkey_patch

monkey_patch.patch(backend="threading")

import cinder.privsep
import os_brick
from cinder import objects, service, utils
from cinder.common import constants
from cinder.wsgi import wsgi
from eventlet import tpool
from oslo_config import cfg

from sandbox.runtime import serve, sqlite_tuning

# The section of the one backend in cinder.conf.
_BACKEND = "files"
_reporting = threading.Lock()


class _Service(service.Service):  # type: ignore[misc]
    """One of two services in a process, where Cinder expects one."""

    def report_state(self) -> None:
        """Report itself as alive.

        Cinder reports the service of an id that the process has, which is
        that of the last one to be started.
        """
        with _reporting:
            shared = service.Service.service_id
            service.Service.service_id = self.origin_service_id
            try:
                super().report_state()
            finally:
                service.Service.service_id = shared


def main() -> None:
    """Start the two services behind the API, then serve it."""
    sys.argv = ["cinder-all-in-one", "--config-file", sys.argv[1]]
    sqlite_tuning.install()
    _copy_in_this_thread()
    # Reads cinder.conf, so it comes first.
    api = wsgi.initialize_application()
    objects.register_all()
    os_brick.setup(cfg.CONF)
    # It handles its own files alone, so it needs no rights but its own: no
    # helper daemon started with sudo, and no `sudo cinder-rootwrap`.
    cinder.privsep.sys_admin_pctxt.set_client_mode(False)
    utils.get_root_helper = lambda: "env"
    # Before the scheduler, which waits for a backend to answer it.
    for arguments in (
        {
            "binary": constants.VOLUME_BINARY,
            "host": f"{cfg.CONF.host}@{_BACKEND}",
            "service_name": _BACKEND,
            "coordination": True,
        },
        {"binary": constants.SCHEDULER_BINARY},
    ):
        each = _Service.create(**arguments)
        each.start()
        # The next regular report is seconds away; until then, those of a
        # cloud that was down for a while count as dead.
        each.report_state()
    serve.serve(api)


def _copy_in_this_thread() -> None:
    """Have image data copied without eventlet's pool of threads.

    Cinder 29 still uses it on native threads. Its answers arrive in the one
    thread that used it first; any other waits for ever.
    """
    tpool.Proxy = lambda file: file
    tpool.execute = lambda function, *args, **kw: function(*args, **kw)


if __name__ == "__main__":
    serve.ending_with(main)
