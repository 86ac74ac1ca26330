# SPDX-License-Identifier: Apache-2.0
"""POST /os-image-props-override/preview tells what a boot would use."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from nova import exception, objects
from nova.conductor.api import ComputeTaskAPI
from nova.conf import CONF
from nova.tests.fixtures import CinderFixture

from image_props_override.nova_plugin import policies
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)
from tests.functional.test_bypass import ATTEMPTS, DENY, PROTECTIONS, RULES
from tests.functional.test_fuzz import AROUND, IMAGE_PROPERTIES, OVERRIDES

PATH = "/v2.1/os-image-props-override/preview"
ABSENT = "00000000-0000-0000-0000-000000000000"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300")) // 10

Overrides = dict[str, str | None]


def ask(nova: NovaInProcess, overrides: Any = None, **fields: Any) -> Any:
    """Return the raw answer for an image with overrides."""
    preview = {"imageRef": IMAGE, "flavorRef": nova.flavor, **fields}
    if overrides is not None:
        preview["image_props_override"] = overrides
    given_fields = {k: v for k, v in preview.items() if v is not None}
    return send(nova, {"preview": given_fields})


def send(nova: NovaInProcess, body: Any, roles: str = "member,reader") -> Any:
    """Return the raw answer to a body, sent by a plain user."""
    return nova.request(
        "POST",
        PATH,
        OURS,
        data=json.dumps(body),
        headers={"Content-Type": "application/json", "X-Roles": roles},
    )


def preview(
    nova: NovaInProcess, overrides: Any = None, **fields: Any
) -> dict[str, Any]:
    """Return a preview."""
    answer = ask(nova, overrides, **fields)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()["preview"]
    return document


def codes(document: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Return property and code of each problem."""
    return [(each["property"], each["code"]) for each in document["problems"]]


def test_as_booted(nova: NovaInProcess) -> None:
    """A preview tells the properties that a boot then has."""
    image = nova.kernel_image_with(
        os_command_line="quiet",
        hw_vif_model="virtio",
        architecture="x86_64",
        os_distro="debian",
    )
    overrides = {
        "os_command_line": "%default% splash",
        "hw_vif_model": "e1000",
        "hw_watchdog_action": "reset",
        "os_distro": None,
    }
    told = preview(nova, overrides, imageRef=image)
    assert told["bootable"] is True
    assert told["problems"] == []
    by_name = {each.pop("name"): each for each in told["properties"]}
    assert list(by_name) == sorted(by_name)
    assert by_name["os_command_line"] == {
        "value": "quiet splash",
        "origin": "override",
        "image_value": "quiet",
    }
    assert by_name["hw_architecture"]["origin"] == "image"
    assert by_name["hw_watchdog_action"]["image_value"] is None
    assert by_name["os_distro"] == {
        "value": None,
        "origin": "removed",
        "image_value": "debian",
    }
    server = nova.boot(overrides, imageRef=image)
    kept = nova.instance(server).image_meta.properties
    for name, entry in by_name.items():
        if name in kept.fields:
            assert kept.get(name) == entry["value"]


def test_flavor_wins(nova: NovaInProcess) -> None:
    """Where the flavor wins over the image, the preview has its value.

    Over an override it does not win in silence.
    """
    flavor = nova._create_flavor(
        vcpu=2, extra_spec={"hw:cpu_policy": "dedicated"}
    )
    image = nova.image_with(hw_cpu_policy="shared")
    told = preview(nova, {}, imageRef=image, flavorRef=flavor)
    entry = {
        "name": "hw_cpu_policy",
        "value": "dedicated",
        "origin": "flavor",
        "image_value": "shared",
    }
    assert entry in told["properties"]
    assert told["bootable"] is True

    told = preview(
        nova, {"hw_cpu_policy": "shared"}, imageRef=image, flavorRef=flavor
    )
    assert entry in told["properties"]
    assert codes(told) == [("hw_cpu_policy", "flavor_wins")]
    assert "hw:cpu_policy=dedicated" in told["problems"][0]["message"]
    assert told["bootable"] is False


