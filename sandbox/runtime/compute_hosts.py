# SPDX-License-Identifier: Apache-2.0
"""Runs many nova-computes, each as a host of its own, on the fake driver.

Each is a process that runs Nova's console script. They are forked from one
that has imported Nova, which saves each of them time and memory.

Usage: python -m sandbox.runtime.compute_hosts PREFIX COUNT FOLDER \
    SCRIPT --config-file FILE
"""
# ruff: noqa: E402 - Nova learns which threads to use, and only then is the
# rest of it imported: it decides at import.

import gc
import os
import runpy
import shutil
import signal
import sys
import uuid
from pathlib import Path
from typing import Final

from sandbox.runtime import concurrency

concurrency.choose()

# What nova-compute imports while it starts.
import nova.cmd.compute
import nova.compute.manager
import nova.privsep
import nova.virt.fake
import oslo_messaging._drivers.impl_rabbit  # noqa: F401

from sandbox.runtime import fake_guests

_HOST_FILE: Final = """\
[DEFAULT]
host = {name}
state_path = {folder}
instances_path = {folder}/instances
"""


def main() -> None:
    """Fork the hosts, and end them on SIGTERM."""
    prefix, count, folder, name, *arguments = sys.argv[1:]
    script = shutil.which(name)
    if script is None:
        sys.exit(f"{name} is not in PATH")
    nova.privsep.sys_admin_pctxt.set_client_mode(False)
    fake_guests.start_them_again()
    # What is there stays shared with the parent: nothing is moved.
    gc.collect()
    gc.freeze()
    children = []
    for number in range(1, int(count) + 1):
        host = f"{prefix}-{number}"
        file = _written(Path(folder) / host, host)
        pid = os.fork()
        if not pid:
            sys.argv = [script, *arguments, "--config-file", str(file)]
            runpy.run_path(script, run_name="__main__")
            sys.exit("nova-compute has ended")
        children.append(pid)

    def end(*_: object) -> None:
        for pid in children:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    for pid in children:
        os.waitpid(pid, 0)


def _written(folder: Path, host: str) -> Path:
    """Write what one host has of its own, and return the file."""
    (folder / "instances").mkdir(parents=True, exist_ok=True)
    identity = folder / "compute_id"
    if not identity.exists():
        identity.write_text(str(uuid.uuid4()))
    file = folder / "host.conf"
    file.write_text(_HOST_FILE.format(name=host, folder=folder))
    return file


if __name__ == "__main__":
    main()
