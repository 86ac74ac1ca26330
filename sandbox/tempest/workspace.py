# SPDX-License-Identifier: Apache-2.0
"""The folder that Tempest runs in, and its ``tempest.conf``."""

import configparser
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from image_props_override.tempest_plugin import config
from sandbox import accounts, images
from sandbox.settings import PASSWORD, REGION, Settings

FLAVOR: Final = "small"
RESIZE_FLAVOR: Final = "medium"
INSTALLER_FLAVOR: Final = "installer"
OS_INSTALLER_FLAVOR: Final = "tiny"

# Where libvirt finds UEFI for guests; Debian's package ovmf has it.
_UEFI_DESCRIPTIONS: Final = Path("/usr/share/qemu/firmware")


@dataclass(frozen=True)
class Workspace:
    """A folder that Tempest runs in."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """Its ``tempest.conf``."""
        return self.folder / "tempest.conf"

    @property
    def report(self) -> Path:
        """Where the plug-in tells what it checked how."""
        return self.folder / "report.txt"


def prepare(settings: Settings) -> Workspace:
    """Write ``tempest.conf`` for a running cloud.

    Args:
        settings: Of the cloud.
    """
    place = Workspace(settings.state_dir / "tempest")
    place.folder.mkdir(exist_ok=True)
    (place.folder / "lock").mkdir(exist_ok=True)
    parser = configparser.RawConfigParser()
    parser.read_dict(options(settings, place, _ids(settings)))
    with place.configuration.open("w") as file:
        parser.write(file)
    return place


def run(
    place: Workspace,
    regex: str,
    *,
    workers: int,
    exclude: str | None = None,
) -> int:
    """Run Tempest's tests; returns Tempest's exit code.

    Args:
        place: Of the cloud to run against.
        regex: What the tests' ids must have.
        workers: How many of them run side by side.
        exclude: What the tests' ids must not have.
    """
    command = [
        *_tempest_run(place, regex),
        *("--concurrency", str(workers)),
    ]
    if exclude is not None:
        command += ["--exclude-regex", exclude]
    return subprocess.run(
        command, cwd=place.folder, env=_environment(), check=False
    ).returncode


def listed(place: Workspace, regex: str) -> list[str]:
    """Return the ids of the tests that `run` runs, with their attributes.

    Only after a run: stestr lists no tests where it has run none.

    Args:
        place: Of the cloud to run against.
        regex: What the tests' ids must have.
    """
    listing = subprocess.run(
        [*_tempest_run(place, regex), "--list-tests"],
        cwd=place.folder,
        env=_environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return listing.stdout.split()


def _tempest_run(place: Workspace, regex: str) -> list[str]:
    return [
        *(sys.executable, "-m", "tempest.cmd.main", "run"),
        *("--config-file", str(place.configuration)),
        *("--regex", regex),
    ]


def _environment() -> dict[str, str]:
    """Return the caller's environment without its cloud's credentials."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OS_")
    }
    bin_dir = str(Path(sys.executable).parent)
    return kept | {
        "PATH": os.pathsep.join((bin_dir, kept.get("PATH", os.defpath))),
        # OpenStack's libraries warn of one another's next releases.
        "PYTHONWARNINGS": "ignore",
    }


def _ids(settings: Settings) -> dict[str, str]:
    """Return the ids of flavors and images, by name."""
    connection = accounts.connect(settings)
    ids = {each.name: str(each.id) for each in connection.compute.flavors()}
    for name in (images.GUEST, images.INSTALLER):
        (image,) = images.named(connection.image, name)
        ids[f"image {name}"] = image["id"]
    for name in images.OS_INSTALLER_IMAGES:
        # They are there if their Debian packages are.
        for image in images.named(connection.image, name):
            ids[f"image {name}"] = image["id"]
    return ids


def _more_overrides() -> str:
    """Return the plug-in's own, and UEFI where this machine has it."""
    chosen = dict(config.MORE_OVERRIDES)
    if _UEFI_DESCRIPTIONS.is_dir():
        chosen["hw_firmware_type"] = "uefi"
    return ",".join(f"{name}:{value}" for name, value in chosen.items())


