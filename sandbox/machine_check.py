# SPDX-License-Identifier: Apache-2.0
"""What this machine can do: each thing that is missing, and its mend."""

import importlib.util
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sandbox import broker, mariadb
from sandbox.processes import POLL_SECONDS
from sandbox.settings import Settings

QEMU: Final = "qemu-system-x86_64"
_NEEDED_FREE_BYTES: Final = 2 * 1024**3
# sun_path of a UNIX socket's address is 108 bytes, the last one 0.
_LONGEST_SOCKET_PATH: Final = 107
# A kernel under KVM says its first word within half a second; one that
# hangs (KVM that is announced but broken) never does.
_KVM_TRIAL_SECONDS: Final = 5.0
_TRIAL_KERNEL: Final = Path(
    "/usr/lib/debian-installer/images/12/amd64/text"
    "/debian-installer/amd64/linux"
)
_INSTALL: Final = "run sandbox/install as root"


def guest_problems() -> list[str]:
    """Why this machine cannot run real guests; empty if it can.

    One line each: what is missing, and what to do. All of them together.
    """
    problems = []
    if platform.machine() != "x86_64":
        problems.append(
            f"the guests are made for x86_64, and this is"
            f" {platform.machine()}: use VIRT=fake"
        )
    if os.geteuid() != 0:
        problems.append(
            "not root, which libvirt's guests need: become root, or use"
            " VIRT=fake"
        )
    elif why := _why_no_private_mounts():
        problems.append(
            f"no private mount namespace can be made here ({why}; a"
            " container?): use another machine, or VIRT=fake"
        )
    problems += [
        f"{program} is not installed: {_INSTALL}"
        for program in (QEMU, "qemu-img", "libvirtd", "virsh", "ip", "uptime")
        if shutil.which(program, path=_system_path()) is None
    ]
    if importlib.util.find_spec("libvirt") is None:
        problems.append(
            f"Python package libvirt-python is not installed: {_INSTALL}"
        )
    if not Path("/dev/net/tun").exists():
        problems.append(
            "/dev/net/tun is missing, which guests' network devices need:"
            " modprobe tun, or use VIRT=fake"
        )
    return problems


def start_problems(settings: Settings) -> list[str]:
    """Why this cloud cannot start here and now; empty if it can.

    One line each: what is in the way, and what to do.
    """
    problems = [] if settings.is_fake else guest_problems()
    if importlib.util.find_spec("nova") is None:
        problems.append(
            "the OpenStack services are not installed: run sandbox/install"
        )
    if settings.has_broker and not broker.is_installed():
        problems.append(
            "RabbitMQ is not installed: run sandbox/install --with-broker"
        )
    if settings.is_distributed and not mariadb.is_installed():
        problems.append(
            "MariaDB is not installed: run sandbox/install --with-broker"
        )
    pinned, usable = settings.pinned_cpu_numbers, os.sched_getaffinity(0)
    if pinned and not pinned < usable:
        problems.append(
            f"SANDBOX_PINNED_CPUS={settings.pinned_cpus}: choose some, not"
            f" all, of this machine's CPUs, {cpu_list(usable)}"
        )
    folder = settings.state_dir
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        problems.append(
            f"{folder} is not writable: choose another folder with SANDBOX_DIR"
        )
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < _NEEDED_FREE_BYTES:
        problems.append(
            f"{folder} has {free_bytes / 1024**3:.1f} GiB of free disk space,"
            f" {_NEEDED_FREE_BYTES / 1024**3:.0f} are needed: make room, or"
            " choose another folder with SANDBOX_DIR"
        )
    path_length = len(os.fsencode(settings.libvirt_socket))
    if path_length > _LONGEST_SOCKET_PATH:
        problems.append(
            f"{settings.state_dir} is too long a path: the sockets in it"
            f" would have {path_length} bytes, {_LONGEST_SOCKET_PATH} are"
            " allowed; choose another folder with SANDBOX_DIR"
        )
    return problems


def cpu_list(numbers: Iterable[int]) -> str:
    """Return CPUs as Nova's configuration lists them: ``0,1,4``."""
    return ",".join(map(str, sorted(numbers)))


def kvm_works() -> bool:
    """Whether a guest really runs under KVM here; takes up to 5 seconds.

    ``/dev/kvm`` proves nothing: on some machines it is there, QEMU starts,
    even the firmware runs, and then the kernel hangs. So boot a kernel.
    """
    if not Path("/dev/kvm").exists():
        return False
    command = [
        *(QEMU, "-accel", "kvm", "-machine", "q35", "-m", "256"),
        # The processor that nova.conf names; KVM must have all of it.
        *("-cpu", "Nehalem,enforce"),
        *("-nodefaults", "-display", "none", "-no-reboot"),
        *("-serial", "stdio", "-kernel", str(_TRIAL_KERNEL)),
        # With no disk it panics soon after; panic=-1 and -no-reboot then
        # end QEMU.
        *("-append", "console=ttyS0 earlyprintk=ttyS0 panic=-1"),
    ]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as guest:
        assert guest.stdout is not None
        os.set_blocking(guest.stdout.fileno(), False)
        output = b""
        deadline = time.monotonic() + _KVM_TRIAL_SECONDS
        try:
            while time.monotonic() < deadline:
                ended = guest.poll() is not None
                output += guest.stdout.read() or b""
                if b"Linux version" in output:
                    return True
                if ended:
                    return False
                time.sleep(POLL_SECONDS)
        finally:
            guest.kill()
    return False


def _why_no_private_mounts() -> str:
    """What the system says to a trial; "" if it works."""
    trial = subprocess.run(
        [
            *("unshare", "--mount", "--propagation", "private"),
            *("mount", "--bind", "/tmp", "/tmp"),
        ],
        env={"PATH": _system_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    return trial.stderr.strip()


def _system_path() -> str:
    """A search path with root's programs, which a user's often lacks."""
    return "/usr/sbin:/usr/bin:/sbin:/bin"
