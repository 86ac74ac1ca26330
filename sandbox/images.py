# SPDX-License-Identifier: Apache-2.0
"""Registers the sandbox's images in Glance."""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sandbox import accounts
from sandbox.errors import SandboxError
from sandbox.guest import build, os_installer
from sandbox.settings import Settings

GUEST: Final = "guest"
INSTALLER: Final = "installer"
# The OS installer of the sandbox's own: a server boots it from kernel and
# ramdisk, which it overrides, onto a disk with nothing on it.
OS_INSTALLER_KERNEL: Final = "os-installer-kernel"
OS_INSTALLER_RAMDISK: Final = "os-installer-ramdisk"
BLANK: Final = "blank"
OS_INSTALLER_IMAGES: Final = (OS_INSTALLER_KERNEL, OS_INSTALLER_RAMDISK, BLANK)

# What each image says of itself; its kernel and ramdisk are added. The
# CPUs of the guest are for flavors with two vCPUs.
PROPERTIES: Final[Mapping[str, Mapping[str, str]]] = {
    GUEST: {
        "os_command_line": "console=ttyS0 quiet",
        "hw_machine_type": "pc",
        "hw_cpu_sockets": "2",
        "hw_cpu_cores": "1",
        "hw_cpu_threads": "1",
        "hw_disk_bus": "virtio",
        "hw_vif_model": "virtio",
        "hw_video_model": "vga",
        "hw_input_bus": "usb",
    },
    INSTALLER: {"os_command_line": "console=ttyS0 quiet"},
}


@dataclasses.dataclass(frozen=True)
class _Upload:
    """An image as it shall be in Glance."""

    name: str
    file: Path
    container_format: str
    disk_format: str
    properties: Mapping[str, str] = dataclasses.field(default_factory=dict)


def register(settings: Settings) -> None:
    """Put the images into Glance, for everybody to use.

    Images that are there and right stay as they are, with their ids; those
    of an older build are replaced. Those of the OS installer are there if
    its Debian packages are.

    Args:
        settings: Of a running cloud.

    Raises:
        SandboxError: A Debian package that the images are made of is
            missing.
    """
    glance = accounts.connect(settings).image
    for name, files in _boot_files(settings).items():
        kernel = _Upload(f"{name}-kernel", files.kernel, "aki", "aki")
        ramdisk = _Upload(f"{name}-ramdisk", files.ramdisk, "ari", "ari")
        properties = {
            **PROPERTIES[name],
            "kernel_id": _ensure(glance, kernel),
            "ramdisk_id": _ensure(glance, ramdisk),
        }
        _ensure(glance, _Upload(name, files.disk, "bare", "raw", properties))
    if installer := _os_installer_files(settings):
        for upload in (
            _Upload(OS_INSTALLER_KERNEL, installer.kernel, "aki", "aki"),
            _Upload(OS_INSTALLER_RAMDISK, installer.ramdisk, "ari", "ari"),
            _Upload(BLANK, installer.disk, "bare", "raw"),
        ):
            _ensure(glance, upload)


def _boot_files(settings: Settings) -> dict[str, build.BootFiles]:
    folder = settings.var_dir / "guest"
    if settings.is_fake:
        # Nobody boots them, and no Debian package need be there.
        return {
            name: build.placeholder_files(folder, name) for name in PROPERTIES
        }
    return {
        GUEST: build.guest_files(folder),
        INSTALLER: build.installer_files(folder),
    }


def _os_installer_files(settings: Settings) -> build.BootFiles | None:
    folder = settings.var_dir / "guest"
    if settings.is_fake:
        return build.placeholder_files(folder, "os-installer")
    if not os_installer.is_installed():
        return None
    return os_installer.files(folder)


def id_of(glance: Any, name: str) -> str:
    """Return the id of one of the sandbox's images.

    Args:
        glance: The ``image`` proxy of an openstacksdk connection.
        name: The image's name.

    Raises:
        SandboxError: It is not there, and what to do.
    """
    found = named(glance, name)
    if not found:
        raise SandboxError(
            f"the cloud has no image {name}: run sandbox/install, then"
            " `make down` and `make up`"
        )
    return str(found[0]["id"])


def named(glance: Any, name: str) -> list[dict[str, Any]]:
    """Return all images of that name as Glance describes them.

    An image's properties stand beside its other fields there.

    Args:
        glance: The ``image`` proxy of an openstacksdk connection.
        name: The images' name.
    """
    response = _checked(glance.get("/images", params={"name": name}))
    return list(response.json()["images"])


def _ensure(glance: Any, upload: _Upload) -> str:
    """Return the id of the one image of that name, uploaded if need be."""
    data = upload.file.read_bytes()
    wanted = {
        **upload.properties,
        "status": "active",
        # The algorithm that Glance hashes with unless told otherwise.
        "os_hash_value": hashlib.sha512(data).hexdigest(),
    }
    for image in named(glance, upload.name):
        if all(image.get(field) == value for field, value in wanted.items()):
            return str(image["id"])
        _checked(glance.delete(f"/images/{image['id']}"))
    # Not the SDK's create_image(): that adds properties of its own, which
    # Nova would copy into every server.
    body = {
        **upload.properties,
        "name": upload.name,
        "container_format": upload.container_format,
        "disk_format": upload.disk_format,
        "visibility": "public",
    }
    created = _checked(glance.post("/images", json=body))
    image_id = str(created.json()["id"])
    binary = {"Content-Type": "application/octet-stream"}
    _checked(glance.put(f"/images/{image_id}/file", data=data, headers=binary))
    return image_id


def _checked(response: Any) -> Any:
    """Return the response; an error in it becomes the SDK's exception."""
    from openstack import exceptions  # Slow, as sandbox.accounts says.

    exceptions.raise_from_response(response)
    return response
