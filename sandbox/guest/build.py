# SPDX-License-Identifier: Apache-2.0
"""Makes the files that guests boot from, out of Debian's own packages.

The sandbox's guest runs the Debian installer's kernel: it is small, its
modules come in the same package, and the demo needs that package anyway.
"""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from image_props_override.tempest_plugin.guest.report import GUEST_REPORT
from sandbox.errors import SandboxError
from sandbox.guest import cpio

# package debian-installer-12-netboot-amd64
INSTALLER_DIR = Path(
    "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64"
)
# package busybox-static
BUSYBOX = Path("/bin/busybox")

# What the guest's report needs beyond the kernel itself, and what that depends
# on. virtio_console names the guest agent's channel.
MODULES = ("virtio_pci", "virtio_console")

_SECTOR_BYTES = 512
_DISK_SECTORS = 8192  # 4 MiB


@dataclass(frozen=True)
class BootFiles:
    """Where the three files are that one image boots from."""

    kernel: Path
    ramdisk: Path
    disk: Path


def guest_files(folder: Path) -> BootFiles:
    """Return the sandbox guest's files, made in `folder` if they are not.

    Raises:
        SandboxError: A Debian package that they are made of is missing.
    """
    installer = installer_files(folder)
    archive = installer.ramdisk.read_bytes()
    here = Path(__file__).parent
    programs = {
        "bin/busybox": present(BUSYBOX).read_bytes(),
        "bin/guest-agent": (here / "guest-agent").read_bytes(),
        "bin/guest-report": GUEST_REPORT.read_bytes(),
        "init": (here / "init").read_bytes(),
    }
    # Named after all that goes into it, so that a file that exists is right.
    digest = hashlib.sha256(archive + repr((programs, MODULES)).encode())
    ramdisk = folder / f"guest-ramdisk-{digest.hexdigest()[:12]}.gz"
    if not ramdisk.exists():
        write_whole(ramdisk, guest_ramdisk(programs, gzip.decompress(archive)))
    return BootFiles(installer.kernel, ramdisk, _disk(folder, "guest"))


def installer_files(folder: Path) -> BootFiles:
    """Return the Debian installer's files, its disk made in `folder`.

    Raises:
        SandboxError: The installer's Debian package is missing.
    """
    return BootFiles(
        kernel=present(INSTALLER_DIR / "linux"),
        ramdisk=present(INSTALLER_DIR / "initrd.gz"),
        disk=_disk(folder, "installer"),
    )


def placeholder_files(folder: Path, label: str) -> BootFiles:
    """Return files for Nova's fake driver, which boots nothing."""
    path = _disk(folder, f"{label}-placeholder", sectors=1)
    return BootFiles(path, path, path)


def guest_ramdisk(programs: Mapping[str, bytes], installer: bytes) -> bytes:
    """Return a compressed ramdisk that runs ``init`` of `programs`.

    The same arguments always give the same bytes.

    Args:
        programs: Contents of the executables, by their path in the guest.
        installer: The installer's unpacked ramdisk, for kernel modules.
    """
    folders = ("bin", "dev", "modules", "proc", "sys")
    archive = cpio.pack(
        (
            *map(cpio.folder, folders),
            # The kernel opens it for init before devtmpfs is mounted.
            cpio.character_device("dev/console", 5, 1),
            *(cpio.program(name, data) for name, data in programs.items()),
            *modules(_by_name(cpio.unpack(installer)), MODULES),
        )
    )
    return gzip.compress(archive, mtime=0)


def labelled_disk(label: str, sectors: int) -> bytes:
    """Return a raw disk whose every sector says whose and which it is."""
    return b"".join(
        f"{label} disk, sector {number}\n".encode().ljust(_SECTOR_BYTES, b"\0")
        for number in range(sectors)
    )


def modules(
    found: Mapping[str, bytes], wanted: Iterable[str]
) -> list[cpio.Entry]:
    """Return kernel modules, named so that their order is that of loading.

    Args:
        found: Those of a kernel, by their files' names.
        wanted: Those to load; what they depend on comes before them.

    Raises:
        SandboxError: The kernel lacks some of them.
    """
    names: dict[str, None] = {}  # a set that keeps its order
    missing: dict[str, None] = {}

    def add(name: str) -> None:
        if name in names or name in missing:
            return
        if (data := found.get(f"{name}.ko")) is None:
            missing[name] = None
            return
        for other in _dependencies(data):
            add(other)
        names[name] = None

    for name in wanted:
        add(name)
    if missing:
        raise SandboxError(
            f"the guest's kernel lacks the modules {', '.join(missing)}:"
            " sandbox/guest was written for Debian 12's; adapt its lists of"
            " modules to this one"
        )
    return [
        cpio.program(f"modules/{place:02}-{name}.ko", found[f"{name}.ko"])
        for place, name in enumerate(names)
    ]


def _dependencies(module: bytes) -> list[str]:
    """Return the modules that this one needs.

    It says so itself (``depends=virtio,virtio_ring``, as modinfo(8) shows),
    and it may differ between two updates of one kernel.
    """
    for text in module.split(b"\0"):
        if text.startswith(b"depends="):
            names = text.removeprefix(b"depends=").decode()
            return names.split(",") if names else []
    return []


def _by_name(entries: Iterable[cpio.Entry]) -> dict[str, bytes]:
    return {PurePosixPath(entry.name).name: entry.data for entry in entries}


def _disk(folder: Path, label: str, sectors: int = _DISK_SECTORS) -> Path:
    path = folder / f"{label}-disk.raw"
    if not path.exists():
        write_whole(path, labelled_disk(label, sectors))
    return path


def present(path: Path) -> Path:
    """Return the path of a file that a Debian package brings.

    Raises:
        SandboxError: The package is missing.
    """
    if not path.is_file():
        raise SandboxError(
            f"{path} is missing: run sandbox/install, or apt-get install"
            " busybox-static debian-installer-12-netboot-amd64"
        )
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: its existence means it is right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)
