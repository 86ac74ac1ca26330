# SPDX-License-Identifier: Apache-2.0
"""Removed from a running cloud, and installed again: real guests go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from sandbox import accounts, images
from sandbox import cloud as sandbox_cloud
from sandbox.settings import Settings
from tests.sandbox.test_guest_lifecycle import (
    EXPECTED,
    KEY,
    OVERRIDES,
    Walk,
    seen,
)


@pytest.fixture
def walk(cloud: Settings) -> Iterator[Walk]:
    """A server with overrides; the cloud is with the package again after."""
    admin = accounts.connect(cloud)
    user = accounts.connect(cloud, "demo")
    catalogue = user.compute.get(
        "/os-image-props-override", microversion="latest"
    ).json()
    flavor = admin.compute.create_flavor(
        name="removal", vcpus=2, ram=640, disk=1
    )
    admin.compute.create_flavor_extra_specs(flavor, {"resources:VCPU": "1"})
    (guest,) = images.named(admin.image, images.GUEST)
    walk = Walk(
        settings=cloud,
        user=user,
        microversion=catalogue["microversion"],
        image_id=guest["id"],
        other_image_id="",
        network_id=user.network.find_network(accounts.NETWORK_NAME).id,
        larger_flavor_id=flavor.id,
    )
    walk.server_id = walk.boot(guest["id"], **{KEY: OVERRIDES})
    yield walk
    restart(walk, extension=True)
    user.delete_server(walk.server_id, wait=True)
    admin.compute.delete_flavor(flavor)


def restart(walk: Walk, *, extension: bool) -> None:
    """Start all of Nova anew, with the package or without."""
    sandbox_cloud.down(walk.settings)
    sandbox_cloud.up(dataclasses.replace(walk.settings, extension=extension))
    walk.user = accounts.connect(walk.settings, "demo")
    walk.wait_for("ACTIVE")


def test_removed_and_installed_again(walk: Walk) -> None:
    """A guest keeps its overrides under stock Nova, until a rebuild."""
    ours = walk.microversion
    major, minor = ours.split(".")
    novas_last = f"{major}.{int(minor) - 1}"
    assert seen(walk.guest()) == EXPECTED

    restart(walk, extension=False)
    walk.microversion = novas_last
    walk.act("reboot", {"type": "HARD"}, then="ACTIVE")
    assert seen(walk.guest()) == EXPECTED
    walk.act(
        "resize", {"flavorRef": walk.larger_flavor_id}, then="VERIFY_RESIZE"
    )
    walk.act("confirmResize", then="ACTIVE")
    assert seen(walk.guest()) == EXPECTED
    stock_server = walk.boot(walk.image_id)
    stock_guest = seen(walk.guest(stock_server))

    restart(walk, extension=True)
    walk.microversion = ours
    assert walk.record() == OVERRIDES
    walk.wait_for("ACTIVE", stock_server)
    assert seen(walk.guest(stock_server)) == stock_guest
    walk.user.delete_server(stock_server, wait=True)

    restart(walk, extension=False)
    walk.microversion = novas_last
    walk.act("rebuild", {"imageRef": walk.image_id}, then="ACTIVE")
    # Nova keeps the NUMA topology and the bus of the root disk from the first
    # boot on; the controller of that bus is the driver's default.
    assert seen(walk.guest()) == {
        **stock_guest,
        "hw_numa_nodes": OVERRIDES["hw_numa_nodes"],
        "hw_disk_bus": OVERRIDES["hw_disk_bus"],
        "hw_scsi_model": "lsilogic",
    }