# extra specs, overrides, words of each problem
REFUSED: dict[str, tuple[dict[str, str], Overrides, list[str]]] = {
    "PMU": ({"hw:pmu": "no"}, {"hw_pmu": "yes"}, ["hw:pmu extra spec"]),
    "NUMA nodes": ({"hw:numa_nodes": "1"}, {"hw_numa_nodes": "2"}, ["NUMA"]),
    "page size": ({}, {"hw_mem_page_size": "large"}, ["Page size large"]),
    "CPU policy": (
        {"hw:cpu_policy": "shared"},
        {"hw_cpu_policy": "dedicated"},
        ["CPU pinning policy"],
    ),
    "CPU topology": (
        {"hw:cpu_max_sockets": "1"},
        {"hw_cpu_sockets": "2"},
        ["exceeds"],
    ),
    "serial ports": (
        {"hw:serial_port_count": "1"},
        {"hw_serial_port_count": "2"},
        ["serial"],
    ),
    "secure boot": (
        {"os:secure_boot": "disabled"},
        {"os_secure_boot": "required"},
        ["os:secure_boot extra spec"],
    ),
    "memory encryption": (
        {},
        {"hw_mem_encryption": "true"},
        ["hw_firmware_type"],
    ),
    "TPM": (
        {"hw:tpm_version": "1.2"},
        {"hw_tpm_version": "2.0"},
        ["hw:tpm_version extra spec"],
    ),
    "video memory": ({}, {"hw_video_ram": "64"}, ["more than the 0 MiB"]),
    "several": (
        {"hw:pmu": "no", "hw:tpm_version": "1.2"},
        {
            "hw_pmu": "yes",
            "hw_tpm_version": "2.0",
            "hw_video_ram": "64",
            "os_distro": None,
            "os_command_line": "quiet",
        },
        [
            "hw:pmu extra spec",
            "hw:tpm_version extra spec",
            "more than the 0 MiB",
            "cannot be removed",
            "no kernel",
        ],
    ),
}


@pytest.mark.parametrize("source", ["image", "volume"])
@pytest.mark.parametrize(
    ("extra_specs", "overrides", "words"), REFUSED.values(), ids=REFUSED
)
def test_refusals(
    nova: NovaInProcess,
    extra_specs: dict[str, str],
    overrides: Overrides,
    words: list[str],
    source: str,
) -> None:
    """What a boot is refused for, each once; and the boot is refused."""
    flavor = nova._create_flavor(vcpu=2, extra_spec=extra_specs)
    volume = CinderFixture.IMAGE_BACKED_VOL
    boot_from: dict[str, Any] = (
        {"imageRef": IMAGE}
        if source == "image"
        else {"imageRef": None, "volumeId": volume}
    )
    told = preview(nova, overrides, flavorRef=flavor, **boot_from)
    assert told["bootable"] is False
    messages = [each["message"] for each in told["problems"]]
    for word in words:
        assert len([m for m in messages if word in m]) == 1, messages
    assert len(messages) == len(words)
    if source == "volume":
        root = {"source_type": "volume", "destination_type": "volume"}
        root |= {"uuid": volume, "boot_index": "0"}
        boot_from = {"imageRef": None, "block_device_mapping_v2": [root]}
    status, message = nova.refused(overrides, flavorRef=flavor, **boot_from)
    assert 400 <= status < 500, message


def test_image_itself(nova: NovaInProcess) -> None:
    """Status, sizes, kernel and use of the image are told together."""
    image = nova.image_with(
        kernel_id=ABSENT, cinder_encryption_key_id=ABSENT, hw_pmu="maybe"
    )
    fields = {"min_ram": 10**6, "min_disk": 10**4, "size": 10**14}
    nova.glance.update(
        None,
        image,
        {**nova.glance.show(None, image), **fields, "status": "queued"},
    )
    told = preview(nova, imageRef=image)
    text = "\n".join(each["message"] for each in told["problems"])
    for words in (
        f"Image {ABSENT} could not be found",
        "uploaded from an encrypted volume",
        "is not active",
        "memory is too small",
        "disk is too small for requested image",
        "smaller than the minimum size",
    ):
        assert text.count(words) == 1, text
    assert {code for _, code in codes(told)} == {"nova_refuses"}


ODD_IMAGES: dict[str, dict[str, Any]] = {
    "no CPU set": {"hw_numa_cpus.0": "a-b", "hw_numa_mem.0": "1"},
    "mappings that are none": {"mappings": "xx"},
    "block devices that are none": {"block_device_mapping": "xx"},
    "no value": {"hw_disk_bus": "floppy-disk"},
    "no size": {"hw_video_ram": "much"},
}


@pytest.mark.parametrize("properties", ODD_IMAGES.values(), ids=ODD_IMAGES)
def test_odd_image(nova: NovaInProcess, properties: dict[str, Any]) -> None:
    """What Nova cannot read of an image is a problem, and no 5xx."""
    image = nova.image_with(**properties)
    told = preview(nova, {"hw_boot_menu": "true"}, imageRef=image)
    assert told["bootable"] is False
    assert {code for _, code in codes(told)} == {"nova_refuses"}
    names = {each["name"] for each in told["properties"]}
    assert "hw_boot_menu" in names


