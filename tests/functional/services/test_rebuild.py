# SPDX-License-Identifier: Apache-2.0
"""Our managers keep overrides through a rebuild, or leave all as it was."""

from __future__ import annotations

from contextlib import nullcontext
from operator import attrgetter
from typing import Any
from unittest import mock

from nova import exception
from nova.conf import CONF
from nova.tests.fixtures import CinderFixture

from image_props_override.nova_plugin.doctor.services import (
    check_services,
    services_of_nova,
)
from image_props_override.nova_plugin.lifecycle.service_support import (
    ServiceSupport,
)
from tests.functional.lifecycle import walk as lifecycle
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

TRAIT = "trait:CUSTOM_IMAGE_PROPS"


def test_services_answer(nova: OneHostOfOurs) -> None:
    """The managers say that they re-apply overrides."""
    server = nova.instance(nova.boot())
    assert ServiceSupport().lacking(nova.context, server) is None


def test_doctor(nova: OneHostOfOurs) -> None:
    """The doctor tells Nova's own conductor from ours, where both run."""
    stock = "nova.conductor.manager.ConductorManager"
    service = nova.start_service("conductor", host="stock", manager=stock)
    try:
        finding = check_services(
            lambda: services_of_nova(CONF), require_services=True
        )
    finally:
        service.stop()
    told = [line for line in finding.details if line.startswith("  ")]
    assert told == [
        "  nova-compute re-applies overrides: compute1",
        "  nova-conductor does not re-apply overrides: stock",
        "  nova-conductor re-applies overrides: conductor",
    ]


def test_kept(nova: OneHostOfOurs) -> None:
    """Whatever was overridden is in force after a rebuild."""
    server = lifecycle.boot(nova)
    other = nova.kernel_image_with(**lifecycle.IMAGE_PROPERTIES)
    for image in (server["image"]["id"], other):
        assert nova.rebuild(server, image) == "ACTIVE"
        lifecycle.assert_in_force(nova, server)
    nova._reboot_server(server, hard=True)
    lifecycle.assert_in_force(nova, server)


def test_without_overrides(nova: OneHostOfOurs) -> None:
    """A server without overrides is rebuilt as by Nova: nothing is asked."""
    server = nova.boot()
    before = nova.disks(server)
    image = nova.image_with(
        hw_disk_bus="ide", **{"os_glance_override:hw_disk_bus": "scsi"}
    )
    with mock.patch.object(ServiceSupport, "lacking") as lacking:
        assert nova.rebuild(server, image) == "ACTIVE"
    assert not lacking.called
    nova.assert_consistent(server, {}, hw_disk_bus="ide")
    # Nova itself keeps the bus of the first boot.
    assert nova.disks(server) == before


# One after the other: image, overrides; then bus and name of the root disk
# and machine type. Without any, libvirt's are virtio and, here, pc.
SETS: list[tuple[dict[str, str], dict[str, str | None], str, str, str]] = [
    ({}, {"hw_disk_bus": "sata"}, "sata", "sda", "pc"),
    ({}, {"hw_machine_type": "q35"}, "virtio", "vda", "q35"),
    (
        {"hw_disk_bus": "ide", "hw_machine_type": "q35"},
        {"hw_disk_bus": None, "hw_machine_type": "pc"},
        *("virtio", "vda", "pc"),
    ),
    (
        {"hw_disk_bus": "ide", "hw_machine_type": "q35"},
        {"hw_machine_type": None},
        *("ide", "hda", "pc"),
    ),
    (
        {"hw_disk_bus": "sata", "hw_machine_type": "q35"},
        {"hw_vif_model": "e1000"},
        *("sata", "sda", "q35"),
    ),
    ({"hw_disk_bus": "ide"}, {}, "ide", "hda", "pc"),
]


