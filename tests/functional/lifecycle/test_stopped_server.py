# SPDX-License-Identifier: Apache-2.0
"""The owner changes the overrides of a stopped server, and keeps the disk."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from nova import exception, objects
from nova.volume import cinder

from image_props_override.nova_plugin.rules import policies
from tests.functional.lifecycle.rebuilding import (
    Overrides,
    check_agreement,
    kept,
)
from tests.functional.nova_in_process import NOVAS_LAST, OURS, NovaInProcess
from tests.functional.request.audit_trail import entries

BOOTED: Overrides = {"hw_disk_bus": "scsi", "hw_watchdog_action": "reset"}
CHANGED: Overrides = {
    "hw_disk_bus": "sata",
    "hw_machine_type": "q35",
    "hw_vif_model": None,
}


def answer_to_change(
    nova: NovaInProcess,
    server: dict[str, Any],
    overrides: object,
    microversion: str = OURS,
    roles: str = "member,reader",
    **fields: Any,
) -> requests.Response:
    """Return the raw answer to an update of a server."""
    return nova.request(
        "PUT",
        f"/v2.1/servers/{server['id']}",
        microversion,
        headers={"X-Roles": roles},
        json={"server": {**fields, "image_props_override": overrides}},
    )


def stopped(nova: NovaInProcess, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Return a server that was booted and stopped."""
    server = nova.boot(*args, **kwargs)
    return stop(nova, server)


def stop(nova: NovaInProcess, server: dict[str, Any]) -> dict[str, Any]:
    """Stop a server."""
    nova.api.post_server_action(server["id"], {"os-stop": None})
    done: dict[str, Any] = nova._wait_for_state_change(server, "SHUTOFF")
    return done


def started(nova: NovaInProcess, server: dict[str, Any]) -> Any:
    """Start a server, and return its libvirt domain."""
    nova.api.post_server_action(server["id"], {"os-start": None})
    nova._wait_for_state_change(server, "ACTIVE")
    return ElementTree.fromstring(nova.domains[server["id"]])


def devices_of(nova: NovaInProcess, server: dict[str, Any]) -> list[Any]:
    """Return bus and name of each block device, as Nova keeps them."""
    devices = objects.BlockDeviceMappingList.get_by_instance_uuid(
        nova.context, server["id"]
    )
    return [(each.disk_bus, each.device_name) for each in devices]


def all_kept(nova: NovaInProcess, server: dict[str, Any]) -> dict[str, Any]:
    """Return all that a change may write."""
    return {
        **kept(nova, server),
        "devices": devices_of(nova, server),
        "name": nova.instance(server).display_name,
    }


@pytest.fixture
def server(nova: NovaInProcess) -> dict[str, Any]:
    """A stopped server that overrides bus and watchdog of its image."""
    image = nova.image_with(hw_vif_model="e1000", hw_boot_menu="true")
    return stopped(nova, BOOTED, imageRef=image)


def test_new_set(nova: NovaInProcess, server: dict[str, Any]) -> None:
    """It takes the place of the old one; the guest has it after a start."""
    answer = answer_to_change(nova, server, CHANGED, name="renamed")
    assert answer.status_code == 200, answer.text
    told = answer.json()["server"]
    assert told["image_props_override"] == CHANGED
    assert told["name"] == "renamed"
    assert told["OS-EXT-STS:task_state"] is None
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == CHANGED
    check_agreement(
        nova,
        server,
        {
            "hw_disk_bus": "sata",
            "hw_machine_type": "q35",
            "hw_watchdog_action": None,
            "hw_vif_model": None,
            "hw_boot_menu": "true",
        },
    )
    assert devices_of(nova, server) == [
        ("sata", "/dev/sda"),
        ("sata", "/dev/sdb"),
    ]
    domain = started(nova, server)
    target = domain.find("devices/disk[@device='disk']/target")
    assert (target.get("bus"), target.get("dev")) == ("sata", "sda")
    assert domain.find("os/type").get("machine") == "q35"
    assert domain.find("devices/watchdog") is None
    assert domain.find("os/bootmenu").get("enable") == "yes"


def test_drop_all(nova: NovaInProcess, server: dict[str, Any]) -> None:
    """An empty set brings the image's own values back."""
    answer = answer_to_change(nova, server, {})
    assert answer.status_code == 200, answer.text
    assert answer.json()["server"]["image_props_override"] == {}
    check_agreement(
        nova,
        server,
        {"hw_disk_bus": None, "hw_watchdog_action": None},
    )
    domain = started(nova, server)
    target = domain.find("devices/disk[@device='disk']/target")
    assert (target.get("bus"), target.get("dev")) == ("virtio", "vda")


