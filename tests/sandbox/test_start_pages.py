# SPDX-License-Identifier: Apache-2.0
"""The pages for beginners work in a cloud as they are printed."""

from __future__ import annotations

import os
import re
import subprocess

from sandbox import cloud as sandbox_cloud
from sandbox.settings import Settings
from tests import PROJECT

FIRST_STEPS = PROJECT / "docs" / "start" / "first-steps.md"
PROBLEMS = PROJECT / "docs" / "reference" / "problems.md"
_BLOCK = re.compile(r"^```sh( fails)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LOGIN = ". sandbox/openrc demo\n"
# What the page says of each command that fails.
_CODES = ("removal_of_absent", "rule_denies")


def run(settings: Settings, script: str) -> subprocess.CompletedProcess[str]:
    """Run lines of a page in a shell, from the checkout."""
    return subprocess.run(
        ["bash", "-euc", script],
        cwd=PROJECT,
        env={**os.environ, "SANDBOX_DIR": str(settings.state_dir)},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_first_steps(fake_cloud_up: Settings) -> None:
    """Every command, one after the other; some are to fail."""
    codes: list[str] = []
    rules = fake_cloud_up.rules_file.read_text()
    try:
        for fails, script in _BLOCK.findall(FIRST_STEPS.read_text()):
            done = run(fake_cloud_up, _LOGIN + script)
            assert bool(done.returncode) == bool(fails), done.stderr
            if fails and not codes:
                # The problem codes' page shows this one as an example.
                assert done.stderr.splitlines()[-1] in PROBLEMS.read_text()
            if fails:
                codes += re.findall(r"\[(\w+)\]", done.stderr)
    finally:
        fake_cloud_up.rules_file.write_text(rules)
    assert tuple(codes) == _CODES


def test_an_operators_files_survive(fake_cloud_up: Settings) -> None:
    """Options count, and a changed paste file stays, through down and up."""
    nova = fake_cloud_up.etc_dir / "nova"
    operators, paste = nova / "operator.conf", nova / "api-paste.ini"
    sandboxes = paste.read_text()
    sandbox_cloud.down(fake_cloud_up)
    operators.write_text("[image_props_override]\nallow = os_type\n")
    paste.write_text(f"# mine\n{sandboxes}")
    try:
        sandbox_cloud.up(fake_cloud_up)
        listed = run(
            fake_cloud_up,
            f"{_LOGIN}openstack image property override list"
            " --name hw_disk_bus -f value -c Rule",
        )
        assert "allow" in listed.stdout
        assert "'*'" not in listed.stdout
        assert paste.read_text().startswith("# mine\n")
    finally:
        sandbox_cloud.down(fake_cloud_up)
        operators.unlink()
        paste.unlink()
    sandbox_cloud.up(fake_cloud_up)
    assert paste.read_text() == sandboxes