def test_disks_and_machine_type(nova: OneHostOfOurs) -> None:
    """What libvirt noted of the old guest does not outlive it.

    That is bus and name of disks, and the machine type.
    """
    nova.flags(hw_machine_type=["x86_64=pc"], group="libvirt")
    server = nova.boot({"hw_disk_bus": "scsi", "hw_machine_type": "q35"})
    assert nova.disks(server) == {"sda": "scsi", "sdb": "scsi"}
    for properties, overrides, bus, name, machine_type in SETS:
        image = nova.image_with(**properties)
        status = nova.rebuild(server, image, image_props_override=overrides)
        assert status == "ACTIVE"
        # The root disk and the ephemeral one.
        assert nova.disks(server) == {name: bus, f"{name[:2]}b": bus}
        root = nova.root_disk(server)
        assert (root.disk_bus, root.device_name) == (bus, f"/dev/{name}")
        instance = nova.instance(server)
        assert instance.root_device_name == f"/dev/{name}"
        kept = instance.system_metadata
        assert kept["image_hw_disk_bus"] == bus
        assert kept["image_hw_machine_type"] == machine_type
        guest = nova.in_guest(server, "hw_machine_type")
        assert guest == {"hw_machine_type": machine_type}
        nova.assert_consistent(server, overrides)


def disk(uuid: str, source: str, **others: object) -> dict[str, object]:
    """Return a block device of a create request."""
    destination = "volume" if source == "volume" else "local"
    return {
        "uuid": uuid,
        "source_type": source,
        "destination_type": destination,
        **others,
    }


def test_disks_of_users(nova: OneHostOfOurs) -> None:
    """A bus that a user chose for one disk stays; names do not collide."""
    volume = CinderFixture.IMAGE_BACKED_VOL
    image = nova.image_with(hw_disk_bus="virtio")
    server = nova.boot(
        {"hw_machine_type": "q35"},
        imageRef=image,
        block_device_mapping_v2=[
            disk(image, "image", boot_index=0, disk_bus="sata"),
            disk(volume, "volume", boot_index=-1, disk_bus="virtio"),
        ],
    )
    other = nova.image_with(hw_disk_bus="ide")
    assert nova.rebuild(server, other) == "ACTIVE"
    assert nova.root_disk(server).disk_bus == "sata"
    new = {"hw_disk_bus": "scsi"}
    nova.rebuild(server, other, image_props_override=new)
    disks = nova.disks(server)
    # The root disk, the ephemeral one, and the volume.
    assert sorted(disks.values()) == ["scsi", "scsi", "virtio"]
    assert len(disks) == len(nova.instance(server).get_bdms())


def test_volume_booted(nova: OneHostOfOurs) -> None:
    """The root volume gets the new bus, too."""
    volume = CinderFixture.IMAGE_BACKED_VOL
    server = nova.boot(
        {"hw_disk_bus": "scsi", "hw_machine_type": "q35"},
        imageRef=None,
        block_device_mapping_v2=[disk(volume, "volume", boot_index=0)],
    )
    new = {"hw_disk_bus": "sata", "hw_machine_type": "q35"}
    fields = nova.cinder.fake_get(None, volume)
    image = fields["volume_image_metadata"]["image_id"]
    # Cinder does not call, because none is there.
    with mock.patch.object(
        nova.computes["compute1"].manager.virtapi,
        "wait_for_instance_event",
        return_value=nullcontext(),
    ):
        status = nova.rebuild(server, image, image_props_override=new)
    assert status == "ACTIVE"
    assert nova.disks(server)["sda"] == "sata"
    assert nova.in_guest(server, *new) == new
    nova.assert_consistent(server, new, **new)


def facts(nova: OneHostOfOurs, server: dict[str, Any]) -> dict[str, Any]:
    """Return all that Nova's database has of a server's image."""
    instance = nova.instance(server)
    asked = nova.request_spec(server).image.properties
    return {
        "kept": nova.image_keys(server),
        "asked": lifecycle.in_request_spec(nova, server),
        "traits": asked.get("traits_required"),
        "told": lifecycle.told(nova, server),
        "image": instance.image_ref,
        "kernel": (instance.kernel_id, instance.ramdisk_id),
        "os_type": instance.os_type,
    }


