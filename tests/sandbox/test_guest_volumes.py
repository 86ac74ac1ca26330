# SPDX-License-Identifier: Apache-2.0
"""Real guests on real volumes: Cinder's, in a cloud of their own.

``make test-volumes`` alone, which sets SANDBOX_VOLUMES.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from image_props_override.tempest_plugin.guest.checks import CHECKS
from image_props_override.tempest_plugin.guest.domain import running_domain
from sandbox import accounts
from sandbox import cloud as sandbox_cloud
from sandbox.images import OS_INSTALLER_KERNEL, OS_INSTALLER_RAMDISK
from sandbox.settings import Settings
from tests.sandbox.conftest import new_cloud, require_guests
from tests.sandbox.guest_console import BUSY_MACHINE_SECONDS
from tests.sandbox.guest_images import create_image
from tests.sandbox.guest_server import KEY, GuestServer
from tests.sandbox.test_guest_os_installer import assert_runs_from_disk

OVERRIDES: Mapping[str, str | None] = {
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_scsi_model": "virtio-scsi",
    "hw_video_model": None,
    "os_command_line": "%default% owner=volumes",
}
IN_GUEST = {
    **OVERRIDES,
    # Of the image.
    "hw_vif_model": "virtio",
    # libvirt's own, where nobody says anything.
    "hw_video_model": "virtio",
    "os_command_line": "console=ttyS0 quiet owner=volumes",
}


@pytest.fixture(scope="module")
def volume_cloud() -> Iterator[Settings]:
    """A running cloud with real guests and Cinder."""
    require_guests()
    with new_cloud("auto", first_port=16000, volumes=True) as settings:
        yield sandbox_cloud.up(settings)


@pytest.fixture(scope="module")
def user(volume_cloud: Settings) -> Any:
    """A connection of user demo."""
    return accounts.connect(volume_cloud, "demo")


def on_volume(**source: Any) -> dict[str, Any]:
    """Return the part of a request that boots from a volume alone."""
    device = {"boot_index": 0, "destination_type": "volume", **source}
    return {"imageRef": "", "block_device_mapping_v2": [device]}


def seen(server: GuestServer, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a server's guest has of these properties."""
    guest = server.guest()
    return {
        check.image_property: check.look(guest).value
        for check in CHECKS
        if check.image_property in names
    }


def volume_file(cloud: Settings, volume_id: str) -> Path:
    """Return where Cinder has a volume."""
    return cloud.var_dir / "cinder" / "volumes" / f"volume-{volume_id}"


def volumes_of(server: GuestServer) -> dict[str, str]:
    """Return the bus of each volume in a domain, by the volume's id."""
    domain = running_domain(server.cloud.libvirt_uri, server.server_id)
    found = {}
    for disk in domain.root.findall("devices/disk"):
        source, target = disk.find("source"), disk.find("target")
        assert source is not None
        assert target is not None
        file = Path(source.get("file", ""))
        volume_id = file.name.removeprefix("volume-")
        if file == volume_file(server.cloud, volume_id):
            found[volume_id] = target.get("bus", "")
    return found


@pytest.fixture(scope="module")
def server(volume_cloud: Settings, user: Any) -> Iterator[GuestServer]:
    """A server on a volume that Nova had made from the image."""
    server = GuestServer(
        volume_cloud,
        "volumes-from-image",
        OVERRIDES,
        **on_volume(
            source_type="image",
            uuid=user.image.find_image("guest").id,
            volume_size=1,
            delete_on_termination=True,
        ),
    )
    yield server
    server.delete()


def test_boots_from_an_image_on_a_volume(server: GuestServer) -> None:
    """The guest has the overrides, and its one disk is the volume."""
    assert seen(server, IN_GUEST) == IN_GUEST
    assert server.shown()[KEY] == OVERRIDES
    (attached,) = server.shown()["os-extended-volumes:volumes_attached"]
    assert volumes_of(server) == {attached["id"]: "scsi"}


