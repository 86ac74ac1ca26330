# SPDX-License-Identifier: Apache-2.0
"""The shell commands of docs/user/os-installers.md, in one shell, no cloud.

tests/sandbox/test_start_pages.py runs the single steps in a cloud, and
tests/clients/test_user_pages.py the commands of the first task.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from cliff.app import App
from cliff.commandmanager import CommandManager

from image_props_override.clients.openstackclient.server_install import (
    InstallServer,
)
from image_props_override.core.properties.limits import LONGEST_VALUE_BYTES
from tests import PROJECT

PAGE = PROJECT / "docs" / "user" / "os-installers.md"
_SECTION = re.compile(r"^### (.+?)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
_BASH = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Programs that a reader has, and that the tests' machine may lack.
_STAND_INS = """
user_data=http://169.254.169.254/openstack/latest/user_data
hash='$6$salt$hash'
talosctl() { echo 'version: v1alpha1' > controlplane.yaml; }
butane() { cat "${@: -1}"; }
openstack() { printf '%s\\0' "$@" > arguments; }
"""


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run lines of the page in a folder."""
    return subprocess.run(
        ["bash", "-euc", _STAND_INS + script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def install_command() -> str:
    """Return the command that the page runs after each section."""
    (command,) = (
        block
        for block in _BASH.findall(PAGE.read_text())
        if block.startswith('openstack server install --kernel "$kernel"')
        and "web1" in block
    )
    return str(command)


def test_each_installer(tmp_path: Path) -> None:
    """Its section leads to a command that `server install` accepts."""
    seen = []
    for title, text in _SECTION.findall(PAGE.read_text()):
        scripts = _BASH.findall(text)
        setting = [each for each in scripts if "kernel=" in each]
        if not setting:
            continue
        folder = tmp_path / title.replace(" ", "-")
        folder.mkdir()
        # A section that has its answers in another format writes no file.
        script = "\n".join(
            each for each in scripts if not each.startswith("openstack ")
        )
        done = run(folder, "touch answers\n" + script + install_command())
        assert done.returncode == 0, (title, done.stderr)
        words = (folder / "arguments").read_text().split("\0")[:-1]
        assert words[:2] == ["server", "install"]
        # cliff asks the application for its help's width alone.
        parser = InstallServer(
            App("", "", CommandManager("")), None
        ).get_parser("")
        parsed = parser.parse_args(words[2:])
        assert parsed.kernel.endswith("-kernel")
        assert parsed.ramdisk.endswith(("-initrd", "-ramdisk"))
        assert "console=ttyS0" in parsed.append
        assert len(parsed.append.encode()) <= LONGEST_VALUE_BYTES
        seen.append(title)
    assert len(seen) == 7


def test_all_blocks_are_shell() -> None:
    """None has a mistake that bash finds without running it."""
    for block in _BASH.findall(PAGE.read_text()):
        done = subprocess.run(
            ["bash", "-n"], input=block, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, ""), block
