# SPDX-License-Identifier: Apache-2.0
"""``openstack server set`` and ``unset`` change a stopped server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.clients.conftest import ComputeRequests, Shell, shown
from tests.functional.lifecycle.test_stopped_server import started, stopped
from tests.functional.nova_in_process import NOVAS_LAST, OURS, NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

BOOTED = {"hw_disk_bus": "scsi", "hw_watchdog_action": "reset"}
SET = ("server", "set", "overridden")
UNSET = ("server", "unset", "overridden")


@pytest.fixture
def server(nova: NovaInProcess) -> dict[str, Any]:
    """A stopped server that overrides two properties of its image."""
    image = nova.image_with(hw_vif_model="e1000", hw_boot_menu="true")
    return stopped(nova, BOOTED, imageRef=image)


def overrides_of(nova: NovaInProcess, server: Mapping[str, Any]) -> Any:
    """Return what the cloud says of a server."""
    return nova.api.get_server(server["id"])["image_props_override"]


def changes(requests: ComputeRequests) -> list[tuple[str, str]]:
    """Return method, last part of the path and microversion of each change."""
    return [
        (f"{path.split()[0]} {path.rpartition('/')[2]}", version)
        for path, version in requests
        if not path.startswith("GET") and not path.endswith("/preview")
    ]


def test_set_adds(
    openstack: Shell,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """What is given is added, or replaces; the rest and the disk stay."""
    outcome = openstack(
        *(*SET, "--image-prop-override", "hw_disk_bus=sata"),
        *("--image-prop-override", "hw_boot_menu=false"),
        *("--no-image-prop-override", "hw_vif_model"),
    )
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")
    assert overrides_of(nova, server) == {
        "hw_boot_menu": "false",
        "hw_disk_bus": "sata",
        "hw_vif_model": None,
        "hw_watchdog_action": "reset",
    }
    assert changes(compute_requests) == [(f"PUT {server['id']}", OURS)]
    domain = started(nova, server)
    assert domain.find("devices/disk[@device='disk']/target").get("bus") == (
        "sata"
    )
    assert domain.find("devices/watchdog").get("action") == "reset"


def test_set_by_another_name(openstack: Shell, nova: NovaInProcess) -> None:
    """A legacy name replaces what is recorded by the current ones."""
    server = stopped(
        nova, {"hw_vif_model": "e1000", "hw_scsi_model": "virtio-scsi"}
    )
    outcome = openstack(
        *SET, "--image-prop-override=vmware_adaptertype=lsilogic"
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    assert overrides_of(nova, server) == {
        "hw_disk_bus": "scsi",
        "hw_scsi_model": "lsilogic",
        "hw_vif_model": "e1000",
    }


def test_drop_all(
    openstack: Shell, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """One option gives the server its image's properties."""
    outcome = openstack(*SET, "--no-image-prop-overrides")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")
    assert overrides_of(nova, server) == {}


