# SPDX-License-Identifier: Apache-2.0
"""Initial ramdisks: newc cpio archives, written reproducibly and read.

The kernel's documentation, driver-api/early-userspace/buffer-format,
describes the format. Debian's minimal systems have no cpio(1), and
neither it nor an mknod(1) would give the same bytes twice.
"""

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MAGIC = b"070701"
_FIELDS = 13
_HEADER_BYTES = len(_MAGIC) + 8 * _FIELDS
_TRAILER = "TRAILER!!!"


class ArchiveError(ValueError):
    """The bytes are no newc cpio archive, or it is cut short."""


@dataclass(frozen=True)
class Entry:
    """One file, folder, link or device of an archive.

    `mode` is a whole ``st_mode``, file type included. The data of a
    symbolic link is its target. `device` is (major, minor) of a device.
    """

    name: str
    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


def folder(name: str) -> Entry:
    """Return a folder that everybody may list."""
    return Entry(name, stat.S_IFDIR | 0o755)


def program(name: str, data: bytes) -> Entry:
    """Return a file that everybody may execute."""
    return Entry(name, stat.S_IFREG | 0o755, data)


def character_device(name: str, major: int, minor: int) -> Entry:
    """Return a character device for root alone."""
    return Entry(name, stat.S_IFCHR | 0o600, device=(major, minor))


def pack(entries: Iterable[Entry]) -> bytes:
    """Return the archive of `entries`, in their order.

    Owner, times and inode numbers do not depend on this machine, so the
    same entries always give the same bytes. A folder has to come before
    what is in it: the kernel makes no missing ones.
    """
    archive = bytearray()
    for inode, entry in enumerate((*entries, Entry(_TRAILER, 0)), start=1):
        name = entry.name.encode() + b"\0"
        fields = (
            inode,
            entry.mode,
            0,  # owner: root
            0,  # group: root
            1,  # links
            0,  # modification time
            len(entry.data),
            0,
            0,  # device that holds the file: major, minor
            *entry.device,
            len(name),
            0,  # checksum: none in newc
        )
        archive += _MAGIC + b"".join(b"%08X" % field for field in fields)
        archive += name
        _pad(archive)
        archive += entry.data
        _pad(archive)
    return bytes(archive)


def unpack(archive: bytes) -> Iterator[Entry]:
    """Yield the entries of the first archive in `archive`.

    Raises:
        ArchiveError: it is no newc archive, or cut short.
    """
    view = memoryview(archive)  # slices that copy nothing: these are big
    at = 0
    while True:
        header = bytes(view[at : at + _HEADER_BYTES])
        if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
            raise ArchiveError(f"no newc cpio header at byte {at}")
        numbers = header[len(_MAGIC) :]
        fields = [int(numbers[i : i + 8], 16) for i in range(0, 104, 8)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name_at = at + _HEADER_BYTES
        data_at = _aligned(name_at + name_size)
        at = _aligned(data_at + size)
        if data_at + size > len(view):
            raise ArchiveError("the archive ends within an entry")
        name = bytes(view[name_at : name_at + name_size - 1]).decode()
        if name == _TRAILER:
            return
        data = bytes(view[data_at : data_at + size])
        yield Entry(name, mode, data, (fields[9], fields[10]))


def _aligned(position: int) -> int:
    return (position + 3) // 4 * 4


def _pad(archive: bytearray) -> None:
    archive += b"\0" * (_aligned(len(archive)) - len(archive))
