# SPDX-License-Identifier: Apache-2.0
"""The files that guests boot from."""

import gzip
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.guest import build, cpio

PROGRAMS = {"init": b"#!/bin/busybox sh\n", "bin/busybox": b"\x7fELF"}


# As some update of Debian's kernel has them.
DEPENDENCIES = {
    "virtio_console": "virtio_ring,virtio",
    "virtio_pci": "virtio,virtio_ring",
    "virtio": "virtio_ring",
    "virtio_ring": "",
}


def module(name: str) -> bytes:
    """Return what matters here of a module's file."""
    return f"ELF\0depends={DEPENDENCIES.get(name, '')}\0name={name}".encode()


def installer_ramdisk(*modules: str) -> bytes:
    """Return an installer's ramdisk that holds these kernel modules."""
    folder = "lib/modules/6.1/kernel/drivers"
    return cpio.pack(
        cpio.program(f"{folder}/{name}.ko", module(name)) for name in modules
    )


def test_ramdisk_has_programs_and_modules_in_order_of_loading() -> None:
    """The guest's init loads modules in the order of their names."""
    installer = installer_ramdisk(*sorted(DEPENDENCIES), "not_wanted")
    ramdisk = gzip.decompress(build.guest_ramdisk(PROGRAMS, installer))
    found = {entry.name: entry.data for entry in cpio.unpack(ramdisk)}
    assert PROGRAMS.items() <= found.items()
    order = ("virtio_ring", "virtio", "virtio_pci", "virtio_console")
    modules = [name for name in sorted(found) if name.startswith("modules/")]
    assert [found[name] for name in modules] == list(map(module, order))


def test_ramdisk_is_reproducible() -> None:
    """The same parts give the same bytes, so Glance keeps one image."""
    installer = installer_ramdisk(*DEPENDENCIES)
    first, second = (
        build.guest_ramdisk(PROGRAMS, installer) for _ in range(2)
    )
    assert first == second


def test_says_which_modules_an_installer_lacks() -> None:
    """Another Debian release may have other modules."""
    with pytest.raises(SandboxError, match="virtio_ring, virtio_console"):
        build.guest_ramdisk(
            PROGRAMS, installer_ramdisk("virtio_pci", "virtio")
        )


def test_each_sector_of_a_disk_tells_whose_and_which_it_is() -> None:
    """A piece of a disk shows what it is a piece of."""
    disk = build.labelled_disk("guest", sectors=3)
    assert len(disk) == 3 * 512
    assert disk[1024:].rstrip(b"\0") == b"guest disk, sector 2\n"


def test_placeholders_need_no_debian_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VIRT=fake works on machines without the guests' packages."""
    monkeypatch.setattr(build, "INSTALLER_DIR", tmp_path / "nothing")
    files = build.placeholder_files(tmp_path, "guest")
    assert files.kernel.stat().st_size > 0


def test_names_the_package_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the installer's package there is no kernel to boot."""
    monkeypatch.setattr(build, "INSTALLER_DIR", tmp_path / "nothing")
    with pytest.raises(SandboxError, match="debian-installer-12-netboot"):
        build.installer_files(tmp_path)
