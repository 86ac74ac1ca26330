# SPDX-License-Identifier: Apache-2.0
"""The commands of docs/operator/install.md run as printed, in a folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests import PROJECT
from tests.nova_plugin.doctor.doctor_host import novas_paste_file

PAGE = PROJECT / "docs" / "operator" / "install.md"
# Blocks without a language, in the text or in a numbered list.
BLOCKS = re.findall(
    r"^( *)```\n(.*?)^\1```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
)
COMMANDS = [
    re.sub(f"^{indent}", "", text, flags=re.M) for indent, text in BLOCKS
]
# tests/test_wheel.py installs the wheel, tests/nova_plugin/doctor and the
# sandbox's tests run the doctor; kolla-build is not here.
ELSEWHERE = ("pip ", "image-props-override doctor", "kolla-build ")


def run(command: str, root: Path) -> str:
    """Return what a shell prints after a command, with paths below a root.

    Args:
        command: As the page prints it.
        root: Stands for ``/``.
    """
    scripts = Path(sys.executable).parent
    here = command.replace("/etc/", f"{root}/etc/")
    here = here.replace("/opt/", f"{root}/opt/")
    return subprocess.run(
        ["/bin/sh", "-e", "-c", f"{here}\ncommand -v nova-compute"],
        env={**os.environ, "PATH": f"{scripts}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_page_s_commands(tmp_path: Path) -> None:
    """Switched on, linked and switched off: the file is as it was."""
    file = tmp_path / "etc" / "nova" / "api-paste.ini"
    file.parent.mkdir(parents=True)
    shutil.copy(novas_paste_file(), file)
    before = file.read_bytes()
    apply, links, revert = (
        command for command in COMMANDS if not command.startswith(ELSEWHERE)
    )
    assert "switched on" in run(apply, tmp_path)
    assert file.read_bytes().count(b"image_props_override") == 3

    found = Path(run(links, tmp_path).split()[-1])
    folder = tmp_path / "opt" / "image-props-override" / "bin"
    assert found == folder / "nova-compute"
    assert {each.name: each.resolve().name for each in folder.iterdir()} == {
        "nova-compute": "nova-compute-image-props",
        "nova-conductor": "nova-conductor-image-props",
    }

    assert "switched off" in run(revert, tmp_path)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
