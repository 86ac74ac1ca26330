# SPDX-License-Identifier: Apache-2.0
"""A tenant meets the operator's rules, live: the file changes, so do they."""

import pytest

from sandbox import images
from sandbox.demo import boot
from sandbox.errors import SandboxError
from sandbox.settings import Settings

SERVER = "under-rules"
DENY = """\
rules:
  - properties: [hw_vif_model]
    values: {listed: [e1000]}
    action: allow
  - properties: [hw_vif_model]
    action: deny
    reason: only e1000 beside the image's own model
"""


def test_rules_change_while_the_cloud_runs(fake_cloud_up: Settings) -> None:
    """A plain member is refused, or not, as the file says at that time."""
    settings = fake_cloud_up
    no_rules = settings.rules_file.read_text()

    def create(model: str) -> None:
        overrides = {"hw_vif_model": model}
        command = boot.create_command(SERVER, images.GUEST, "tiny", overrides)
        boot.run(settings, *command)
        boot.wait_for_server(settings, SERVER)
        boot.delete_servers(settings, {SERVER})

    try:
        create("rtl8139")
        settings.rules_file.write_text(DENY)
        with pytest.raises(SandboxError) as refused:
            create("rtl8139")
        assert "only e1000 beside the image's own model" in str(refused.value)
        assert "[rule_denies]" in str(refused.value)
        create("e1000")
        settings.rules_file.write_text("rules: [")
        with pytest.raises(SandboxError, match="only e1000"):
            create("rtl8139")
        log = (settings.log_dir / "nova.log").read_text()
        assert "The last good rules stay in force" in log
        settings.rules_file.write_text(no_rules)
        create("rtl8139")
    finally:
        settings.rules_file.write_text(no_rules)
        boot.delete_servers(settings, {SERVER})
