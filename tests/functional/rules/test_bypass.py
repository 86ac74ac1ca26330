# SPDX-License-Identifier: Apache-2.0
"""Nobody gets around the operator's rules, on any path or in any spelling.

The API is configured with every kind of rule. Each attempt tries to give a
server a property that it may not have; whatever the answer is, no server may
carry it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from nova.tests.fixtures import CinderFixture

from tests.functional.api.previewing import codes, preview
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)
from tests.functional.rules.bypass_attempts import (
    ATTEMPTS,
    BUS,
    Attempt,
    from_volume,
    send,
    send_to_rebuild,
)
from tests.functional.rules.rules_in_force import rules_in_force
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

IMAGE_PROPERTIES = {
    "os_command_line": "console=ttyS0",
    "hw_vif_model": "virtio",
    "hypervisor_type": "kvm",
    "os_distro": "debian",
    "trait:CUSTOM_ISOLATING": "required",
}

# What no server of these tests may ever carry, as Nova reads it.
FORBIDDEN: dict[str, Any] = {
    "hw_disk_bus": "scsi",
    "hw_architecture": "aarch64",
    "os_command_line": "denied",
    "hw_numa_cpus": [{0, 1}],
    "hw_video_ram": 17,
    "hw_mem_page_size": "large",
    "hw_watchdog_action": "reset",
    "img_hv_type": "xen",
    "os_distro": "rhel",
}
FORBIDDEN_TRAITS = {"CUSTOM_DENIED", "CUSTOM_ISOLATING_OTHER"}
# What every server keeps of the image that has it.
KEPT_OF_IMAGE = {
    "hw_vif_model": "virtio",
    "img_hv_type": "kvm",
    "os_distro": "debian",
    "os_command_line": "console=ttyS0",
}


@pytest.fixture(scope="module")
def guarded(
    started_nova: NovaInProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NovaInProcess]:
    """Nova with every kind of rule in force."""
    with rules_in_force(started_nova, tmp_path_factory.mktemp("rules")):
        yield started_nova


@pytest.fixture
def image(guarded: NovaInProcess, nova: NovaInProcess) -> str:
    """Return an image with a kernel and some properties."""
    assert guarded is nova
    nova.give_host_trait("CUSTOM_ISOLATING")
    return nova.kernel_image_with(**IMAGE_PROPERTIES)


def check_nobody_carries_it(
    nova: NovaInProcess, status: str = "ACTIVE"
) -> None:
    """Check what Nova keeps of every server that there is."""
    for server in nova.api.get_servers(detail=False):
        instance = nova._wait_for_state_change(server, status)
        spec = nova.request_spec(instance)
        for read in (
            spec.image.properties,
            nova.instance(instance).image_meta.properties,
        ):
            for name, value in FORBIDDEN.items():
                assert read.get(name) != value, name
            traits = set(read.get("traits_required", []))
            assert not traits & FORBIDDEN_TRAITS
            if "CUSTOM_ISOLATING" in traits:
                for name, value in KEPT_OF_IMAGE.items():
                    assert read.get(name) == value, name
        assert instance["image_props_override"] == {}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_attempt(nova: NovaInProcess, image: str, attempt: Attempt) -> None:
    """No attempt gives a server what it may not have."""
    answer = send(nova, image, attempt)
    assert answer.status_code < 500, answer.text
    if attempt.status is not None:
        assert answer.status_code == attempt.status, answer.text
    check_nobody_carries_it(nova)


def test_attempts_to_rebuild(nova: NovaInProcess, image: str) -> None:
    """A rebuild gives a server no more than its boot."""
    created = send(nova, image, Attempt()).json()["server"]
    server = nova._wait_for_state_change(created, "ACTIVE")
    for name, attempt in ATTEMPTS.items():
        if attempt.server or "os-volumes_boot" in attempt.path:
            # Nothing that a rebuild has.
            continue
        answer = send_to_rebuild(nova, image, attempt, server)
        assert answer.status_code < 500, name
        if attempt.status is not None and not attempt.around:
            assert answer.status_code == attempt.status, (name, answer.text)
        nova._wait_for_state_change(server, "ACTIVE")
    check_nobody_carries_it(nova)


def test_record_of_somebody_else(nova: NovaInProcess, image: str) -> None:
    """Who may not override it does not get it from an admin's server."""
    protected = Attempt({"hw_watchdog_action": "poweroff"})
    answer = send(nova, image, protected, "member,Admin")
    server = nova._wait_for_state_change(answer.json()["server"], "ACTIVE")
    for microversion in (OURS, NOVAS_LAST, None):
        keeping = Attempt(microversion=microversion)
        answer = send_to_rebuild(nova, image, keeping, server)
        assert answer.status_code == 403
        assert "hw_watchdog_action" in answer.text
    answer = send_to_rebuild(nova, image, keeping, server, "member,Admin")
    assert answer.status_code == 202
    assert send_to_rebuild(nova, image, Attempt({}), server).status_code == 202
    check_nobody_carries_it(nova)


FORGED = {"os_glance_override:hw_disk_bus": "scsi"}


def test_forged_record_in_an_image(nova: NovaInProcess, image: str) -> None:
    """A record that an image brings is not believed."""
    forged = nova.image_with(**FORGED)
    assert image != forged
    assert send(nova, forged, Attempt()).status_code == 202
    check_nobody_carries_it(nova)


