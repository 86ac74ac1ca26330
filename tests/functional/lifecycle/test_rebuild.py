# SPDX-License-Identifier: Apache-2.0
"""A rebuild keeps, sets or drops overrides."""

from __future__ import annotations

import json
import logging
from contextlib import nullcontext
from typing import Any

import pytest
from nova.scheduler.manager import SchedulerManager
from nova.tests.fixtures import CinderFixture

from image_props_override.core.boot.record import recorded_overrides
from image_props_override.nova_plugin.request.audit import LINE_PREFIX, LOGGER
from image_props_override.nova_plugin.rules import policies
from tests.functional.lifecycle.rebuilding import (
    Overrides,
    answer_to_rebuild,
    check_agreement,
    kept,
    rebuilt,
    refusal,
)
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    NovaInProcess,
)
from tests.functional.request.audit_trail import entries
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

BOOTED: Overrides = {"hw_disk_bus": "scsi", "hw_watchdog_action": "reset"}


def with_vif(nova: NovaInProcess) -> str:
    """Return an image whose network card is none that Nova would pin."""
    return nova.image_with(hw_vif_model="e1000")


def test_record_is_kept(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the key a server keeps its overrides, with any image."""
    select = SchedulerManager._select_destinations
    scheduled = []

    def watched(*args: Any, **kwargs: Any) -> Any:
        scheduled.append(args)
        return select(*args, **kwargs)

    asked = {**BOOTED, "hw_vif_model": None}
    image = with_vif(nova)
    server = nova.boot(asked, imageRef=image)
    # What the other image lacks need not be removed from it.
    other = nova.image_with(hw_disk_bus="ide", hw_boot_menu="true")
    monkeypatch.setattr(SchedulerManager, "_select_destinations", watched)
    for each, menu in ((image, None), (other, "true")):
        answer = answer_to_rebuild(nova, server, image=each)
        assert answer.status_code == 202, answer.text
        assert answer.json()["server"]["image_props_override"] == asked
        after = nova._wait_for_state_change(server, "ACTIVE")
        assert after["image_props_override"] == asked
        assert after["image"]["id"] == each
        check_agreement(nova, server, {**BOOTED, "hw_boot_menu": menu})
        # Where nothing changes, the scheduler has nothing to check.
        assert len(scheduled) == (each == other)


# One after the other, with the same image as before or another one.
NEW_SETS: list[tuple[str, Overrides]] = [
    ("same", {"hw_disk_bus": "sata"}),
    ("other", {"hw_boot_menu": "true"}),
    ("same", {"hw_vif_model": None}),
    ("same", {}),
    ("other", BOOTED),
    ("other", {}),
]


def test_new_sets(nova: NovaInProcess) -> None:
    """A new set takes the place of the old one as a whole."""
    image = with_vif(nova)
    server = nova.boot(imageRef=image)
    for which, new in NEW_SETS:
        image = image if which == "same" else with_vif(nova)
        answer = answer_to_rebuild(nova, server, new, image)
        assert answer.status_code == 202, answer.text
        assert answer.json()["server"]["image_props_override"] == new
        after = nova._wait_for_state_change(server, "ACTIVE")
        assert after["image_props_override"] == new
        expected: Overrides = {"hw_vif_model": "e1000", **new}
        properties = nova.request_spec(server).image.properties
        for name in ("hw_vif_model", "hw_watchdog_action", "hw_disk_bus"):
            assert properties.get(name) == expected.get(name)
        assert recorded_overrides(nova.system_metadata(server)) == new


def test_default_of_the_new_image(nova: NovaInProcess) -> None:
    """%default% stands for the new image's own command line."""
    first = nova.kernel_image_with(os_command_line="one")
    second = nova.kernel_image_with(os_command_line="two")
    asked: Overrides = {"os_command_line": "%default% quiet"}
    server = nova.boot(asked, imageRef=first)
    after = rebuilt(nova, server, image=second)
    assert after["image_props_override"] == asked
    check_agreement(nova, server, {"os_command_line": "two quiet"})


def test_below_our_microversion(nova: NovaInProcess) -> None:
    """The key is refused, the record kept, and neither is told."""
    server = nova.boot(BOOTED)
    refused = answer_to_rebuild(nova, server, {}, microversion=NOVAS_LAST)
    assert refused.status_code == 400
    assert "image_props_override" in refused.text
    answer = answer_to_rebuild(nova, server, microversion=NOVAS_LAST)
    assert answer.status_code == 202
    assert "image_props_override" not in answer.json()["server"]
    after = nova._wait_for_state_change(server, "ACTIVE")
    assert after["image_props_override"] == BOOTED
    check_agreement(nova, server, BOOTED)


REFUSED: dict[str, tuple[object, int, str]] = {
    "not an object": ([], 400, "[request_not_an_object]"),
    "unknown name": ({"hw_nothing": "1"}, 400, "[name_unknown]"),
    "illegal value": ({"hw_disk_bus": "floppy"}, 400, "[value_invalid]"),
    "no effect": ({"hw_rescue_bus": "ide"}, 400, "[no_effect]"),
    "removal of absent": (
        {"hw_boot_menu": None},
        400,
        "[removal_of_absent]",
    ),
    "no kernel": ({"os_command_line": "x"}, 400, "[kernel_missing]"),
    "read at boot only": (
        {"hw_pci_numa_affinity_policy": "preferred"},
        400,
        "[fixed_at_boot]",
    ),
    "memory encryption": (
        {
            "hw_mem_encryption": "true",
            "hw_firmware_type": "uefi",
            "hw_machine_type": "q35",
        },
        400,
        "[fixed_at_boot]",
    ),
    "vTPM": ({"hw_tpm_version": "2.0"}, 400, "[fixed_at_boot]"),
    "flavor conflict": ({"hw_mem_page_size": "large"}, 400, "page size"),
    "NUMA nodes": ({"hw_numa_nodes": "2"}, 400, "[fixed_at_boot]"),
    "pinning": (
        {"hw_cpu_policy": "dedicated"},
        400,
        "a rebuild cannot change the guest's NUMA topology; keep",
    ),
}


def test_refused(nova: NovaInProcess) -> None:
    """What cannot be taken is refused, and changes nothing."""
    server = nova.boot(BOOTED)
    before = kept(nova, server)
    for overrides, status, told in REFUSED.values():
        answered, message = refusal(nova, server, overrides)
        assert answered == status, message
        assert told.lower() in message.lower()
        assert kept(nova, server) == before
    assert refusal(nova, server, image=IMAGE.replace("1", "2"))[0] == 400


def test_numa_topology_that_would_go(nova: NovaInProcess) -> None:
    """Dropping an override must not change the NUMA topology either."""
    server = nova.boot({"hw_numa_nodes": "2"})
    before = kept(nova, server)
    status, message = refusal(nova, server, {})
    assert status == 400
    assert "NUMA" in message
    assert kept(nova, server) == before
    after = rebuilt(nova, server, {"hw_numa_nodes": "2", **BOOTED})
    assert after["image_props_override"] == {"hw_numa_nodes": "2", **BOOTED}


def test_rules_of_today(nova: NovaInProcess) -> None:
    """A recorded override that is denied today is refused, and says so."""
    server = nova.boot(BOOTED)
    with nova.configured(deny=["hw_disk_bus"]):
        status, message = refusal(nova, server)
        assert status == 403
        assert "hw_disk_bus: may not be overridden" in message
        assert "the server was booted with" in message
        after = rebuilt(nova, server, {"hw_watchdog_action": "reset"})
    assert after["image_props_override"] == {"hw_watchdog_action": "reset"}
    properties = nova.request_spec(server).image.properties
    assert not properties.obj_attr_is_set("hw_disk_bus")


def test_policy(nova: NovaInProcess) -> None:
    """Who may not override can only drop overrides."""
    server = nova.boot(BOOTED)
    nova.policy.set_rules(
        {policies.REBUILD: "role:installer"}, overwrite=False
    )
    try:
        attempts: list[object] = [None, {"hw_disk_bus": "sata"}, []]
        for overrides in attempts:
            status, message = refusal(nova, server, overrides)
            assert status == 403
            assert policies.REBUILD in message
        rebuilt(nova, server, roles="member,reader,installer")
        assert rebuilt(nova, server, {})["image_props_override"] == {}
    finally:
        nova.policy.set_rules(
            {policies.REBUILD: "rule:project_member_or_admin"}, overwrite=False
        )


UNSUITABLE: list[Overrides] = [
    {"img_hv_type": "xen"},
    {"trait:CUSTOM_NOWHERE": "required"},
]


def test_host_must_suit(nova: NovaInProcess) -> None:
    """With the same image, too, the host is checked for what is new."""
    server = nova.boot(BOOTED)
    before = nova.system_metadata(server)
    for new in UNSUITABLE:
        # Nova's harness makes calls of casts; the answer is conductor's.
        answer_to_rebuild(nova, server, new)
        failed = nova._wait_for_state_change(server, "ERROR")
        assert failed["fault"]["message"].startswith("No valid host")
        assert failed["image_props_override"] == BOOTED
        assert nova.system_metadata(server) == before
        check_agreement(nova, server, BOOTED)
    assert rebuilt(nova, server)["image_props_override"] == BOOTED


def test_audit(nova: NovaInProcess, caplog: pytest.LogCaptureFixture) -> None:
    """The trail tells of rebuilds, of recorded overrides too."""
    server = nova.boot({"hw_disk_bus": "scsi"})
    caplog.set_level(logging.INFO, LOGGER)
    rebuilt(nova, server)
    refusal(nova, server, {"hw_rescue_bus": "ide"})
    lines = [
        json.loads(record.getMessage().removeprefix(LINE_PREFIX))
        for record in caplog.records
        if record.name == LOGGER
    ]
    assert [
        (each["operation"], each["property"], each["outcome"])
        for each in lines[-2:]
    ] == [
        ("rebuild", "hw_disk_bus", "accepted"),
        ("rebuild", "hw_rescue_bus", "refused"),
    ]
    assert lines[-2]["server_ids"] == [server["id"]]
    assert lines[-2]["new"] == "scsi"


def test_forged_record(nova: NovaInProcess) -> None:
    """A record that comes with the new image is not believed."""
    server = nova.boot()
    expected: Overrides = {}
    attempts: list[Any] = [None, BOOTED, None]
    for overrides in attempts:
        forged = nova.image_with(**{"os_glance_override:hw_pmu": "false"})
        after = rebuilt(nova, server, overrides, forged)
        expected = expected if overrides is None else overrides
        assert after["image_props_override"] == expected


def test_volume_backed(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server on a volume keeps or changes overrides, too."""
    # Cinder would tell nova-compute of the volume's new content.
    monkeypatch.setattr(
        "nova.compute.manager.ComputeVirtAPI.wait_for_instance_event",
        lambda *_args, **_kwargs: nullcontext(),
    )
    root = {
        "boot_index": 0,
        "destination_type": "volume",
        "source_type": "volume",
        "uuid": CinderFixture.IMAGE_BACKED_VOL,
    }
    server = nova.boot(BOOTED, imageRef=None, block_device_mapping_v2=[root])
    image = with_vif(nova)
    for overrides in (None, {"hw_disk_bus": "sata"}):
        after = rebuilt(nova, server, overrides, image)
        expected = BOOTED if overrides is None else overrides
        assert after["image_props_override"] == expected
        check_agreement(nova, server, {"hw_vif_model": "e1000", **expected})


def test_operators_change(nova: NovaInProcess) -> None:
    """What an operator changed since is neither told nor re-applied."""
    server = nova.boot(BOOTED)
    instance = nova.instance(server)
    # What nova-manage image_property set does.
    instance.system_metadata["image_hw_disk_bus"] = "virtio"
    instance.save()
    told = {"hw_watchdog_action": "reset"}
    assert nova.api.get_server(server["id"])["image_props_override"] == told
    after = rebuilt(nova, server, image=nova.image_with(hw_disk_bus="ide"))
    assert after["image_props_override"] == told
    check_agreement(nova, server, {"hw_disk_bus": "ide", **told})


def test_dropped_overrides_are_audited(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """The trail tells what a server has no more, and whose value it has."""
    image = nova.image_with(hw_disk_bus="scsi")
    server = nova.boot(
        {"hw_disk_bus": "ide", "hw_boot_menu": "true"}, imageRef=image
    )
    trail.clear()
    rebuilt(nova, server, {"hw_vif_model": "e1000"}, image)
    told = entries(trail)
    assert {
        name: (entry["old"], entry["new"], entry["outcome"])
        for name, entry in told.items()
    } == {
        "hw_vif_model": (None, "e1000", "accepted"),
        "hw_disk_bus": ("ide", "scsi", "dropped"),
        "hw_boot_menu": ("true", None, "dropped"),
    }
    trail.clear()
    rebuilt(nova, server, {}, image)
    (dropped,) = entries(trail).values()
    assert (dropped["property"], dropped["outcome"]) == (
        "hw_vif_model",
        "dropped",
    )
    assert (dropped["old"], dropped["new"]) == ("e1000", None)
    assert dropped["server_ids"] == [server["id"]]