def options(
    settings: Settings, place: Workspace, ids: Mapping[str, str]
) -> Mapping[str, Mapping[str, Any]]:
    """Return what ``tempest.conf`` says of a cloud, by group and option.

    Args:
        settings: Of the cloud.
        place: Where Tempest is to run.
        ids: Of its flavors by name, and of its images by ``image NAME``.
    """
    guest = ids[f"image {images.GUEST}"]
    return {
        "DEFAULT": {
            "log_file": place.folder / "tempest.log",
            # Its names tell whose the things are that a killed run leaves.
            "resource_name_prefix": "tempest",
        },
        "oslo_concurrency": {"lock_path": place.folder / "lock"},
        "auth": {
            "use_dynamic_credentials": True,
            # Neutron has no router here: all servers are on one network.
            "create_isolated_networks": False,
            "admin_username": "admin",
            "admin_password": PASSWORD,
            "admin_project_name": "admin",
            "admin_domain_name": "Default",
        },
        "identity": {
            "auth_version": "v3",
            "uri_v3": f"{settings.url('keystone')}/v3",
            "region": REGION,
            "v3_endpoint_type": "public",
        },
        "service_available": {
            "cinder": settings.volumes,
            "swift": False,
            "horizon": False,
            "image_props_override": settings.extension,
        },
        "validation": {"run_validation": False},
        "network": {"project_network_cidr": accounts.NETWORK_CIDR},
        "compute": {
            "image_ref": guest,
            "image_ref_alt": guest,
            "flavor_ref": ids[FLAVOR],
            "flavor_ref_alt": ids[RESIZE_FLAVOR],
            "fixed_network_name": accounts.NETWORK_NAME,
            "max_microversion": "latest",
            "build_interval": 1,
            # A machine that runs other things too emulates slowly.
            "build_timeout": 120 if settings.is_fake else 600,
            "ready_wait": 0,
        },
        "volume": {"max_microversion": "latest"},
        "compute-feature-enabled": {
            # nova.conf offers VNC displays, and no proxy to them.
            "vnc_console": False,
            "resize": True,
            "stable_rescue": True,
            "live_migration": False,
            "change_password": False,
            "config_drive": bool(
                shutil.which("mkisofs") or shutil.which("genisoimage")
            ),
            "attach_encrypted_volume": False,
        },
        "image_props_override": {
            "image_ref": guest,
            "resize_flavor_ref": ids[RESIZE_FLAVOR],
            "libvirt_uri": settings.libvirt_uri,
            "services_keep_overrides": not settings.stock_services,
            "more_overrides": _more_overrides(),
            "tpm_model": "tpm-crb",
            "numa_nodes": 1,
            "installer_image_ref": ids[f"image {images.INSTALLER}"],
            "installer_flavor_ref": ids[INSTALLER_FLAVOR],
            **_os_installer(settings, ids),
            "report_file": place.report,
            "console_timeout": 600,
        },
    }


def _os_installer(
    settings: Settings, ids: Mapping[str, str]
) -> Mapping[str, Any]:
    """Return the plug-in's options for the sandbox's own OS installer.

    None where its images are missing, or no guest boots them.
    """
    names = [f"image {name}" for name in images.OS_INSTALLER_IMAGES]
    if settings.is_fake or not ids.keys() >= set(names):
        return {}
    kernel, ramdisk, disk = (ids[name] for name in names)
    return {
        "os_installer_kernel_ref": kernel,
        "os_installer_ramdisk_ref": ramdisk,
        "os_installer_disk_ref": disk,
        "os_installer_flavor_ref": ids[OS_INSTALLER_FLAVOR],
        "os_installer_command_line": "console=ttyS0 quiet hostname={hostname}",
        # The installed system says it; sandbox/guest/os-installer.
        "os_installer_proof": "^This is {hostname}, running from its own disk",
        "os_installer_timeout": 600,
        "os_installer_reboot": "reboot",
    }
