# SPDX-License-Identifier: Apache-2.0
"""Runs the Tempest plug-in; starts the cloud for it if none is running."""

from typing import Final

from sandbox import cloud
from sandbox.errors import SandboxError
from sandbox.settings import Settings
from sandbox.tempest import workspace

PLUGIN: Final = r"image_props_override\.tempest_plugin\."
SMOKE: Final = r"\[.*\bsmoke\b.*\]"

# Guests are emulated on the machine's cores: two at a time keep two busy.
_WORKERS: Final = 2


def run_plugin(settings: Settings, regex: str, *, smoke: bool) -> int:
    """Run the plug-in's tests, print what they checked; 0 if none failed.

    The cloud is left as it was found: running or down.

    Args:
        settings: Of the cloud.
        regex: What the tests' ids must have after the plug-in's name.
        smoke: Whether to run only those tests that are called smoke.

    Raises:
        SandboxError: The cloud does not start, or cannot run the tests.
    """
    states = {each.state for each in cloud.status(settings)}
    was_running = states == {"running"}
    settings = cloud.up(settings)
    try:
        if settings.is_fake or not settings.extension:
            raise SandboxError(
                "the Tempest plug-in needs real guests and the extension: a"
                " cloud without VIRT=fake and SANDBOX_EXTENSION=0"
            )
        place = workspace.prepare(settings)
        place.report.unlink(missing_ok=True)
        result = workspace.run(
            place,
            f"{PLUGIN}.*{regex}.*{SMOKE if smoke else ''}",
            workers=_WORKERS,
        )
        if place.report.exists():
            print(f"\nWhat was checked how:\n\n{place.report.read_text()}")
        return result
    finally:
        if not was_running:
            cloud.down(settings)