def test_no_host(nova: OneHostOfOurs) -> None:
    """Where the host lacks a trait, all is as it was before."""
    server = lifecycle.boot(nova)
    before = facts(nova, server)
    other = nova.kernel_image_with(
        os_type="windows", **lifecycle.IMAGE_PROPERTIES
    )
    for image in (server["image"]["id"], other):
        new = {**lifecycle.OVERRIDES, TRAIT: "required"}
        assert nova.rebuild(server, image, image_props_override=new) == "ERROR"
        assert facts(nova, server) == before
    assert lifecycle.in_domain(nova, server) == lifecycle.EFFECTIVE


def test_conductor_cannot_read_the_image(nova: OneHostOfOurs) -> None:
    """Nova would leave the server in its task state; we take all back."""
    server = lifecycle.boot(nova)
    before = facts(nova, server)
    other = nova.kernel_image_with(**lifecycle.IMAGE_PROPERTIES)
    tasks = nova.conductor.manager.compute_task_mgr
    with mock.patch.object(
        tasks.image_api._api, "get", side_effect=GLANCE_GONE
    ):
        nova.rebuild(server, other)
    assert facts(nova, server) == before
    instance = nova.instance(server)
    assert (instance.vm_state, instance.task_state) == ("active", None)


def test_traits(nova: OneHostOfOurs) -> None:
    """A trait that the host has is kept, one that is removed not asked."""
    nova.give_host_trait(TRAIT.removeprefix("trait:"))
    # It knows the host's traits of five minutes ago.
    tasks = nova.conductor.manager.compute_task_mgr
    tasks.report_client.clear_provider_cache()
    new = {TRAIT: "required", "trait:CUSTOM_NOWHERE": None}
    images = [
        nova.image_with(**{"trait:CUSTOM_NOWHERE": "required"})
        for _ in range(2)
    ]
    server = nova.boot(new, imageRef=images[0])
    for image in images:
        assert nova.rebuild(server, image) == "ACTIVE"
        nova.assert_consistent(server, new)
        asked = nova.request_spec(server).image.properties
        assert asked.traits_required == ["CUSTOM_IMAGE_PROPS"]


GLANCE_GONE = exception.GlanceConnectionFailed(server="glance", reason="x")

FAILURES = [
    ("image_api._api", "get", GLANCE_GONE),
    ("driver", "spawn", exception.NovaException("refused")),
]


def test_compute_fails(nova: OneHostOfOurs) -> None:
    """What is recorded stays consistent, and a rebuild mends the rest."""
    image = nova.image_with(hw_disk_bus="ide")
    server = nova.boot({"hw_disk_bus": "virtio"}, imageRef=image)
    buses = ("scsi", "sata")
    for bus, (owner, method, error) in zip(buses, FAILURES):
        new = {"hw_disk_bus": bus, "hw_machine_type": "q35"}
        target = attrgetter(owner)(nova.computes["compute1"].manager)
        with mock.patch.object(target, method, side_effect=error) as failing:
            nova.rebuild(server, image, image_props_override=new)
        assert failing.called
        nova.assert_consistent(server, new, **new)
        assert nova.instance(server).task_state is None
        assert nova.rebuild(server, image) == "ACTIVE"
        nova.assert_consistent(server, new, **new)
        assert nova.in_guest(server, *new) == new


def test_unshelve(nova: OneHostOfOurs) -> None:
    """The guest has what the snapshot could not have."""
    server = lifecycle.boot(nova)
    nova.flags(non_inheritable_image_properties=list(lifecycle.OVERRIDES))
    nova.api.post_server_action(server["id"], {"shelve": {}})
    nova._wait_for_state_change(server, "SHELVED_OFFLOADED")
    snapshot = nova.system_metadata(server)["shelved_image_id"]
    inherited = nova.glance.show(None, snapshot)["properties"]
    assert not inherited.keys() & lifecycle.OVERRIDES.keys()
    nova.api.post_server_action(server["id"], {"unshelve": None})
    nova._wait_for_state_change(server, "ACTIVE")
    lifecycle.assert_in_force(nova, server)