def test_attached_volume_has_the_overridden_bus(
    server: GuestServer, user: Any
) -> None:
    """A second volume comes by the bus of the override, and goes again."""
    root = volumes_of(server)
    volume = user.block_storage.create_volume(size=1)
    try:
        user.block_storage.wait_for_status(volume)
        answer = server.compute.post(
            f"/servers/{server.server_id}/os-volume_attachments",
            json={"volumeAttachment": {"volumeId": volume.id}},
            microversion=server.microversion,
        )
        assert answer.ok, answer.text
        wait_for_volume(user, volume, "in-use")
        assert volumes_of(server) == {**root, volume.id: "scsi"}
        # A guest that starts does not let go of its disks.
        server.guest()
        answer = server.compute.delete(
            f"/servers/{server.server_id}/os-volume_attachments/{volume.id}",
            microversion=server.microversion,
        )
        assert answer.ok, answer.text
        wait_for_volume(user, volume, "available")
        assert volumes_of(server) == root
    finally:
        user.block_storage.delete_volume(volume)


def wait_for_volume(user: Any, volume: Any, status: str) -> None:
    """Return when a volume has this status."""
    user.block_storage.wait_for_status(
        volume, status, failures=["error"], wait=BUSY_MACHINE_SECONDS
    )


def test_rebuilt_volume_keeps_the_overrides(
    server: GuestServer, user: Any
) -> None:
    """A rebuild writes the image onto the volume again, since 2.93."""
    root = volumes_of(server)
    image = user.image.find_image("guest").id
    answer = server.compute.post(
        f"/servers/{server.server_id}/action",
        json={"rebuild": {"imageRef": image}},
        microversion=server.microversion,
    )
    assert answer.ok, answer.text
    server.wait_for("ACTIVE")
    assert seen(server, IN_GUEST) == IN_GUEST
    assert server.shown()[KEY] == OVERRIDES
    assert volumes_of(server) == root


def test_rescued_server_keeps_the_overrides(
    server: GuestServer, tmp_path: Path
) -> None:
    """A rescue of a volume has it beside the rescue disk, since 2.87."""
    admin = accounts.connect(server.cloud)
    rescue = create_image(
        admin,
        "volumes-rescue",
        tmp_path,
        hw_rescue_bus="virtio",
        hw_rescue_device="disk",
    )
    root = volumes_of(server)
    try:
        answer = server.compute.post(
            f"/servers/{server.server_id}/action",
            json={"rescue": {"rescue_image_ref": rescue.id}},
            microversion=server.microversion,
        )
        assert answer.ok, answer.text
        server.wait_for("RESCUE")
        # Its kernel and command line are the rescue's.
        kept = {**IN_GUEST}
        del kept["os_command_line"]
        assert seen(server, kept) == kept
        assert volumes_of(server) == root
        server.act("unrescue", then="ACTIVE")
        assert seen(server, IN_GUEST) == IN_GUEST
    finally:
        admin.delete_image(rescue.id)


def test_boots_from_a_volume_snapshot(server: GuestServer, user: Any) -> None:
    """The base is the metadata of the volume that the snapshot is of."""
    answer = server.compute.post(
        f"/servers/{server.server_id}/action",
        json={"createImage": {"name": "volumes-snapshot"}},
        microversion=server.microversion,
    )
    assert answer.status_code == 202, answer.text
    server.wait_for("ACTIVE")
    image = user.image.find_image(answer.json()["image_id"])
    (snapshot,) = user.block_storage.snapshots()
    try:
        copy = GuestServer(
            server.cloud,
            "volumes-from-snapshot",
            {"hw_vif_model": "e1000e"},
            **on_volume(
                source_type="snapshot",
                uuid=snapshot.id,
                delete_on_termination=True,
            ),
        )
        try:
            expected = {"hw_vif_model": "e1000e", "hw_machine_type": "pc"}
            assert seen(copy, expected) == expected
        finally:
            copy.delete()
    finally:
        user.image.delete_image(image)
        user.block_storage.delete_snapshot(snapshot)
        user.block_storage.wait_for_delete(snapshot)