def test_forged_record_in_a_volume(
    nova: NovaInProcess, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that a volume brings is not believed."""
    get = nova.cinder.fake_get

    def with_record(_api: Any, *args: Any, **kwargs: Any) -> Any:
        volume = get(*args, **kwargs)
        metadata = volume.get("volume_image_metadata", {})
        return {**volume, "volume_image_metadata": {**metadata, **FORGED}}

    monkeypatch.setattr("nova.volume.cinder.API.get", with_record)
    volume = from_volume(
        source_type="volume", uuid=CinderFixture.IMAGE_BACKED_VOL
    )
    assert send(nova, image, Attempt(server=volume)).status_code == 202
    check_nobody_carries_it(nova)


# action, what it takes besides
ACTIONS: dict[str, dict[str, str]] = {
    "rebuild": {"imageRef": IMAGE},
    "resize": {"flavorRef": "1"},
    "createImage": {"name": "x"},
    "reboot": {"type": "HARD"},
    "rescue": {},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_actions(nova: NovaInProcess, image: str, action: str) -> None:
    """No action of a server takes overrides past the rules."""
    created = send(nova, image, Attempt()).json()["server"]
    nova._wait_for_state_change(created, "ACTIVE")
    arguments = {**ACTIONS[action], "image_props_override": BUS}
    answer = nova.request(
        "POST",
        f"/v2.1/servers/{created['id']}/action",
        OURS,
        headers={"X-Roles": "member,reader"},
        json={action: arguments},
    )
    assert 400 <= answer.status_code < 500, answer.text
    check_nobody_carries_it(nova)


def test_update(nova: NovaInProcess, image: str) -> None:
    """Neither a running nor a stopped server can be given it later."""
    created = send(nova, image, Attempt()).json()["server"]
    nova._wait_for_state_change(created, "ACTIVE")
    for server_status, status in (("ACTIVE", 409), ("SHUTOFF", 403)):
        answer = nova.request(
            "PUT",
            f"/v2.1/servers/{created['id']}",
            OURS,
            headers={"X-Roles": "member,reader"},
            json={"server": {"name": "y", "image_props_override": BUS}},
        )
        assert answer.status_code == status, answer.text
        check_nobody_carries_it(nova, server_status)
        if server_status == "ACTIVE":
            nova.api.post_server_action(created["id"], {"os-stop": None})
            nova._wait_for_state_change(created, "SHUTOFF")


# What the same rules let pass: they do not merely refuse everything.
PASSES = {
    "value within a range": ("member", {"hw_video_ram": "0"}),
    "role that one has": ("member,nfv", {"hw_boot_menu": "true"}),
    "update that is no removal": ("member", {"hw_vif_model": "e1000"}),
    "protected property, by an admin": (
        "member,Admin",
        {"hw_watchdog_action": "poweroff"},
    ),
}


@pytest.mark.parametrize(("roles", "overrides"), PASSES.values(), ids=PASSES)
def test_passes(
    nova: NovaInProcess, image: str, roles: str, overrides: dict[str, str]
) -> None:
    """What the rules allow is done."""
    answer = send(nova, image, Attempt(overrides), roles)
    assert answer.status_code == 202, answer.text
    server = nova._wait_for_state_change(answer.json()["server"], "ACTIVE")
    assert server["image_props_override"] == overrides


def test_reasons(nova: NovaInProcess, image: str) -> None:
    """Each refusal names the property, the rule, and where it stands."""
    overrides = {
        "hw_disk_bus": "scsi",
        "hw_video_ram": "17",
        "os_distro": "rhel",
    }
    answer = send(nova, image, Attempt(overrides))
    message = answer.json()["forbidden"]["message"]
    for part in (
        "hw_disk_bus: may not be overridden: deny pattern 'hw_disk_bus'",
        "nova.conf [image_props_override] deny",
        "hw_video_ram: may not be overridden: 16 MiB are enough (rule 2 of",
        "the operator's rules file",
        "os_distro: may not be overridden: host aggregates",
    ):
        assert part in message


# Of the others, a preview has not the way, or not the spelling.
ASKED = {
    name: attempt
    for name, attempt in ATTEMPTS.items()
    if isinstance(attempt.overrides, dict)
    and attempt.status in (400, 403)
    and not (attempt.around or attempt.server)
    and attempt.microversion == OURS
    and attempt.path == "/v2.1/servers"
}


def test_preview(nova: NovaInProcess, image: str) -> None:
    """Every rule that a boot has to pass, a preview tells, in any spelling."""
    assert len(ASKED) > 30
    for name, attempt in ASKED.items():
        told = preview(nova, attempt.overrides, imageRef=image)
        assert told["bootable"] is False, name
        only_rules = {code for _, code in codes(told)} == {"rule_denies"}
        assert only_rules is (attempt.status == 403), name
        for entry in told["properties"]:
            # Glance's protections speak after the merge.
            if entry["name"] not in ("hw_watchdog_action", "img_hv_type"):
                assert (entry["origin"], entry["name"]) in (
                    ("image", entry["name"]),
                    ("override", "hw_boot_menu"),
                    ("override", "hw_scsi_model"),
                )
