# SPDX-License-Identifier: Apache-2.0
"""``openstack server create``, ``rebuild``, ``show``, ``list``."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest

from tests.clients.conftest import ComputeRequests, Shell, shown
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

OVERRIDES = {"hw_disk_bus": "scsi", "hw_numa_nodes": "1"}
CATALOGUE = "GET /v2.1/os-image-props-override"


def test_create(
    openstack: Shell,
    create: list[str],
    nova: NovaInProcess,
    compute_requests: ComputeRequests,
) -> None:
    """Overrides and removals reach Nova, and the answer shows them."""
    server = shown(
        openstack(
            *create,
            "--image-prop-override=hw_numa_nodes=1",
            *("--image-prop-override", "os_distro=a=b c=d"),
            *("--no-image-prop-override", "architecture"),
            "--format=json",
        )
    )
    overrides = {
        "hw_architecture": None,
        "hw_numa_nodes": "1",
        "os_distro": "a=b c=d",
    }
    assert server["image_props_override"] == overrides
    (created,) = nova.api.get_servers(detail=True)
    assert created["image_props_override"] == overrides
    assert ("POST /v2.1/servers", OURS) in compute_requests


def test_create_without_overrides(
    openstack: Shell, create: list[str], compute_requests: ComputeRequests
) -> None:
    """Without the options the request is openstackclient's own."""
    server = shown(openstack(*create, "--format=json"))
    assert server["image_props_override"] == {}
    (version,) = (v for r, v in compute_requests if r == "POST /v2.1/servers")
    assert version not in ("", OURS)


