# SPDX-License-Identifier: Apache-2.0
"""This cloud's own libvirtd, its guests and their network devices."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Final

from sandbox.settings import Settings

_DAEMON_SCRIPT: Final = (
    Path(__file__).resolve().parent / "runtime" / "libvirtd.sh"
)
_DEVICES: Final = Path("/sys/class/net")
# Linux takes names of network devices up to this long, and Nova cuts
# ``tap<port id>`` to fit.
_DEVICE_NAME_LENGTH: Final = 14


def daemon_command(settings: Settings) -> tuple[str, ...]:
    """The command of this cloud's libvirtd; it stays in the foreground."""
    return (
        shutil.which("unshare") or "/usr/bin/unshare",
        "--mount",
        "--propagation",
        "private",
        str(_DAEMON_SCRIPT),
        str(settings.state_dir),
    )


def is_in_namespace(settings: Settings, process_folder: Path) -> bool:
    """Whether a process lives where this cloud's libvirtd does.

    That is libvirtd, and the guests that it started: they outlive it, and
    have neither our environment nor a parent of ours. All of them see our
    folder as ``/run/libvirt``, and nobody else does.

    Args:
        settings: Of the cloud.
        process_folder: The process's folder in ``/proc``.

    Raises:
        OSError: The process has ended, or is not ours to look into.
    """
    seen = process_folder / "root" / "run" / "libvirt"
    return seen.samefile(settings.run_dir / "libvirt-own")


def remove_tap_devices(settings: Settings) -> None:
    """Remove the network devices that Nova made for this cloud's ports."""
    for port_id in _port_ids(settings):
        device = f"tap{port_id}"[:_DEVICE_NAME_LENGTH]
        if (_DEVICES / device).exists():
            subprocess.run(
                ["ip", "link", "delete", device],
                check=False,
                env={"PATH": f"{os.defpath}:/usr/sbin:/sbin"},
            )


def _port_ids(settings: Settings) -> list[str]:
    database = settings.db_dir / "neutron.db"
    if not database.exists():
        return []
    with contextlib.closing(sqlite3.connect(database)) as connection:
        try:
            rows = connection.execute("SELECT id FROM ports").fetchall()
        except sqlite3.OperationalError:  # Its tables were never made.
            return []
    return [row[0] for row in rows]
