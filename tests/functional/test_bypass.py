# SPDX-License-Identifier: Apache-2.0
"""Nobody gets around the operator's rules, on any path or in any spelling.

The API is configured with every kind of rule. Each attempt tries to give a
server a property that it may not have; whatever the answer is, no server may
carry it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nova import objects
from nova.conf import CONF
from nova.tests.fixtures import CinderFixture

from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)
from tests.functional.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

DENY = [
    "hw_disk_bus",
    "architecture",
    "hw_os_command_line",
    "trait:CUSTOM_DENIED",
    "hw_numa_cpus.*",
    "img_mappings",
]
RULES = """
rules:
  - properties: [hw_video_ram]
    values: {range: [0, 16]}
    action: allow
  - properties: [hw_video_ram]
    action: deny
    reason: 16 MiB are enough
  - properties: [hw_mem_page_size]
    roles: [nfv]
    action: allow
  - properties: [hw_mem_page_size]
    action: deny
  - properties: [hw_vif_model]
    removal: true
    action: deny
"""
PROTECTIONS = """
[^(hw_watchdog_action|hypervisor_type|img_hv_type)$]
create = admin
read = @
update = admin
delete = admin
[.*]
create = @
read = @
update = @
delete = @
"""
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


@dataclass(frozen=True)
class Attempt:
    """One request that tries to get around a rule.

    Attributes:
        overrides: The value of ``image_props_override``.
        server: Further keys of the server.
        around: Further keys beside the server.
        path: Where to, below the root; POST.
        microversion: At which microversion.
        headers: Further headers.
        text: The whole body, in the place of all these; ``IMAGE_ID`` and
            ``FLAVOR_ID`` are replaced.
        status: What is answered; None: anything below 500.
    """

    overrides: Any = None
    server: dict[str, Any] = field(default_factory=dict)
    around: dict[str, Any] = field(default_factory=dict)
    path: str = "/v2.1/servers"
    microversion: str | None = OURS
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    status: int | None = None


def _volume(**device: Any) -> dict[str, Any]:
    root = {"boot_index": 0, "destination_type": "volume", **device}
    return {"imageRef": None, "block_device_mapping_v2": [root]}


BUS = {"hw_disk_bus": "scsi"}
CREATE = (
    '{"server": {"name": "x", "imageRef": "IMAGE_ID", "flavorRef": '
    '"FLAVOR_ID", "networks": "none", '
)
REBUILD = '{"rebuild": {"imageRef": "IMAGE_ID", '
TEXT = CREATE + '"image_props_override": %s}}'

ATTEMPTS = {
    # Spellings
    "plain": Attempt(BUS, status=403),
    "upper case": Attempt({"HW_DISK_BUS": "scsi"}, status=400),
    "mixed case": Attempt({"hw_Disk_bus": "scsi"}, status=400),
    "leading blank": Attempt({" hw_disk_bus": "scsi"}, status=400),
    "trailing blank": Attempt({"hw_disk_bus ": "scsi"}, status=400),
    "trailing newline": Attempt({"hw_disk_bus\n": "scsi"}, status=400),
    "trailing NUL": Attempt({"hw_disk_bus\0": "scsi"}, status=400),
    "zero width": Attempt({"hw_disk\u200b_bus": "scsi"}, status=400),
    "Cyrillic look-alike": Attempt({"hw_d\u0456sk_bus": "scsi"}, status=400),
    "full width": Attempt({"hw_disk_bu\uff53": "scsi"}, status=400),
    "dash for underscore": Attempt({"hw-disk-bus": "scsi"}, status=400),
    "colon as in flavors": Attempt({"hw:disk_bus": "scsi"}, status=400),
    "legacy alias": Attempt({"architecture": "aarch64"}, status=403),
    "name of a denied alias": Attempt(
        {"hw_architecture": "aarch64"}, status=403
    ),
    "the specification's name": Attempt(
        {"hw_os_command_line": "denied"}, status=403
    ),
    "the name of the specification's name": Attempt(
        {"os_command_line": "denied"}, status=403
    ),
    "adapter type that sets the bus": Attempt(
        {"vmware_adaptertype": "lsilogic"}, status=403
    ),
    "list member": Attempt({"hw_numa_cpus.0": "0-1"}, status=403),
    "list member with zeros": Attempt({"hw_numa_cpus.00": "0-1"}, status=400),
    "list itself": Attempt({"hw_numa_cpus": "0-1"}, status=400),
    "list as JSON": Attempt({"hw_numa_cpus": [[0, 1]]}, status=400),
    "trait": Attempt({"trait:CUSTOM_DENIED": "required"}, status=403),
    "trait in lower case": Attempt(
        {"trait:custom_denied": "required"}, status=400
    ),
    "trait with a blank": Attempt(
        {"trait: CUSTOM_DENIED": "required"}, status=400
    ),
    "traits as a list": Attempt(
        {"traits_required": "CUSTOM_DENIED"}, status=400
    ),
    "structure": Attempt({"img_mappings": "[]"}, status=400),
    "legacy name of a structure": Attempt({"mappings": "[]"}, status=400),
    # Forms
    "prefix of system metadata": Attempt(
        {"image_hw_disk_bus": "scsi"}, status=400
    ),
    "record": Attempt({"os_glance_override:hw_disk_bus": "scsi"}, status=400),
    "nested": Attempt({"properties": BUS}, status=400),
    "nested below an allowed one": Attempt({"hw_boot_menu": BUS}, status=400),
    "pairs": Attempt([["hw_disk_bus", "scsi"]], status=400),
    "objects": Attempt([BUS], status=400),
    "JSON in a string": Attempt(json.dumps(BUS), status=400),
    "value in a list": Attempt({"hw_disk_bus": ["scsi"]}, status=400),
    "beside an allowed one": Attempt(
        {"hw_boot_menu": "true", **BUS}, status=403
    ),
    "JSON key twice, denied first": Attempt(
        text=TEXT % '{"hw_disk_bus": "scsi", "hw_disk_bus": "ide"}',
        status=403,
    ),
    "JSON key twice, denied last": Attempt(
        text=TEXT % '{"hw_disk_bus": "ide", "hw_disk_bus": "scsi"}',
        status=403,
    ),
    "two overrides, denied first": Attempt(
        text=TEXT % '{"hw_disk_bus": "scsi"}, "image_props_override": {}'
    ),
    "two overrides, denied last": Attempt(
        text=TEXT % '{}, "image_props_override": {"hw_disk_bus": "scsi"}',
        status=403,
    ),
    "escaped key": Attempt(
        text=TEXT % '{"hw_disk\\u005fbus": "scsi"}', status=403
    ),
    "huge body": Attempt({"x" * 200_000: "scsi"}, status=413),
    "deeply nested body": Attempt(text="[" * 50_000, status=400),
    "deeply nested value": Attempt(
        text=TEXT % ('{"a": ' * 9_000 + "1" + "}" * 9_000), status=400
    ),
    "nested value": Attempt(
        text=TEXT % ('{"a": ' * 400 + "1" + "}" * 400), status=400
    ),
    # Values, roles, removal: the rules file
    "value above a range": Attempt({"hw_video_ram": "17"}, status=403),
    "value above a range, with a zero": Attempt(
        {"hw_video_ram": "017"}, status=403
    ),
    "role that one lacks": Attempt({"hw_mem_page_size": "large"}, status=403),
    "role in a header of one's own": Attempt(
        {"hw_mem_page_size": "large"}, headers={"X-Role": "nfv"}, status=403
    ),
    "denied removal": Attempt({"hw_vif_model": None}, status=403),
    # Isolation
    "isolating property": Attempt({"os_distro": "rhel"}, status=403),
    "its removal": Attempt({"os_distro": None}, status=403),
    "its legacy alias": Attempt({"vmware_ostype": "rhel"}, status=403),
    "isolating trait": Attempt(
        {"trait:CUSTOM_ISOLATING_OTHER": "required"}, status=403
    ),
    "removal of an isolating trait": Attempt(
        {"trait:CUSTOM_ISOLATING": None}, status=403
    ),
    # Glance's protections
    "creation of a protected property": Attempt(
        {"hw_watchdog_action": "reset"}, status=403
    ),
    "update under the legacy name": Attempt(
        {"hypervisor_type": "xen"}, status=403
    ),
    "update under the current name": Attempt(
        {"img_hv_type": "xen"}, status=403
    ),
    "removal of a protected property": Attempt(
        {"img_hv_type": None}, status=403
    ),
    # Paths
    "latest": Attempt(BUS, microversion="latest", status=403),
    "the legacy header": Attempt(
        BUS,
        microversion=None,
        headers={"X-OpenStack-Nova-API-Version": OURS},
        status=403,
    ),
    "Nova's last microversion": Attempt(
        BUS, microversion=NOVAS_LAST, status=400
    ),
    "an old microversion": Attempt(BUS, microversion="2.60", status=400),
    "no microversion": Attempt(BUS, microversion=None, status=400),
    "the project in the path": Attempt(
        BUS,
        path="/v2.1/6f70656e737461636b20342065766572/servers",
        status=403,
    ),
    "legacy v2": Attempt(BUS, path="/v2/servers"),
    "os-volumes_boot": Attempt(BUS, path="/v2.1/os-volumes_boot"),
    "beside the server": Attempt(
        around={"image_props_override": BUS}, status=400
    ),
    "scheduler hints": Attempt(
        around={
            "os:scheduler_hints": {"image_props_override": json.dumps(BUS)}
        }
    ),
    "server metadata": Attempt(
        server={"metadata": {"image_hw_disk_bus": "scsi"}}
    ),
    "several servers": Attempt(
        BUS, server={"min_count": 2, "max_count": 2}, status=403
    ),
    "existing volume": Attempt(
        BUS,
        server=_volume(
            source_type="volume", uuid=CinderFixture.IMAGE_BACKED_VOL
        ),
        status=403,
    ),
    "image to volume": Attempt(
        {"hw_watchdog_action": "reset"},
        server=_volume(source_type="image", uuid=IMAGE, volume_size=1),
        status=403,
    ),
    "blank volume": Attempt(
        {"hw_watchdog_action": "reset"},
        server=_volume(source_type="blank", volume_size=1),
        status=403,
    ),
    "text/plain": Attempt(
        BUS, headers={"Content-Type": "text/plain"}, status=403
    ),
}


@pytest.fixture(scope="module")
def guarded(
    started_nova: NovaInProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NovaInProcess]:
    """Nova with every kind of rule in force."""
    folder: Path = tmp_path_factory.mktemp("rules")
    (folder / "rules.yaml").write_text(RULES)
    (folder / "protections.conf").write_text(PROTECTIONS)
    for key in (
        "os_distro",
        "trait:CUSTOM_ISOLATING",
        "trait:CUSTOM_ISOLATING_OTHER",
    ):
        _isolate(started_nova, key)
    CONF.set_override(
        "enabled_filters",
        [
            *CONF.filter_scheduler.enabled_filters,
            "AggregateImagePropertiesIsolation",
        ],
        "filter_scheduler",
    )
    with started_nova.configured(
        deny=DENY,
        rules_file=str(folder / "rules.yaml"),
        property_protection_file=str(folder / "protections.conf"),
    ):
        yield started_nova


def _isolate(nova: NovaInProcess, key: str) -> None:
    aggregate = objects.Aggregate(nova.context, name=f"hosts by {key}")
    aggregate.create()
    aggregate.update_metadata({key: "required"})


@pytest.fixture
def image(guarded: NovaInProcess, nova: NovaInProcess) -> str:
    """Return an image with a kernel and some properties."""
    assert guarded is nova
    nova.give_host_trait("CUSTOM_ISOLATING")
    return nova.kernel_image_with(**IMAGE_PROPERTIES)


def send(
    nova: NovaInProcess, image: str, attempt: Attempt, roles: str = "member"
) -> Any:
    """Return the answer to an attempt, made by a plain user."""
    server = {"imageRef": image, **attempt.server}
    if attempt.path == "/v2/servers" or attempt.microversion in (None, "2.1"):
        server["networks"] = None
    body = {**nova.body(attempt.overrides, **server), **attempt.around}
    text = attempt.text or json.dumps(body)
    return send_text(nova, image, attempt, attempt.path, text, roles)


def send_to_rebuild(
    nova: NovaInProcess,
    image: str,
    attempt: Attempt,
    server: dict[str, Any],
    roles: str = "member",
) -> Any:
    """Return the answer to the same attempt, made when a server is rebuilt."""
    arguments = {"imageRef": image}
    if attempt.overrides is not None:
        arguments["image_props_override"] = attempt.overrides
    text = (
        attempt.text.replace(CREATE, REBUILD)
        if attempt.text
        else json.dumps({"rebuild": arguments, **attempt.around})
    )
    path = f"{attempt.path}/{server['id']}/action"
    return send_text(nova, image, attempt, path, text, roles)


def send_text(
    nova: NovaInProcess,
    image: str,
    attempt: Attempt,
    path: str,
    text: str,
    roles: str,
) -> Any:
    """Return the answer to a body."""
    text = text.replace("IMAGE_ID", image).replace("FLAVOR_ID", nova.flavor)
    return nova.request(
        "POST",
        path,
        attempt.microversion,
        headers={
            "X-Roles": f"{roles},reader",
            "Content-Type": "application/json",
            **attempt.headers,
        },
        data=text,
    )


def check_nobody_carries_it(nova: NovaInProcess) -> None:
    """Check what Nova keeps of every server that there is."""
    for server in nova.api.get_servers(detail=False):
        instance = nova._wait_for_state_change(server, "ACTIVE")
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
    volume = _volume(source_type="volume", uuid=CinderFixture.IMAGE_BACKED_VOL)
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
    """A server's update takes no overrides."""
    created = send(nova, image, Attempt()).json()["server"]
    answer = nova.request(
        "PUT",
        f"/v2.1/servers/{created['id']}",
        OURS,
        json={"server": {"name": "y", "image_props_override": BUS}},
    )
    assert answer.status_code == 400
    check_nobody_carries_it(nova)


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
        "rules.yaml",
        "os_distro: may not be overridden: host aggregates",
    ):
        assert part in message
