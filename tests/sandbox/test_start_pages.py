# SPDX-License-Identifier: Apache-2.0
"""The pages for beginners work in a cloud as they are printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from image_props_override.core.override_request import KEY
from sandbox import cloud as sandbox_cloud
from sandbox.settings import Settings
from tests import PROJECT

FIRST_STEPS = PROJECT / "docs" / "start" / "first-steps.md"
INSTALLERS = PROJECT / "docs" / "user" / "os-installers.md"
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


def test_an_installation_step_by_step(
    fake_cloud_up: Settings, tmp_path: Path
) -> None:
    """From the image on; the test stops the guest, which is pretended."""
    page = INSTALLERS.read_text()
    steps = page.partition("## Step by step\n")[2].partition("\n## ")[0]
    boot, wait, change = re.findall(
        r"^```bash\n(.*?)^```$", steps, re.MULTILINE | re.DOTALL
    )
    done = run(
        fake_cloud_up,
        f"""{_LOGIN}cd {tmp_path}
        {boot.replace(_LOGIN, "")}
        openstack server stop alpha
        {wait}{change}
        openstack server show -c image_props_override -f json alpha >shown
        openstack server delete --wait alpha
        openstack image delete my-installer""",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "shown").read_text()) == {
        KEY: {"kernel_id": None, "ramdisk_id": None}
    }


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
