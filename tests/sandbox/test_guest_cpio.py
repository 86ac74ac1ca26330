# SPDX-License-Identifier: Apache-2.0
"""Ramdisks are what the kernel expects, and the same every time."""

import shutil
import stat
import subprocess

import pytest

from sandbox.guest import cpio
from tests.sandbox import lacking

ENTRIES = (
    cpio.folder("dev"),
    cpio.character_device("dev/console", 5, 1),
    cpio.program("init", b"#!/bin/sh\n"),
    cpio.Entry("link", stat.S_IFLNK | 0o777, b"init"),
    cpio.Entry("empty", stat.S_IFREG | 0o644),
)


def test_unpacks_what_was_packed() -> None:
    """Names, modes, contents and device numbers survive."""
    assert tuple(cpio.unpack(cpio.pack(ENTRIES))) == ENTRIES


@pytest.mark.parametrize("length", range(9))
def test_contents_of_any_length_keep_what_follows_aligned(length: int) -> None:
    """The format pads names and contents to multiples of four bytes."""
    entries = (
        cpio.program("n" * (length + 1), b"x" * length),
        cpio.program("next", b"y"),
    )
    assert tuple(cpio.unpack(cpio.pack(entries))) == entries


def test_another_reader_agrees() -> None:
    """BusyBox's cpio lists the entries with modes and device numbers."""
    if shutil.which("busybox") is None:
        lacking.skip_but_fail_in_ci("busybox is not installed")
    listing = subprocess.run(
        ["busybox", "cpio", "-tv"],
        input=cpio.pack(ENTRIES),
        capture_output=True,
        check=True,
    ).stdout.decode()
    lines = [line.split() for line in listing.splitlines()]
    assert [(line[0], line[-1]) for line in lines] == [
        ("drwxr-xr-x", "dev"),
        ("crw-------", "dev/console"),
        ("-rwxr-xr-x", "init"),
        ("lrwxrwxrwx", "init"),
        ("-rw-r--r--", "empty"),
    ]


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x1f\x8b" * 100, id="still compressed"),
        pytest.param(cpio.pack(ENTRIES)[:-130], id="without its end"),
        pytest.param(cpio.pack(ENTRIES)[:300], id="cut within an entry"),
    ],
)
def test_refuses_what_is_no_whole_archive(archive: bytes) -> None:
    """A ramdisk that lacks its end is never taken for a whole one."""
    with pytest.raises(cpio.ArchiveError):
        list(cpio.unpack(archive))