def test_unreadable_overrides(nova: NovaInProcess) -> None:
    """What cannot be read is told; what can be is shown."""
    image = nova.image_with(hw_disk_bus="ide")
    told = preview(
        nova,
        {"hw_disk_bus": "scsii", "hw_vif_modl": "x", "hw_boot_menu": "true"},
        imageRef=image,
    )
    assert codes(told) == [
        ("hw_disk_bus", "value_invalid"),
        ("hw_vif_modl", "name_unknown"),
    ]
    assert [
        (each["name"], each["value"], each["origin"])
        for each in told["properties"]
    ] == [
        ("hw_boot_menu", "true", "override"),
        ("hw_disk_bus", "ide", "image"),
    ]


def test_volume(nova: NovaInProcess) -> None:
    """A volume has the properties of the image that it was made from."""
    told = preview(
        nova,
        {"hw_qemu_guest_agent": "no", "os_require_quiesce": None},
        imageRef=None,
        volumeId=CinderFixture.IMAGE_BACKED_VOL_QUIESCE,
    )
    assert told["bootable"] is True
    assert {
        each["name"]: (each["origin"], each["image_value"])
        for each in told["properties"]
    } == {
        "hw_qemu_guest_agent": ("override", "True"),
        "os_require_quiesce": ("removed", "True"),
    }