def test_what_is_not_overridden_stays(
    nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """Whatever has become of the image since."""
    image = nova.glance.show(None, server["image"]["id"])
    image["properties"] = {"hw_boot_menu": "false", "hw_vif_model": "virtio"}
    nova.glance.update(None, image["id"], image)
    assert answer_to_change(nova, server, BOOTED).status_code == 200
    check_agreement(
        nova, server, {"hw_boot_menu": "true", "hw_vif_model": "e1000"}
    )


def test_image_is_gone(nova: NovaInProcess, server: dict[str, Any]) -> None:
    """What needs it is refused with the reason, all else works."""
    nova.glance.delete(None, server["image"]["id"])
    before = all_kept(nova, server)
    answer = answer_to_change(
        nova, server, {"hw_disk_bus": "virtio", "hw_vif_model": None}
    )
    assert answer.status_code == 400
    for name in ("hw_vif_model", "hw_watchdog_action"):
        assert f"{name}: cannot be changed to the image's own" in answer.text
    assert answer.text.count("[image_gone]") == 2
    assert all_kept(nova, server) == before
    answer = answer_to_change(
        nova, server, {"hw_disk_bus": "virtio", "hw_watchdog_action": "none"}
    )
    assert answer.status_code == 200, answer.text
    target = started(nova, server).find("devices/disk/target")
    assert target.get("bus") == "virtio"


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"hw_numa_nodes": "2"}, "needs_move"),
        ({"hw_mem_page_size": "small"}, "needs_move"),
        ({"trait:HW_CPU_X86_VMX": "required"}, "needs_move"),
        ({"img_config_drive": "mandatory"}, "fixed_at_boot"),
        ({"hw_disk_bus": "nonsense"}, "value_invalid"),
        ({"nonsense": "x"}, "name_unknown"),
        ({"os_command_line": "quiet"}, "kernel_missing"),
        ({"hw_cpu_max_sockets": None}, "removal_of_absent"),
    ],
)
def test_refused(
    nova: NovaInProcess,
    server: dict[str, Any],
    overrides: Overrides,
    code: str,
) -> None:
    """With its code, and nothing changes, neither in Placement."""
    before = all_kept(nova, server)
    allocations = nova._get_allocations_by_server_uuid(server["id"])
    answer = answer_to_change(
        nova, server, {**BOOTED, **overrides}, name="renamed"
    )
    assert answer.status_code == 400, answer.text
    assert f"[{code}]" in answer.text
    assert all_kept(nova, server) == before
    assert nova._get_allocations_by_server_uuid(server["id"]) == allocations


def test_running(nova: NovaInProcess) -> None:
    """A server that runs has to be stopped first."""
    server = nova.boot(BOOTED)
    before = all_kept(nova, server)
    answer = answer_to_change(nova, server, {}, name="renamed")
    assert answer.status_code == 409
    assert "it is active; stop it first" in answer.text
    assert all_kept(nova, server) == before


def test_locked(nova: NovaInProcess, server: dict[str, Any]) -> None:
    """A locked server has to be unlocked first."""
    nova.api.post_server_action(server["id"], {"lock": {}})
    answer = answer_to_change(nova, server, {})
    assert answer.status_code == 409
    assert "unlock it first" in answer.text
    nova.api.post_server_action(server["id"], {"unlock": None})
    assert answer_to_change(nova, server, {}).status_code == 200


@pytest.mark.parametrize("microversion", [NOVAS_LAST, "2.1"])
def test_earlier_microversions(
    nova: NovaInProcess, server: dict[str, Any], microversion: str
) -> None:
    """They do not know the key."""
    answer = answer_to_change(nova, server, {}, microversion=microversion)
    assert answer.status_code == 400


def test_policy(
    nova: NovaInProcess, server: dict[str, Any], set_policies: Any
) -> None:
    """Who may not change overrides may still change the name."""
    set_policies({policies.UPDATE: "role:admin"})
    before = all_kept(nova, server)
    assert answer_to_change(nova, server, {}).status_code == 403
    assert all_kept(nova, server) == before
    answer = nova.request(
        "PUT",
        f"/v2.1/servers/{server['id']}",
        OURS,
        headers={"X-Roles": "member,reader"},
        json={"server": {"name": "renamed"}},
    )
    assert answer.status_code == 200
    assert answer.json()["server"]["image_props_override"] == BOOTED