def test_rebuild(
    openstack: Shell, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """A rebuild keeps, replaces or drops the overrides, and shows them."""
    booted = {"hw_disk_bus": "scsi", "hw_vif_model": "e1000"}
    server = nova.boot(booted)
    rebuild = ("server", "rebuild", "overridden", "--wait", "-f", "json")
    request = f"POST /v2.1/servers/{server['id']}/action"

    def rebuilt(*options: str) -> Any:
        compute_requests.clear()
        outcome = openstack(*rebuild, *options)
        assert (outcome.status, outcome.stderr) == (0, "")
        # With --wait openstackclient says "Complete" first.
        answer = json.loads(outcome.stdout.partition("Complete\n")[2])
        recorded = nova.api.get_server(server["id"])["image_props_override"]
        assert answer["image_props_override"] == recorded
        (version,) = (v for r, v in compute_requests if r == request)
        return recorded, version == OURS

    # openstackclient's own request, which keeps the overrides.
    assert rebuilt() == (booted, False)
    replaced = {"hw_architecture": None, "hw_disk_bus": "virtio"}
    assert rebuilt(
        *("--image-prop-override", "hw_disk_bus=virtio"),
        *("--no-image-prop-override", "hw_architecture"),
    ) == (replaced, True)
    assert rebuilt("--no-image-prop-overrides") == ({}, True)


@pytest.mark.parametrize("by", ["id", "name"])
def test_show(openstack: Shell, nova: NovaInProcess, by: str) -> None:
    """A server is shown with its overrides, however it is named."""
    server = nova.boot(OVERRIDES)
    row = shown(openstack("server", "show", server[by], "--format=json"))
    assert row["image_props_override"] == OVERRIDES


def test_formats(openstack: Shell, nova: NovaInProcess) -> None:
    """The field can be chosen and formatted like any other."""
    nova.boot({**OVERRIDES, "architecture": None})

    def field(format_: str) -> str:
        outcome = openstack(
            *("server", "show", "overridden", "-f", format_),
            *("-c", "image_props_override"),
        )
        assert (outcome.status, outcome.stderr) == (0, "")
        return outcome.stdout

    assert field("value") == (
        "{'hw_architecture': None, 'hw_disk_bus': 'scsi', "
        "'hw_numa_nodes': '1'}\n"
    )
    assert (
        "hw_architecture (removed), hw_disk_bus='scsi', hw_numa_nodes='1'"
    ) in field("table")
    assert "  hw_disk_bus: scsi\n" in field("yaml")


def test_list(
    openstack: Shell, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """The list has the column for those who name it."""
    nova.boot(OVERRIDES)
    nova.boot(name="plain")
    columns = ("-c", "Name", "-c", "image_props_override")
    rows = shown(openstack("server", "list", *columns, "-f", "json"))
    assert {row["Name"]: row["Image Props Override"] for row in rows} == {
        "overridden": OVERRIDES,
        "plain": {},
    }
    compute_requests.clear()
    for options in ((), ("--long",)):
        rows = shown(openstack("server", "list", *options, "-f", "json"))
        assert all("Image Props Override" not in row for row in rows)
    asked = [path for path, _ in compute_requests]
    assert CATALOGUE not in asked


@pytest.mark.parametrize("command", ["create", "rebuild"])
def test_all_problems_are_told_at_once(
    openstack: Shell,
    create: list[str],
    nova: NovaInProcess,
    compute_requests: ComputeRequests,
    command: str,
) -> None:
    """One round tells names, values, image and flavor, in bare words."""
    words = create
    if command == "rebuild":
        nova.boot()
        words = ["server", "rebuild", "overridden"]
    outcome = openstack(
        *words,
        *("--image-prop-override", "os_command_line=quiet"),
        *("--image-prop-override", "hw_disk_bus=virtoi"),
        *("--image-prop-override", "hw_cpu_socket=2"),
        *("--image-prop-override", "hw_numa_nodes=0"),
        *("--image-prop-override", "hw_boot_menu=perhaps"),
        *("--image-prop-override", "trait:low=required"),
        *("--no-image-prop-override", "hw_numa_cpus.0"),
    )
    assert outcome.status == 1
    # The cloud's answer to the same overrides, in one request.
    _, told = nova.refused(
        {
            "os_command_line": "quiet",
            "hw_disk_bus": "virtoi",
            "hw_cpu_socket": "2",
            "hw_numa_nodes": "0",
            "hw_boot_menu": "perhaps",
            "trait:low": "required",
            "hw_numa_cpus.0": None,
        }
    )
    assert outcome.stderr == f"{told}\n"
    assert "7 problems" in told
    assert "Did you mean 'virtio'?" in told
    assert "[kernel_missing]" in told
    sent = [v for path, v in compute_requests if path.startswith("POST")]
    assert sent == [OURS]


def test_refusal_is_shown_whole(
    openstack: Shell, create: list[str], nova: NovaInProcess
) -> None:
    """What only the cloud can know reaches the user, each problem of it."""
    for overrides, status in (
        ({"os_command_line": "quiet", "hw_vif_model": None}, 400),
        ({"img_signature": "x", "img_version": "1"}, 400),
    ):
        options = [
            f"--no-image-prop-override={name}"
            if value is None
            else f"--image-prop-override={name}={value}"
            for name, value in overrides.items()
        ]
        outcome = openstack(*create, *options)
        refused, told = nova.refused(overrides)
        assert (outcome.status, refused) == (1, status)
        assert outcome.stderr == f"{told}\n"
        assert told.count("\n- ") == 2


def test_hint_is_a_command(openstack: Shell, create: list[str]) -> None:
    """What REST calls a request is a command of the shell."""
    outcome = openstack(*create, "--image-prop-override=hw_nonsense=1")
    assert outcome.status == 1
    assert outcome.stderr == (
        "Invalid image_props_override: hw_nonsense: Nova does not read it; "
        "'openstack image property override list' lists what it reads "
        "[name_unknown]\n"
    )


def test_other_refusals(openstack: Shell, create: list[str]) -> None:
    """What is refused for other reasons is told as openstackclient does."""
    outcome = openstack(
        *(*create, "--key-name", "none-such"),
        "--image-prop-override=hw_disk_bus=ide",
    )
    assert outcome.status == 1
    assert outcome.stderr.startswith("BadRequestException: 400: ")
    assert outcome.stderr.endswith(", Invalid key_name provided.\n")


def test_abbreviation_keeps_its_meaning(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """``--image-prop`` still means ``--image-property``."""
    image = nova.image_with(os_distro="one-of-a-kind")
    server = shown(
        openstack(
            *("server", "create", "x", "--flavor", nova.flavor),
            *("--nic", "none", "--image-prop", "os_distro=one-of-a-kind"),
            *("--format", "json"),
        )
    )
    assert image in server["image"]
    assert server["image_props_override"] == {}


def test_row_of_an_older_client() -> None:
    """A row that can be read only once is shown whole.

    openstackclient 7 makes such ones.
    """
    # Not at import: it would be imported before Nova says how threads work.
    from image_props_override.clients.openstackclient import server_hooks

    row = (("id", "name"), ("1", "a"))
    hook = server_hooks.ShowHook(command=None)
    assert hook.after(argparse.Namespace(), iter(row)) == row


def test_diagnostics(
    openstack: Shell, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """They are shown as ever, and cost no request of ours."""
    nova.boot(OVERRIDES)
    words = ("server", "show", "overridden", "--diagnostics", "-f", "json")
    row = shown(openstack(*words))
    assert "uptime" in row
    assert "image_props_override" not in row
    assert CATALOGUE not in dict(compute_requests)


def test_interactive_shell(
    openstack: Shell,
    create: list[str],
    nova: NovaInProcess,
    compute_requests: ComputeRequests,
) -> None:
    """Nothing of one command is left in the next."""
    first = " ".join(create)
    second = first.replace("overridden", "plain")
    outcome = openstack(
        lines=[
            f"{first} --image-prop-override hw_disk_bus=scsi -f json",
            f"{first} --image-prop-override hw_disk_bus=virtoi",
            f"{second} -f json",
            "server list -f value -c Name --sort-column Name",
        ]
    )
    assert outcome.stdout.endswith("\noverridden\nplain\n")
    assert "Did you mean 'virtio'?" in outcome.stderr
    assert {
        server["name"]: server["image_props_override"]
        for server in nova.api.get_servers(detail=True)
    } == {"overridden": {"hw_disk_bus": "scsi"}, "plain": {}}
    versions = [v for r, v in compute_requests if r == "POST /v2.1/servers"]
    assert versions[:2] == [OURS, OURS]
    assert len(versions) == 3
    assert versions[2] != OURS
    assert compute_requests[-2][0] == "GET /v2.1/servers/detail"
    assert compute_requests[-2][1] != OURS


def test_help(openstack: Shell) -> None:
    """The options are in the commands' help, with what they need."""
    for command in ("create", "rebuild"):
        outcome = openstack("server", command, "--help")
        assert "--image-prop-override <key=value>" in outcome.stdout
        assert "--no-image-prop-override <key>" in outcome.stdout
        assert "microversion" in outcome.stdout
    assert "--no-image-prop-overrides\n" in outcome.stdout
