# SPDX-License-Identifier: Apache-2.0
"""An OS installer that is run to its end, and the machines that come out.

The specification's first use case: building disk images. A server boots the
sandbox's own installer onto an empty disk, is started from that disk, and an
image of it makes another machine.
"""

import re
import subprocess
from typing import Final

from image_props_override.tempest_plugin.guest.domain import running_domain
from sandbox import accounts, images
from sandbox.demo import boot
from sandbox.errors import SandboxError
from sandbox.guest import os_installer
from sandbox.settings import Settings

MACHINE: Final = "machine"
COPY: Final = "copy"
IMAGE: Final = "machine-image"

_FLAVOR: Final = "tiny"


def why_not(settings: Settings) -> str:
    """Return why no installer can be run here; empty if it can."""
    if settings.is_fake:
        return "no installer runs on the fake driver (VIRT=fake)"
    if not os_installer.is_installed():
        return "its Debian packages could not be had, see sandbox/install"
    return ""


def delete_image(settings: Settings) -> None:
    """Delete the image of an earlier demo, if there is one."""
    if images.named(accounts.connect(settings, boot.USER).image, IMAGE):
        boot.run(settings, ["openstack", "image", "delete", IMAGE])


def begin(settings: Settings) -> subprocess.Popen[str]:
    """Run the installer, which takes a while, beside what comes next."""
    command = [
        ["openstack", "server", "install"],
        ["--kernel", images.OS_INSTALLER_KERNEL],
        ["--ramdisk", images.OS_INSTALLER_RAMDISK],
        ["--append", f"console=ttyS0 quiet hostname={MACHINE}"],
        ["--image", images.BLANK, "--flavor", _FLAVOR],
        ["--network", accounts.NETWORK_NAME, MACHINE],
    ]
    return boot.start(settings, *command)


def finish(
    settings: Settings, installation: subprocess.Popen[str]
) -> tuple[str, str]:
    """Show the installation, make an image of it, and boot that.

    Args:
        settings: Of the running cloud.
        installation: What ``begin`` returned.

    Returns:
        What the two machines say on their consoles.

    Raises:
        SandboxError: The installation fails, or a machine does not run from
            its own disk.
    """
    assert installation.stdout is not None
    for line in installation.stdout:
        print(f"  {line.rstrip()}", flush=True)
    if installation.wait():
        raise SandboxError("the installation failed, see above")
    first = wait_for_machine(settings, MACHINE)
    create_image = ["openstack", "server", "image", "create", "--wait"]
    boot.run(settings, [*create_image, "--name", IMAGE, MACHINE])
    create = boot.create_command(COPY, IMAGE, _FLAVOR, {})
    # Which tells the machine its name.
    create.insert(-1, ["--config-drive", "true"])
    boot.run(settings, *create)
    return first, wait_for_machine(settings, COPY)


def wait_for_machine(settings: Settings, name: str) -> str:
    """Return what a machine says on its console of where it runs from.

    Raises:
        SandboxError: It does not run from its own disk.
    """
    server_id = boot.wait_for_server(settings, name)
    said = boot.wait_for_console(
        settings,
        server_id,
        lambda console: line_from_disk(console, name),
        f"{name} to say that it runs from its own disk",
    )
    domain = running_domain(settings.libvirt_uri, server_id)
    if domain.root.find("os/kernel") is not None:
        raise SandboxError(f"{name} still has a kernel of Nova's")
    return said


def line_from_disk(console: str, name: str) -> str | None:
    """Return what only a system that booted from its own disk says.

    Args:
        console: All that the guest has written.
        name: The machine's.

    Returns:
        The line that says so, or None while the console lacks it, or the
        command line that the disk's boot loader gives its kernel.
    """
    lines = [line.strip() for line in console.splitlines()]
    is_booted = any(
        re.match(r"kernel command line: .*\bbooted_by=extlinux\b", line)
        for line in lines
    )
    start = f"This is {name}, running from its own disk, "
    said = (line for line in lines if line.startswith(start))
    return next(said, None) if is_booted else None