def test_unset(
    openstack: Shell, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """An override is dropped, and the image's value counts again."""
    nova_set = (*SET, "--no-image-prop-override", "hw_vif_model")
    assert openstack(*nova_set).status == 0
    outcome = openstack(
        *(*UNSET, "--image-prop-override", "hw_vif_model"),
        *("--image-prop-override", "hw_disk_bus"),
    )
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")
    assert overrides_of(nova, server) == {"hw_watchdog_action": "reset"}
    interface = started(nova, server).find("devices/interface/model")
    assert interface is None or interface.get("type") == "e1000"


def test_unset_of_what_is_not_overridden(
    openstack: Shell,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """All such properties are named, and nothing is changed."""
    outcome = openstack(
        *(*UNSET, "--description"),
        *("--image-prop-override", "hw_disk_bus"),
        *("--image-prop-override", "hw_vif_model"),
        *("--image-prop-override", "hw_nonsense"),
    )
    assert (outcome.status, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        "not overridden for this server: hw_vif_model, hw_nonsense; "
        "the server overrides: hw_disk_bus, hw_watchdog_action\n"
    )
    assert overrides_of(nova, server) == BOOTED
    assert changes(compute_requests) == []


def test_other_fields_in_one_request(
    openstack: Shell,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """Fields of the server go with the overrides, the rest comes after."""
    others = ("--name", "new", "--description", "d", "--property", "a=b")
    override = ("--image-prop-override", "hw_disk_bus=sata")
    outcome = openstack(*SET, *others, *override, "--tag", "t")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert changes(compute_requests) == [
        (f"PUT {server['id']}", OURS),
        ("POST metadata", changes(compute_requests)[1][1]),
        ("PUT t", changes(compute_requests)[2][1]),
    ]
    told = nova.api.get_server(server["id"])
    assert (told["name"], told["description"]) == ("new", "d")
    assert (told["metadata"], told["tags"]) == ({"a": "b"}, ["t"])
    assert told["image_props_override"] == {**BOOTED, "hw_disk_bus": "sata"}

    compute_requests.clear()
    outcome = openstack(
        *("server", "unset", "new", "--description", "--property", "a"),
        *("--image-prop-override", "hw_disk_bus"),
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    # openstackclient deletes metadata first; ours goes ahead of all.
    assert [request for request, _ in changes(compute_requests)] == [
        f"PUT {server['id']}",
        "DELETE a",
        f"PUT {server['id']}",
    ]
    told = nova.api.get_server(server["id"])
    assert (told["description"], told["metadata"]) == ("", {})
    assert told["image_props_override"] == {"hw_watchdog_action": "reset"}


@pytest.mark.parametrize(
    "others",
    [("--name", "new", "--property", "a=b"), ("--property", "a=b")],
    ids=["with_fields", "without"],
)
def test_refusal_changes_nothing(
    openstack: Shell,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
    others: tuple[str, ...],
) -> None:
    """All problems are told in the cloud's words; nothing else is done."""
    outcome = openstack(
        *(*SET, *others, "--image-prop-override", "hw_disk_bus=virtoi"),
        *("--image-prop-override", "hw_numa_nodes=2"),
        *("--image-prop-override", "hw_cpu_socket=2"),
    )
    assert (outcome.status, outcome.stdout) == (1, "")
    told = outcome.stderr
    assert told.startswith("Invalid image_props_override, 3 problems:\n- ")
    for code in ("value_invalid", "needs_move", "name_unknown"):
        assert f"[{code}]\n" in told
    assert [request for request, _ in changes(compute_requests)] == [
        f"PUT {server['id']}"
    ]
    told = nova.api.get_server(server["id"])
    assert (told["name"], told["metadata"]) == ("overridden", {})
    assert told["image_props_override"] == BOOTED


def test_running_server(openstack: Shell, nova: NovaInProcess) -> None:
    """It has to be stopped, and the message says so."""
    nova.boot(BOOTED)
    outcome = openstack(*SET, "--image-prop-override=hw_disk_bus=sata")
    assert (outcome.status, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        "image_props_override can be changed only while the server is "
        "stopped or shelved, but it is active; stop it first\n"
    )


def test_warning(
    openstack: Shell, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """After a change with which the guest may not boot, that is said."""
    outcome = openstack(*SET, "--image-prop-override=hw_machine_type=q35")
    assert (outcome.status, outcome.stdout) == (0, "")
    warning = (
        "hw_machine_type: the installed system may not boot after this "
        "change: the firmware and the devices can differ\n"
    )
    assert outcome.stderr == warning
    machine = started(nova, server).find("os/type").get("machine")
    assert machine == "q35"
    # Not of a change that the cloud refuses.
    outcome = openstack(*UNSET, "--image-prop-override=hw_machine_type")
    assert outcome.status == 1
    assert warning not in outcome.stderr


def test_other_options_alone(
    openstack: Shell,
    nova: NovaInProcess,
    server: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """Without our options the commands are openstackclient's own."""
    assert openstack(*SET, "--name", "overridden", "--tag", "t").status == 0
    assert openstack(*UNSET, "--description", "--tag", "t").status == 0
    assert OURS not in {version for _, version in compute_requests}
    asked = [path for path, _ in compute_requests]
    assert "GET /v2.1/os-image-props-override" not in asked
    assert overrides_of(nova, server) == BOOTED


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            [*SET, "--image-prop-override", "hw_disk_bus"],
            "expected KEY=VALUE, like hw_disk_bus=virtio, not 'hw_disk_bus'",
        ),
        (
            [
                *(*SET, "--no-image-prop-overrides"),
                *("--image-prop-override", "hw_disk_bus=ide"),
            ],
            "not allowed with argument --no-image-prop-overrides",
        ),
        (
            [*UNSET, "--image-prop-override", "hw_disk_bus=ide"],
            "expected KEY, like hw_disk_bus, not 'hw_disk_bus=ide'",
        ),
    ],
)
def test_arguments(openstack: Shell, words: list[str], told: str) -> None:
    """Wrong ones are refused as in the other commands."""
    outcome = openstack(*words)
    assert outcome.status == 2
    assert told in outcome.stderr


SETTING = (*SET, "--image-prop-override", "hw_disk_bus=sata")
UNSETTING = (*UNSET, "--image-prop-override", "hw_disk_bus")


@pytest.mark.parametrize("words", [SETTING, UNSETTING], ids=["set", "unset"])
def test_clouds_that_cannot(
    openstack: Shell,
    nova: NovaInProcess,
    server: dict[str, Any],
    stock_nova: None,
    words: tuple[str, ...],
) -> None:
    """A cloud without the feature, and an older version, are refused."""
    del stock_nova
    outcome = openstack(*words, "--description", *(["d"] * ("set" in words)))
    assert (outcome.status, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        "the --image-prop-override option: the compute service of this cloud "
        "does not offer image_props_override (nova-image-props-override is "
        "not installed there)\n"
    )
    assert nova.api.get_server(server["id"])["description"] is None


@pytest.mark.parametrize("words", [SETTING, UNSETTING], ids=["set", "unset"])
def test_older_microversion(openstack: Shell, words: tuple[str, ...]) -> None:
    """The option says which one it needs."""
    outcome = openstack(f"--os-compute-api-version={NOVAS_LAST}", *words)
    assert outcome.status == 1
    assert outcome.stderr == (
        f"--os-compute-api-version {OURS} or greater is required to support "
        "the --image-prop-override option\n"
    )


def test_preview(
    openstack: Shell, nova: NovaInProcess, server: dict[str, Any]
) -> None:
    """It says what ``server set`` would make of a server."""
    words = ("image", "property", "override", "preview", "--server")
    answer = shown(openstack(*words, "overridden", "-f", "json"))
    assert (answer["bootable"], answer["warnings"]) == (True, [])
    told = {p["name"]: p["value"] for p in answer["properties"]}
    assert told["hw_disk_bus"] == "scsi"

    change = ("--image-prop-override", "hw_machine_type=q35")
    outcome = openstack(*words, "overridden", *change)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "hw_machine_type: the installed system may not" in outcome.stdout
    answer = shown(openstack(*words, "overridden", *change, "-f", "json"))
    told = {p["name"]: p["value"] for p in answer["properties"]}
    assert told["hw_machine_type"] == "q35"
    # What is not named stays overridden.
    assert told["hw_disk_bus"] == "scsi"

    answer = shown(
        openstack(
            *(*words, "overridden", "--no-image-prop-overrides"),
            *("-f", "json"),
        )
    )
    told = {p["name"]: p["value"] for p in answer["properties"]}
    assert told.get("hw_disk_bus") is None
    answer = shown(
        openstack(
            *(*words, "overridden", "-f", "json"),
            *("--image-prop-override", "hw_numa_nodes=2"),
        ),
        status=1,
    )
    assert [each["code"] for each in answer["problems"]] == ["needs_move"]
    assert overrides_of(nova, server) == BOOTED