def test_volume_that_is_not_bootable(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume that nothing can boot from is a problem."""
    monkeypatch.setattr(
        "nova.volume.cinder.API.get",
        lambda *_, **__: {"id": ABSENT, "bootable": False},
    )
    told = preview(nova, {"x": "y"}, imageRef=None, volumeId=ABSENT)
    assert told["bootable"] is False
    assert told["properties"] == []
    misspelled, refused = told["problems"]
    assert misspelled["code"] == "name_unknown"
    assert "is not bootable" in refused["message"]


@pytest.mark.parametrize("what", ["imageRef", "flavorRef", "volumeId"])
def test_not_found(
    nova: NovaInProcess, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what does not exist there is no preview."""

    def no_volume(*_args: Any, **_kwargs: Any) -> None:
        raise exception.VolumeNotFound(volume_id=ABSENT)

    monkeypatch.setattr("nova.volume.cinder.API.get", no_volume)
    fields = {"imageRef": None} if what == "volumeId" else {}
    answer = ask(nova, {}, **{**fields, what: ABSENT})
    assert answer.status_code == 404
    assert ABSENT in answer.json()["itemNotFound"]["message"]


def test_flavor_of_others(nova: NovaInProcess) -> None:
    """A flavor that the caller may not see does not exist for them."""
    created = nova.api.post_flavor(
        {
            "flavor": {
                "name": "private",
                "ram": 1024,
                "vcpus": 1,
                "disk": 10,
                "os-flavor-access:is_public": False,
            }
        }
    )
    assert ask(nova, flavorRef=created["id"]).status_code == 404


def test_service_that_is_away(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another service cannot be reached, nothing is said of the boot."""

    def away(*_args: Any, **_kwargs: Any) -> None:
        raise exception.GlanceConnectionFailed(server="glance", reason="x")

    monkeypatch.setattr("nova.image.glance.API.get", away)
    assert ask(nova).status_code == 503


MALFORMED: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "no preview": {},
    "a preview that is a list": {"preview": []},
    "no flavor": {"preview": {"imageRef": IMAGE}},
    "neither image nor volume": {"preview": {"flavorRef": "1"}},
    "both": {
        "preview": {"flavorRef": "1", "imageRef": IMAGE, "volumeId": IMAGE}
    },
    "no UUID": {"preview": {"flavorRef": "1", "imageRef": "x"}},
    "an empty image": {"preview": {"flavorRef": "1", "imageRef": ""}},
    "null": {"preview": {"flavorRef": "1", "imageRef": None}},
    "a flavor that is a list": {
        "preview": {"flavorRef": ["1"], "imageRef": IMAGE}
    },
    "a flavor that no id can be": {
        "preview": {"flavorRef": "\ud800", "imageRef": IMAGE}
    },
    "an unknown key": {
        "preview": {"flavorRef": "1", "imageRef": IMAGE, "name": "x"}
    },
    "a key around": {
        "preview": {"flavorRef": "1", "imageRef": IMAGE},
        "image_props_override": {},
    },
    "overrides that are a list": {
        "preview": {
            "flavorRef": "1",
            "imageRef": IMAGE,
            "image_props_override": [],
        }
    },
    "overrides that are null": {
        "preview": {
            "flavorRef": "1",
            "imageRef": IMAGE,
            "image_props_override": None,
        }
    },
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed(nova: NovaInProcess, body: Any) -> None:
    """A body that is no request for a preview is refused."""
    answer = send(nova, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["badRequest"]["message"]


@pytest.mark.parametrize("text", ["", "{", "[" * 50_000, "\0"])
def test_no_json(nova: NovaInProcess, text: str) -> None:
    """What is no JSON, or nested without end, is refused."""
    answer = nova.request(
        "POST",
        PATH,
        OURS,
        data=text,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400, answer.text


OVERRIDDEN = (
    f'{{"preview": {{"imageRef": "{IMAGE}", "flavorRef": "1", '
    '"image_props_override": OVERRIDES}}'
)
# what stands for the overrides, the status, the codes of the problems
TEXTS: dict[str, tuple[str, int, set[str]]] = {
    "a key twice, the bad one first": (
        '{"hw_disk_bus": "x", "hw_disk_bus": "ide"}',
        200,
        set(),
    ),
    "a key twice, the bad one last": (
        '{"hw_disk_bus": "ide", "hw_disk_bus": "x"}',
        200,
        {"value_invalid"},
    ),
    "overrides twice": (
        '{"x": "y"}, "image_props_override": {}',
        200,
        set(),
    ),
    "an escaped key": ('{"hw_disk\\u005fbus": "x"}', 200, {"value_invalid"}),
    "half a surrogate pair": ('{"\\ud800": "x"}', 200, {"name_unknown"}),
    "a nested value": (
        '{"hw_disk_bus": ' + "[" * 400 + "]" * 400 + "}",
        200,
        {"value_not_a_string"},
    ),
    "a value nested without end": ('{"a": ' * 9_000, 400, set()),
    "too many": (
        json.dumps({str(n): "" for n in range(513)}),
        200,
        {"request_too_many"},
    ),
    "a huge name": (json.dumps({"x" * 50_000: "y"}), 200, {"name_unknown"}),
}


@pytest.mark.parametrize(
    ("overrides", "status", "expected"), TEXTS.values(), ids=TEXTS
)
def test_odd_texts(
    nova: NovaInProcess, overrides: str, status: int, expected: set[str]
) -> None:
    """Whatever JSON can carry is answered, as a create reads it."""
    answer = nova.request(
        "POST",
        PATH,
        OURS,
        data=OVERRIDDEN.replace("OVERRIDES", overrides),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == status, answer.text
    if status == 200:
        assert {
            code for _, code in codes(answer.json()["preview"])
        } == expected


@pytest.mark.parametrize("asked", [NOVAS_LAST, "2.1", None])
@pytest.mark.parametrize("body", [{}, {"preview": {}}])
def test_not_before_ours(
    nova: NovaInProcess, asked: str | None, body: Any
) -> None:
    """Below our microversion the path does not exist."""
    assert nova.request("POST", PATH, asked, json=body).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post(nova: NovaInProcess, method: str) -> None:
    """A preview is made for each request anew and kept nowhere."""
    assert nova.request(method, PATH, OURS).status_code in (404, 405)


@pytest.mark.usefixtures("new_defaults")
def test_readers_are_denied(nova: NovaInProcess) -> None:
    """By default, who may not boot may not preview."""
    body = {"preview": {"imageRef": IMAGE, "flavorRef": nova.flavor}}
    answer = send(nova, body, roles="reader")
    assert answer.status_code == 403
    assert policies.PREVIEW in answer.json()["forbidden"]["message"]


def test_policy_denies(
    nova: NovaInProcess, set_policies: Callable[[dict[str, str]], None]
) -> None:
    """The operator's policy file decides who may preview."""
    set_policies({policies.PREVIEW: "!"})
    assert ask(nova, {"hw_boot_menu": "true"}).status_code == 403


def test_policy_of_the_boot(
    nova: NovaInProcess, set_policies: Callable[[dict[str, str]], None]
) -> None:
    """Who may not override at boot is told so, and boots without."""
    set_policies({policies.CREATE: "!"})
    told = preview(nova, {"hw_boot_menu": "true"})
    assert codes(told) == [(None, "rule_denies")]
    assert policies.CREATE in told["problems"][0]["message"]
    assert preview(nova)["bootable"] is True


def test_changes_nothing(
    nova: NovaInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A preview leaves nothing behind, in the audit trail neither."""

    def tables() -> list[int]:
        return [
            len(each.get_all(nova.context))
            for each in (objects.BuildRequestList, objects.InstanceList)
        ] + [len(nova.notifier.versioned_notifications)]

    before = tables()
    volume = CinderFixture.IMAGE_BACKED_VOL
    with caplog.at_level("INFO", "image_props_override.audit"):
        assert preview(nova, {"hw_boot_menu": "true"})["bootable"]
        assert not preview(nova, {"x": "y"})["bootable"]
        preview(nova, imageRef=None, volumeId=volume)
    assert tables() == before
    assert not nova.cinder.volume_to_attachment[volume]
    assert not [
        each
        for each in caplog.records
        if each.name == "image_props_override.audit"
    ]


@pytest.fixture
def guarded(nova: NovaInProcess, tmp_path: Path) -> Iterator[NovaInProcess]:
    """Nova with the rules that tests/functional/test_bypass.py attacks."""
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "protections.conf").write_text(PROTECTIONS)
    aggregate = objects.Aggregate(nova.context, name="by os_distro")
    aggregate.create()
    aggregate.update_metadata(
        {
            "os_distro": "debian",
            "trait:CUSTOM_ISOLATING": "required",
            "trait:CUSTOM_ISOLATING_OTHER": "required",
        }
    )
    filters = [
        *CONF.filter_scheduler.enabled_filters,
        "AggregateImagePropertiesIsolation",
    ]
    CONF.set_override("enabled_filters", filters, "filter_scheduler")
    with nova.configured(
        deny=DENY,
        rules_file=str(tmp_path / "rules.yaml"),
        property_protection_file=str(tmp_path / "protections.conf"),
    ):
        yield nova
    CONF.clear_override("enabled_filters", "filter_scheduler")
    aggregate.destroy()


ATTEMPTED = {
    name: attempt.overrides
    for name, attempt in ATTEMPTS.items()
    if isinstance(attempt.overrides, dict)
    and attempt.status in (400, 403)
    # The others are about the way, not about what is asked.
    and not (attempt.around or attempt.server)
    and attempt.microversion == OURS
    and attempt.path == "/v2.1/servers"
}


def test_rules(guarded: NovaInProcess) -> None:
    """Every rule that a boot has to pass, a preview tells, in any spelling."""
    image = guarded.kernel_image_with(
        hw_vif_model="virtio", hypervisor_type="kvm", os_distro="debian"
    )
    assert len(ATTEMPTED) > 30
    for name, overrides in ATTEMPTED.items():
        told = preview(guarded, overrides, imageRef=image)
        assert told["bootable"] is False, name
        only_rules = {code for _, code in codes(told)} == {"rule_denies"}
        assert only_rules is (ATTEMPTS[name].status == 403), name
        for entry in told["properties"]:
            # Glance's protections speak after the merge.
            if entry["name"] not in ("hw_watchdog_action", "img_hv_type"):
                assert (entry["origin"], entry["name"]) in (
                    ("image", entry["name"]),
                    ("override", "hw_boot_menu"),
                    ("override", "hw_scsi_model"),
                )


def test_any_body(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No body causes a 5xx; what is bootable is what a create accepts."""
    monkeypatch.setattr(
        ComputeTaskAPI, "schedule_and_build_instances", lambda *_, **__: None
    )
    image = nova.kernel_image_with(**IMAGE_PROPERTIES)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(overrides=OVERRIDES, around=AROUND)
    def try_body(overrides: Any, around: Any) -> None:
        fields = {"imageRef": image, "flavorRef": nova.flavor}
        asked = {**fields, "image_props_override": overrides}
        if around is not None:
            answer = send(nova, {"preview": around})
            assert answer.status_code < 500, answer.text
        # As the harness creates.
        answer = send(nova, {"preview": asked}, "admin,member,reader")
        assert answer.status_code < 500, answer.text
        created = nova.answer_to(nova.body(overrides, imageRef=image))
        if answer.status_code == 200:
            bootable = answer.json()["preview"]["bootable"]
            assert bootable is (created.status_code == 202), created.text
            outcomes.append(bootable)
        else:
            assert created.status_code == 400 or overrides is None
        if created.status_code == 202:
            nova.api.delete_server(created.json()["server"]["id"])

    outcomes: list[bool] = []
    try_body()
    assert set(outcomes) == {True, False}
