# SPDX-License-Identifier: Apache-2.0
"""Runs one of Nova's console scripts in this process, on SQLite.

The script is the one that PATH leads to, Nova's own or another distribution's;
only the databases and the old libvirt are looked after.

Usage: python -m sandbox.runtime.nova_service SCRIPT [ARGUMENT ...]
"""
# ruff: noqa: E402 - Nova learns which threads to use, and only then is the
# rest of it imported: it decides at import.

import runpy
import shutil
import sys

from sandbox.runtime import concurrency

concurrency.choose()

import nova.privsep

from sandbox.runtime import (
    fake_guests,
    fake_snapshots,
    old_libvirt,
    sqlite_tuning,
    terminal,
    volume_connector,
)


def main() -> None:
    """Prepare this process, and become the script."""
    # Scripts parse the command line as their own.
    del sys.argv[0]
    script = shutil.which(sys.argv[0])
    if script is None:
        sys.exit(f"{sys.argv[0]} is not in PATH")
    terminal.take_one()
    sqlite_tuning.install()
    # This process is root: do what Nova else hands to a helper daemon, which
    # it starts with sudo.
    nova.privsep.sys_admin_pctxt.set_client_mode(False)
    old_libvirt.fit()
    fake_snapshots.upload_them()
    fake_guests.start_them_again()
    volume_connector.describe_host_only()
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
