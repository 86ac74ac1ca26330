# SPDX-License-Identifier: Apache-2.0
"""Looks for what a stopped cloud left behind, without the sandbox's code."""

import socket
from collections.abc import Iterable
from pathlib import Path

from sandbox.settings import Settings


def leftovers_of(
    settings: Settings, port_ids: Iterable[str] = ()
) -> list[str]:
    """Processes, mounts, listening ports and devices; empty is right.

    Args:
        settings: Of a cloud that is down.
        port_ids: Neutron's ports, whose devices must be gone as well.
    """
    return [
        *_processes(settings.state_dir),
        *_mounts(settings.state_dir),
        *_listening(
            [
                *settings.ports.values(),
                *settings.broker_ports.values(),
                settings.database_port,
                *settings.vnc_ports,
            ]
        ),
        *_devices(port_ids),
    ]


def _processes(folder: Path) -> list[str]:
    """Those that name the folder, or see a mount of something in it."""
    wanted = str(folder).encode()
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            seen = b"".join(
                (process / file).read_bytes()
                for file in ("cmdline", "environ", "mountinfo")
            )
        except OSError:  # It ended meanwhile, or is a zombie.
            continue
        if wanted in seen and process.name != "self":
            name = (process / "comm").read_text().strip()
            found.append(f"process {process.name} ({name})")
    return found


def _mounts(folder: Path) -> list[str]:
    return [
        f"mount {line}"
        for line in Path("/proc/self/mountinfo").read_text().splitlines()
        if str(folder) in line
    ]


def _listening(ports: Iterable[int]) -> list[str]:
    found = []
    for port in ports:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                found.append(f"somebody listens on port {port}")
    return found


def _devices(port_ids: Iterable[str]) -> list[str]:
    return [
        f"network device {device}"
        for port_id in port_ids
        if (device := Path("/sys/class/net") / f"tap{port_id}"[:14]).exists()
    ]
