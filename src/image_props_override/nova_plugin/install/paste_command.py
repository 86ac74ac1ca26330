# SPDX-License-Identifier: Apache-2.0
"""``image-props-override paste``: switches overriding on and off in a file."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from image_props_override.nova_plugin.install.paste_file import (
    OPTION,
    PasteFileError,
    factory_lines,
    with_novas_factories,
    with_our_factories,
)

_DESCRIPTION = """\
Switch overriding on or off in an api-paste.ini of Nova. Only the names of
Nova's three factories change; every other byte stays. nova-api reads the file
when it starts. The command needs neither Nova nor its configuration."""

_EXIT_STATUS = """\
Exit status: 0 done, or nothing to do; 1 --check found that it is not switched
on; 2 the file is not understood, or cannot be read or written."""

_NOT_SWITCHED_ON: Final = 1
_FAILED: Final = 2


def add_parser(commands: Any) -> None:
    """Add the command to those of ``image-props-override``.

    Args:
        commands: The subparsers; ``run`` of what they parse is the command.
    """
    parser = commands.add_parser(
        "paste",
        help="switch overriding on or off in an api-paste.ini",
        description=_DESCRIPTION,
        epilog=_EXIT_STATUS,
    )
    action = parser.add_mutually_exclusive_group(required=True)
    for option, function, does in (
        ("--check", _check, "show what is missing, and change nothing"),
        ("--apply", _apply, "switch it on; a copy of the file is kept"),
        ("--revert", _revert, "restore Nova's factories"),
    ):
        action.add_argument(
            option,
            action="store_const",
            dest="action",
            const=function,
            help=does,
        )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the api-paste.ini"
    )
    parser.set_defaults(run=_run)


def copy_beside(file: Path) -> Path:
    """Return where the file is kept as it was before ``--apply``."""
    return file.with_name(f"{file.name}.before-image-props-override")


def _run(parsed: argparse.Namespace) -> int:
    try:
        status: int = parsed.action(parsed.file)
    except PasteFileError as error:
        print(f"{parsed.file}: {error}. Nothing changed.", file=sys.stderr)
        return _FAILED
    except OSError as error:
        print(f"{parsed.file}: {error}. Nothing changed.", file=sys.stderr)
        return _FAILED
    return status


def _check(file: Path) -> int:
    missing = [
        line for line in factory_lines(file.read_bytes()) if not line.is_ours
    ]
    if not missing:
        print(f"{file}: switched on")
        return 0
    print(f"{file}: not switched on. These lines should be changed:")
    for line in missing:
        print(f"  line {line.number}, [{line.section}]")
        print(f"    {OPTION} = {line.ours}")
    print(f"To change them: image-props-override paste --apply {file}")
    return _NOT_SWITCHED_ON


def _apply(file: Path) -> int:
    old = file.read_bytes()
    new = with_our_factories(old)
    if new == old:
        print(f"{file}: already switched on")
        return 0
    # First, so that there always is one whole file.
    copy = copy_beside(file)
    _write_like(file, copy, old)
    _write_like(file, file, new)
    print(f"{file}: switched on; the original is {copy}. Restart nova-api.")
    return 0


def _revert(file: Path) -> int:
    old = file.read_bytes()
    new = with_novas_factories(old)
    if new == old:
        print(f"{file}: already switched off")
    else:
        _write_like(file, file, new)
        print(f"{file}: switched off. Restart nova-api.")
    copy = copy_beside(file)
    if not copy.exists():
        return 0
    if copy.read_bytes() == new:
        copy.unlink()
    else:
        print(
            f"{copy} is kept, because the file was changed after --apply; "
            "remove it when you no longer need it."
        )
    return 0


def _write_like(model: Path, file: Path, data: bytes) -> None:
    """Write a file at once, with owner, mode and labels of another.

    Raises:
        OSError: It cannot be written; what was there still is.
    """
    # A link, as of stow or a configuration store, stays one.
    file = file.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        owner = model.stat()
        os.chown(temporary, owner.st_uid, owner.st_gid)
        shutil.copystat(model, temporary)
        os.utime(temporary)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