def test_rules(nova: NovaInProcess, server: dict[str, Any]) -> None:
    """The operator's rules hold as for a boot."""
    with nova.configured(deny=["hw_machine_type"]):
        answer = answer_to_change(nova, server, CHANGED)
    assert answer.status_code == 403
    assert "[rule_denies]" in answer.text


def test_audit(
    nova: NovaInProcess,
    server: dict[str, Any],
    trail: pytest.LogCaptureFixture,
) -> None:
    """Old and new values, and what is dropped."""
    pinned = nova.system_metadata(server)["image_hw_machine_type"]
    assert answer_to_change(nova, server, CHANGED).status_code == 200
    seen = {
        name: (entry["old"], entry["new"], entry["outcome"])
        for name, entry in entries(trail).items()
    }
    assert seen == {
        "hw_disk_bus": ("scsi", "sata", "accepted"),
        "hw_machine_type": (pinned, "q35", "accepted"),
        "hw_vif_model": ("e1000", None, "accepted"),
        "hw_watchdog_action": ("reset", None, "dropped"),
    }


def test_another_request_comes_first(
    nova: NovaInProcess,
    server: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One whole set wins; the other request gets 409."""
    save = objects.RequestSpec.save
    answers = []

    def save_and_interrupt(spec: Any) -> Any:
        monkeypatch.setattr(objects.RequestSpec, "save", save)
        answers.append(answer_to_change(nova, server, {"hw_disk_bus": "ide"}))
        answers.append(
            nova.request(
                "POST",
                f"/v2.1/servers/{server['id']}/action",
                OURS,
                json={"os-start": None},
            )
        )
        return save(spec)

    monkeypatch.setattr(objects.RequestSpec, "save", save_and_interrupt)
    assert answer_to_change(nova, server, CHANGED).status_code == 200
    assert [each.status_code for each in answers] == [409, 409]
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == CHANGED
    assert devices_of(nova, server) == [
        ("sata", "/dev/sda"),
        ("sata", "/dev/sdb"),
    ]
    check_agreement(nova, server, {"hw_disk_bus": "sata"})


@pytest.mark.parametrize(
    "step",
    [
        (objects.RequestSpec, "save"),
        (objects.BlockDeviceMapping, "save"),
    ],
)
def test_a_step_fails(
    nova: NovaInProcess,
    server: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[Any, str],
) -> None:
    """All is as before, and the next attempt works."""
    before = all_kept(nova, server)
    with monkeypatch.context() as patch:
        original = getattr(*step)

        def fail_once(*_args: Any, **_kwargs: Any) -> Any:
            patch.setattr(*step, original)
            raise exception.NovaException("broken")

        patch.setattr(*step, fail_once)
        assert answer_to_change(nova, server, CHANGED).status_code == 500
    assert all_kept(nova, server) == before
    assert answer_to_change(nova, server, CHANGED).status_code == 200


def test_a_step_goes_on_failing(
    nova: NovaInProcess,
    server: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What prevents one thing's undoing does not prevent the others'."""
    before = all_kept(nova, server)

    def fail(_spec: Any) -> Any:
        raise exception.NovaException("broken")

    with monkeypatch.context() as patch:
        patch.setattr(objects.RequestSpec, "save", fail)
        assert answer_to_change(nova, server, CHANGED).status_code == 500
    assert all_kept(nova, server) == before
    assert answer_to_change(nova, server, CHANGED).status_code == 200


def test_on_a_blank_volume(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cinder never calls such a volume bootable, whatever is on it by now."""
    get = cinder.API.get
    monkeypatch.setattr(
        cinder.API,
        "get",
        # The fixture's own is bound to the fixture.
        lambda _api, *args, **kw: {**get(*args, **kw), "bootable": False},
    )
    server = stopped(
        nova,
        BOOTED,
        imageRef=None,
        block_device_mapping_v2=[
            {
                "boot_index": 0,
                "source_type": "blank",
                "destination_type": "volume",
                "volume_size": 1,
            }
        ],
    )
    answer = answer_to_change(nova, server, {"hw_machine_type": "q35"})
    assert answer.status_code == 200, answer.text
    domain = started(nova, server)
    assert domain.find("os/type").get("machine") == "q35"
    target = domain.find("devices/disk[@device='disk']/target")
    assert target.get("bus") == "virtio"