def test_volumes_own_metadata_is_the_base(
    volume_cloud: Settings, user: Any
) -> None:
    """It is what the volume says now, not what its image said.

    With a legacy name, and with what pretends to be a record of overrides:
    Cinder accepts that, and nobody takes it for one.
    """
    image = user.image.find_image("guest").id
    volume = user.block_storage.create_volume(size=1, image_id=image)
    wait_for_volume(user, volume, "available")
    openstack(
        volume_cloud,
        *("volume", "set", volume.id),
        *("--image-property", "hw_machine_type=q35"),
        *("--image-property", "vmware_adaptertype=ide"),
        *("--image-property", "os_glance_override:hw_vif_model=e1000"),
    )
    overrides = {"hw_disk_bus": "scsi", "hw_scsi_model": "virtio-scsi"}
    server = GuestServer(
        volume_cloud,
        "volumes-existing",
        overrides,
        **on_volume(source_type="volume", uuid=volume.id),
    )
    try:
        expected = {
            **overrides,
            "hw_machine_type": "q35",
            "hw_vif_model": "virtio",
        }
        assert seen(server, expected) == expected
        assert server.shown()[KEY] == overrides
        assert volumes_of(server) == {volume.id: "scsi"}
    finally:
        server.delete()
        user.block_storage.delete_volume(volume)


def test_boots_from_a_copy_that_has_grown(
    server: GuestServer, user: Any
) -> None:
    """A copy of a volume has its metadata, and its size is its own."""
    volumes = user.block_storage
    source = volumes.create_volume(
        size=1, image_id=user.image.find_image("guest").id
    )
    wait_for_volume(user, source, "available")
    volume = volumes.create_volume(size=1, source_volume_id=source.id)
    wait_for_volume(user, volume, "available")
    volumes.delete_volume(source)
    volumes.extend_volume(volume, 2)
    wait_for_volume(user, volume, "available")
    overrides = {"hw_vif_model": "e1000e"}
    copy = GuestServer(
        server.cloud,
        "volumes-copy",
        overrides,
        **on_volume(source_type="volume", uuid=volume.id),
    )
    try:
        expected = {**overrides, "hw_machine_type": "pc"}
        assert seen(copy, expected) == expected
        assert copy.shown()[KEY] == overrides
        assert list(volumes_of(copy)) == [volume.id]
        file = volume_file(server.cloud, volume.id)
        assert file.stat().st_size == 2 << 30
    finally:
        copy.delete()
        volumes.delete_volume(volume)


def test_boots_from_a_volume_that_became_an_image(
    server: GuestServer, user: Any
) -> None:
    """Cinder gives the image what the volume's image had."""
    volumes = user.block_storage
    volume = volumes.create_volume(
        size=1, image_id=user.image.find_image("guest").id
    )
    wait_for_volume(user, volume, "available")
    openstack(
        server.cloud,
        *("volume", "set", volume.id),
        *("--image-property", "hw_machine_type=q35"),
    )
    uploaded = volumes.upload_volume_to_image(volume, "volumes-uploaded")
    image = user.image.wait_for_status(
        user.image.get_image(uploaded["image_id"]),
        "active",
        wait=BUSY_MACHINE_SECONDS,
    )
    try:
        wait_for_volume(user, volume, "available")
        overrides = {"hw_vif_model": "e1000e"}
        copy = GuestServer(server.cloud, "volumes-image", overrides, image.id)
        try:
            expected = {**overrides, "hw_machine_type": "q35"}
            assert seen(copy, expected) == expected
            assert copy.shown()[KEY] == overrides
        finally:
            copy.delete()
    finally:
        user.image.delete_image(image)
        volumes.delete_volume(volume)


def test_installs_on_a_blank_volume(volume_cloud: Settings, user: Any) -> None:
    """The one command installs onto the volume, and boots from it."""
    name = "volumes-installed"
    openstack(
        volume_cloud,
        *("server", "install", "--boot-from-volume", "1"),
        *("--kernel", OS_INSTALLER_KERNEL),
        *("--ramdisk", OS_INSTALLER_RAMDISK),
        *("--append", f"console=ttyS0 quiet hostname={name}"),
        *("--flavor", "tiny", "--network", accounts.NETWORK_NAME),
        name,
    )
    found = user.compute.find_server(name)
    server = GuestServer.of(volume_cloud, found.id)
    try:
        assert_runs_from_disk(volume_cloud, found.id, name)
        assert list(volumes_of(server).values()) == ["virtio"]
    finally:
        server.delete()


def openstack(cloud: Settings, *words: str) -> None:
    """Run a command as user demo."""
    subprocess.run(
        ["openstack", *words],
        env={**os.environ, **cloud.client_environment("demo")},
        stdin=subprocess.DEVNULL,
        check=True,
    )
