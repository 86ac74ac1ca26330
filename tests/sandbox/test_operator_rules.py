# SPDX-License-Identifier: Apache-2.0
"""What a tenant is refused, live: by rules that change, and by Glance."""

import pytest

from sandbox import accounts, images
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
        assert "The last valid rules stay in effect" in log
        settings.rules_file.write_text(no_rules)
        create("rtl8139")
    finally:
        settings.rules_file.write_text(no_rules)
        boot.delete_servers(settings, {SERVER})


def test_kernel_of_another_project(fake_cloud_up: Settings) -> None:
    """It is refused in the words for one that does not exist."""
    settings = fake_cloud_up
    absent = "00000000-0000-4000-8000-000000000000"
    admin = accounts.connect(settings)
    private = admin.create_image(
        "kernel-of-the-admin",
        data=b"kernel",
        disk_format="aki",
        container_format="aki",
        visibility="private",
        wait=True,
    )

    def refusal_of(kernel: str) -> str:
        command = boot.create_command(
            SERVER, images.GUEST, "tiny", {"kernel_id": kernel}
        )
        with pytest.raises(SandboxError) as refused:
            boot.run(settings, *command)
        return str(refused.value).replace(kernel, "ID")

    try:
        words = refusal_of(private.id)
        assert "kernel_id: there is no image ID that you can see" in words
        assert words == refusal_of(absent)
    finally:
        admin.delete_image(private.id)
