# SPDX-License-Identifier: Apache-2.0
"""The files that the OS installer boots from, and what it installs."""

import gzip
from pathlib import Path

import pytest

from sandbox import accounts, images
from sandbox.errors import SandboxError
from sandbox.guest import cpio, os_installer
from sandbox.settings import Settings

MODULES = {
    f"{name}.ko": f"ELF\0depends={needs}\0".encode()
    for name, needs in (
        ("virtio_pci", "virtio"),
        ("virtio", ""),
        ("virtio_blk", "virtio"),
        ("evdev", ""),
        ("button", ""),
        ("ata_piix", "libata"),
        ("libata", ""),
        ("sr_mod", "cdrom"),
        ("cdrom", ""),
        ("isofs", "cdrom"),
        ("not_wanted", ""),
    )
}
SCRIPTS = (
    *("install-os", "mount-root", "installed-init", "power-button"),
    "extlinux.conf",
)
PARTS = os_installer.Parts(
    kernel=b"the kernel",
    modules=MODULES,
    busybox=b"busybox",
    boot_loader={"bin/extlinux": b"loader", "lib/libc.so.6": b"library"},
    boot_sector=b"sector",
    scripts={name: name.encode() for name in SCRIPTS},
)


def unpacked(ramdisk: bytes) -> dict[str, bytes]:
    """Return a ramdisk's files."""
    return {entry.name: entry.data for entry in cpio.unpack(ramdisk)}


def modules(files: dict[str, bytes]) -> list[str]:
    """Return the modules of a ramdisk in their order, without numbers."""
    found = sorted(name for name in files if name.startswith("modules/"))
    return [name.partition("-")[2] for name in found]


def test_the_installer_has_what_it_installs() -> None:
    """Its own first program, a boot loader, and a system with a kernel."""
    files = unpacked(os_installer.installer_ramdisk(PARTS))
    assert files["init"] == b"install-os"
    assert files["bin/extlinux"] == b"loader"
    assert files["lib/libc.so.6"] == b"library"
    assert files["mbr.bin"] == b"sector"
    assert files["system/boot/vmlinuz"] == b"the kernel"
    assert files["system/boot/extlinux.conf"] == b"extlinux.conf"
    assert files["system/sbin/init"] == b"installed-init"
    assert modules(files) == ["virtio.ko", "virtio_pci.ko", "virtio_blk.ko"]


def test_the_installed_system_has_a_ramdisk_of_its_own() -> None:
    """It also drives what configuration drives and power buttons are."""
    installer = unpacked(os_installer.installer_ramdisk(PARTS))
    files = unpacked(gzip.decompress(installer["system/boot/initrd.gz"]))
    assert files["init"] == b"mount-root"
    assert modules(files) == [
        *("virtio.ko", "virtio_pci.ko", "virtio_blk.ko"),
        *("evdev.ko", "button.ko", "libata.ko", "ata_piix.ko"),
        *("cdrom.ko", "sr_mod.ko", "isofs.ko"),
    ]


def test_the_kernel_finds_each_folder_before_what_is_in_it() -> None:
    """The kernel makes no folders that an archive does not name."""
    seen = {"."}
    for entry in cpio.unpack(os_installer.installer_ramdisk(PARTS)):
        assert str(Path(entry.name).parent) in seen, entry.name
        seen.add(entry.name)


def test_ramdisk_is_reproducible() -> None:
    """The same parts give the same bytes, so Glance keeps one image."""
    first, second = (os_installer.installer_ramdisk(PARTS) for _ in range(2))
    assert first == second


def test_names_what_to_run_without_its_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Debian's kernel there is nothing to install."""
    monkeypatch.setattr(os_installer, "FOLDER", tmp_path / "nothing")
    assert not os_installer.is_installed()
    with pytest.raises(SandboxError, match="run sandbox/install"):
        os_installer.files(tmp_path)


def test_a_cloud_comes_up_without_its_packages(
    cloud: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other images are registered all the same."""
    monkeypatch.setattr(os_installer, "FOLDER", tmp_path / "nothing")
    images.register(cloud)


def test_on_the_fake_driver_its_images_are_there(
    fake_cloud_up: Settings,
) -> None:
    """VIRT=fake shows the same commands, and an image that is missing."""
    glance = accounts.connect(fake_cloud_up, "demo").image
    for name in images.OS_INSTALLER_IMAGES:
        assert images.id_of(glance, name)
    with pytest.raises(SandboxError, match="no image missing: run"):
        images.id_of(glance, "missing")
