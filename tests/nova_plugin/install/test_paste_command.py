# SPDX-License-Identifier: Apache-2.0
"""The command as an operator runs it, on files."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from image_props_override.nova_plugin.command_line import main
from image_props_override.nova_plugin.install.paste_command import copy_beside
from tests.nova_plugin.doctor.doctor_host import (
    FACTORIES,
    novas_paste_file,
    paste_file_with,
)

ORIGINAL = novas_paste_file().read_bytes()


@pytest.fixture
def paste_file(tmp_path: Path) -> Path:
    """Nova's own paste file, to write to."""
    file = tmp_path / "api-paste.ini"
    file.write_bytes(ORIGINAL)
    return file


def paste(action: str, file: Path) -> int:
    """Run the command and return its exit status."""
    return main(["paste", action, str(file)])


def test_apply_and_revert(
    paste_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On, still on, off, still off; a copy is kept while it is on."""
    assert paste("--check", paste_file) == 1
    told = capsys.readouterr().out.splitlines()
    for section, factory in FACTORIES.items():
        assert any(line.endswith(f", [{section}]") for line in told)
        assert f"    paste.app_factory = {factory}" in told
    assert told[-1].endswith(f"paste --apply {paste_file}")
    assert paste_file.read_bytes() == ORIGINAL

    assert paste("--apply", paste_file) == 0
    assert "Restart nova-api" in capsys.readouterr().out
    switched_on = paste_file.read_bytes()
    assert switched_on.decode().splitlines() == (
        paste_file_with(*FACTORIES).splitlines()
    )
    assert copy_beside(paste_file).read_bytes() == ORIGINAL
    assert paste("--check", paste_file) == 0

    assert paste("--apply", paste_file) == 0
    assert paste_file.read_bytes() == switched_on
    assert copy_beside(paste_file).read_bytes() == ORIGINAL

    assert paste("--revert", paste_file) == 0
    assert paste_file.read_bytes() == ORIGINAL
    assert paste("--revert", paste_file) == 0
    assert [*paste_file.parent.iterdir()] == [paste_file]


def test_changed_meanwhile(
    paste_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was changed while it was on is kept, and so is the copy."""
    paste("--apply", paste_file)
    with paste_file.open("ab") as file:
        file.write(b"# changed\n")
    assert paste("--revert", paste_file) == 0
    assert paste_file.read_bytes() == ORIGINAL + b"# changed\n"
    assert copy_beside(paste_file).read_bytes() == ORIGINAL
    assert str(copy_beside(paste_file)) in capsys.readouterr().out


def test_owner_mode_and_link_stay(paste_file: Path) -> None:
    """Nova can still read it, and nobody else can."""
    paste_file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(paste_file, 123, 456)
    before = paste_file.stat()
    link = paste_file.with_name("link.ini")
    link.symlink_to(paste_file)
    paste("--apply", link)
    assert link.is_symlink()
    assert paste_file.read_bytes() != ORIGINAL
    for file in (paste_file, copy_beside(link)):
        after = file.stat()
        assert stat.S_IMODE(after.st_mode) == 0o640
        assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


@pytest.mark.parametrize("action", ["--check", "--apply", "--revert"])
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "No such file"),
        (b"[app:x]\nno option\n", "line 2: "),
        (b"[pipeline:meta]\npipeline = cors\n", "no line is"),
    ],
)
def test_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    action: str,
    data: bytes | None,
    told: str,
) -> None:
    """A file that is not understood stays as it is: status 2."""
    file = tmp_path / "paste.ini"
    if data is not None:
        file.write_bytes(data)
    assert paste(action, file) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(file) in captured.err
    assert told in captured.err
    if data is not None:
        assert file.read_bytes() == data
    assert len(list(tmp_path.iterdir())) == (data is not None)


def test_needs_no_nova(paste_file: Path) -> None:
    """It works on a machine that builds images or charts."""
    program = (
        "import sys; sys.modules['nova'] = None; "
        "sys.modules['oslo_config'] = None; "
        "from image_props_override.nova_plugin.command_line import main; "
        "sys.exit(main())"
    )
    subprocess.run(
        [sys.executable, "-c", program, "paste", "--apply", str(paste_file)],
        check=True,
        timeout=60,
    )
    assert paste_file.read_bytes() != ORIGINAL
