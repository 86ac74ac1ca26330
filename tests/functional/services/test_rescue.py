# SPDX-License-Identifier: Apache-2.0
"""Our nova-compute rescues servers with their own devices."""

from __future__ import annotations

from typing import Any
from unittest import mock
from xml.etree import ElementTree

import pytest
from nova import exception
from nova.tests.fixtures import CinderFixture

from tests.functional.lifecycle import walk as lifecycle
from tests.functional.services.our_services import OneHostOfOurs, Server

HARNESS = OneHostOfOurs

DEVICES = ("hw_disk_bus", "hw_machine_type", "hw_numa_nodes", "hw_video_model")


@pytest.fixture
def server(started_nova: OneHostOfOurs) -> Server:
    """A server with overrides, one for all tests."""
    return lifecycle.active_server(started_nova)


OWN_DEVICES = {name: lifecycle.EFFECTIVE[name] for name in DEVICES}


def rescue_and_return(
    nova: OneHostOfOurs, server: Server, image: str | None
) -> ElementTree.Element:
    """Return the rescue guest's domain; afterwards all is as before."""
    before = nova.image_keys(server)
    assert nova.rescue(server, image) == "RESCUE"
    assert nova.image_keys(server) == before
    lifecycle.assert_recorded(nova, server)
    domain = nova.domain(server)
    assert nova.unrescue(server) == "ACTIVE"
    assert nova.image_keys(server) == before
    lifecycle.assert_in_force(nova, server)
    return domain


def devices(domain: ElementTree.Element) -> dict[str, str | None]:
    """Return properties as a domain has them."""
    return {name: lifecycle.IN_DOMAIN[name](domain) for name in DEVICES}


def test_own_image(started_nova: OneHostOfOurs, server: Server) -> None:
    """Without an image, the rescue guest has the server's devices.

    And a command line that Nova makes for it.
    """
    domain = rescue_and_return(started_nova, server, None)
    assert devices(domain) == OWN_DEVICES
    line = domain.findtext("os/cmdline")
    assert line is not None
    assert line.startswith("root=/dev/sda console=")
    assert "quiet" not in line


def test_other_image(started_nova: OneHostOfOurs, server: Server) -> None:
    """A rescue image brings devices of its own, and leaves no trace."""
    nova = started_nova
    nova.flags(hw_machine_type=["x86_64=pc"], group="libvirt")
    image = nova.image_with(hw_disk_bus="virtio")
    during = devices(rescue_and_return(nova, server, image))
    assert during["hw_disk_bus"] == "virtio"
    assert during["hw_machine_type"] == "pc"
    # The domain is built anew, from what Nova has kept.
    nova._reboot_server(server, hard=True)
    lifecycle.assert_in_force(nova, server)


def test_stable_devices(started_nova: OneHostOfOurs, server: Server) -> None:
    """The server's devices stay as they are; the rescue disk is added."""
    nova = started_nova
    image = nova.image_with(hw_rescue_device="disk", hw_rescue_bus="usb")
    before = nova.disks(server)
    domain = rescue_and_return(nova, server, image)
    assert devices(domain) == OWN_DEVICES
    disks = {
        each.attrib["dev"]: each.attrib["bus"]
        for each in domain.findall("devices/disk/target")
    }
    assert {name: disks.pop(name) for name in before} == before
    assert list(disks.values()) == ["usb"]


def test_failure(started_nova: OneHostOfOurs, server: Server) -> None:
    """A rescue that fails leaves no trace either."""
    nova = started_nova
    nova.flags(hw_machine_type=["x86_64=pc"], group="libvirt")
    before = nova.image_keys(server)
    with mock.patch.object(
        nova.driver, "_create_guest", side_effect=exception.NovaException("no")
    ):
        assert nova.rescue(server, nova.image_with()) == "ERROR"
    assert nova.image_keys(server) == before
    lifecycle.assert_recorded(nova, server)
    nova._reboot_server(server, hard=True)
    lifecycle.assert_in_force(nova, server)


def test_server_from_snapshot(nova: OneHostOfOurs) -> None:
    """Nova then takes the snapshot's base image: it stands for the own."""
    base = nova.image_with(hw_disk_bus="ide")
    snapshot = nova.image_with(base_image_ref=base, hw_disk_bus="ide")
    server = nova.boot({"hw_disk_bus": "sata"}, imageRef=snapshot)
    nova.rescue(server)
    assert nova.in_guest(server, "hw_disk_bus") == {"hw_disk_bus": "sata"}


@pytest.mark.parametrize("source", ["volume", "image"])
def test_volume_booted(nova: OneHostOfOurs, source: str) -> None:
    """The image of a root volume is read with the overrides, too."""
    overrides = {"hw_disk_bus": "scsi", "hw_machine_type": "q35"}
    volume: dict[str, Any] = {
        "boot_index": 0,
        "uuid": (
            CinderFixture.IMAGE_BACKED_VOL
            if source == "volume"
            else nova.image_with()
        ),
        "source_type": source,
        "destination_type": "volume",
        "volume_size": 20,
    }
    server = nova.boot(
        overrides, imageRef=None, block_device_mapping_v2=[volume]
    )
    nova.flags(hw_machine_type=["x86_64=pc"], group="libvirt")
    image = nova.image_with(hw_rescue_device="disk", hw_rescue_bus="usb")
    assert nova.rescue(server, image) == "RESCUE"
    assert nova.in_guest(server, *overrides) == overrides
    # The root disk, the ephemeral one, and the one to rescue from.
    assert sorted(nova.disks(server).values()) == ["scsi", "scsi", "usb"]
    assert nova.unrescue(server) == "ACTIVE"
    nova.assert_consistent(server, overrides, **overrides)


def test_without_overrides(nova: OneHostOfOurs) -> None:
    """A server without overrides is rescued as by Nova, pin included."""
    server = nova.boot(imageRef=nova.image_with(hw_machine_type="q35"))
    nova.flags(hw_machine_type=["x86_64=pc"], group="libvirt")
    nova.rescue(server, nova.image_with())
    assert nova.image_keys(server)["image_hw_machine_type"] == "pc"
