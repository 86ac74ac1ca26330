# SPDX-License-Identifier: Apache-2.0
"""Makes an OS installer out of Debian's own packages, and a blank disk.

The installer's ramdisk holds the system that it installs: a kernel, a ramdisk
that finds the root file system, busybox, and a boot loader. `sandbox/install`
unpacks kernel and boot loader into the virtual environment: an installed
kernel package would make itself the machine's.
"""

import gzip
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.guest import build, cpio

# What `sandbox/install` unpacks the packages into.
FOLDER: Final = Path(sys.prefix) / "os-installer"
_SCRIPTS: Final = Path(__file__).parent / "os-installer"
# What installs the boot loader, and what that is linked to, by the paths in
# the guest.
_BOOT_LOADER: Final = {
    "bin/extlinux": FOLDER / "usr/bin/extlinux",
    "lib/libc.so.6": Path("/lib/x86_64-linux-gnu/libc.so.6"),
    "lib64/ld-linux-x86-64.so.2": Path("/lib64/ld-linux-x86-64.so.2"),
}

# The root disk's drivers. The file system, ext2, is in the kernel.
DISK_MODULES: Final = ("virtio_pci", "virtio_blk")
# The installed system's: also for the power button, and for configuration
# drives, which are CD-ROMs, on IDE where the machine type is pc.
SYSTEM_MODULES: Final = (
    *DISK_MODULES,
    *("evdev", "button"),
    *("ata_piix", "sr_mod", "isofs"),
)

_MOUNT_POINTS: Final = ("dev", "proc", "root", "run", "sys", "target")
_BLANK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Parts:
    """All that an installer is made of.

    Attributes:
        kernel: The installer's, and that of the system that it installs.
        modules: The kernel's, by their files' names.
        busybox: All commands of both.
        boot_loader: The program that installs the boot loader, and its
            libraries, by their paths.
        boot_sector: Goes before the partitions.
        scripts: Those of the folder `os-installer`, by their names.
    """

    kernel: bytes
    modules: Mapping[str, bytes]
    busybox: bytes
    boot_loader: Mapping[str, bytes]
    boot_sector: bytes
    scripts: Mapping[str, bytes]


def is_installed() -> bool:
    """Whether `sandbox/install` has unpacked the packages."""
    return (FOLDER / "complete").exists()


def files(folder: Path) -> build.BootFiles:
    """Return the installer's files, made in `folder` if they are not.

    Raises:
        SandboxError: A Debian package that they are made of is missing.
    """
    ramdisk = installer_ramdisk(_parts())
    digest = hashlib.sha256(ramdisk).hexdigest()
    path = folder / f"os-installer-ramdisk-{digest[:12]}.cpio"
    if not path.exists():
        build.write_whole(path, ramdisk)
    disk = folder / "blank-disk.raw"
    if not disk.exists():
        build.write_whole(disk, bytes(_BLANK_BYTES))
    return build.BootFiles(_kernel(), path, disk)


def installer_ramdisk(parts: Parts) -> bytes:
    """Return a ramdisk that installs a system.

    The same parts always give the same bytes. It is not compressed: the
    kernel in it is, and an emulated guest is slow to unpack anything.
    """
    program, scripts = cpio.program, parts.scripts
    ramdisk = gzip.compress(
        cpio.pack(_boot(parts, "mount-root", SYSTEM_MODULES)), mtime=0
    )
    system = (
        *("bin", "boot", "dev", "etc", "etc/acpi", "etc/acpi/PWRF"),
        *("proc", "run", "sbin", "sys"),
    )
    return cpio.pack(
        (
            *_boot(parts, "install-os", DISK_MODULES),
            *map(cpio.folder, ("lib", "lib64")),
            *(program(name, data) for name, data in parts.boot_loader.items()),
            program("mbr.bin", parts.boot_sector),
            cpio.folder("system"),
            *(cpio.folder(f"system/{name}") for name in system),
            program("system/bin/busybox", parts.busybox),
            program("system/boot/vmlinuz", parts.kernel),
            program("system/boot/initrd.gz", ramdisk),
            program("system/boot/extlinux.conf", scripts["extlinux.conf"]),
            program("system/sbin/init", scripts["installed-init"]),
            program("system/etc/acpi/PWRF/00000080", scripts["power-button"]),
        )
    )


def _boot(
    parts: Parts, init: str, modules: tuple[str, ...]
) -> tuple[cpio.Entry, ...]:
    """Return what each ramdisk has, with a first program of its own."""
    return (
        *map(cpio.folder, ("bin", "modules", *_MOUNT_POINTS)),
        # The kernel opens it for init before devtmpfs is mounted.
        cpio.character_device("dev/console", 5, 1),
        cpio.program("bin/busybox", parts.busybox),
        cpio.program("init", parts.scripts[init]),
        *build.modules(parts.modules, modules),
    )


def _parts() -> Parts:
    if not is_installed():
        raise SandboxError(
            f"{FOLDER} is missing, which the OS installer is made of: run"
            " sandbox/install"
        )
    return Parts(
        kernel=_kernel().read_bytes(),
        modules={
            path.name: path.read_bytes() for path in FOLDER.rglob("*.ko")
        },
        busybox=build.present(build.BUSYBOX).read_bytes(),
        boot_loader={
            name: path.read_bytes() for name, path in _BOOT_LOADER.items()
        },
        boot_sector=(FOLDER / "usr/lib/EXTLINUX/mbr.bin").read_bytes(),
        scripts={path.name: path.read_bytes() for path in _SCRIPTS.iterdir()},
    )


def _kernel() -> Path:
    (kernel,) = (FOLDER / "boot").glob("vmlinuz-*")
    return kernel
