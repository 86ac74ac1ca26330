# SPDX-License-Identifier: Apache-2.0
"""``nova boot --image-prop-override``, ``nova rebuild`` and ``nova show``."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nova.tests.fixtures import DownCellFixture

from tests.clients.conftest import ComputeRequests, Shell
from tests.functional.nova_in_process import (
    IMAGE,
    OURS,
    NovaInProcess,
    lenient,
)
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

CREATE = "POST /v2.1/servers"
# The last that novaclient knows.
NEWEST = "2.96"

PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJu9zlT4hJtBNoiWGLu5rJIyeQ8yVSmQm0vV"
    "3vV2eS5V a-key"
)

OVERRIDES = {"hw_video_model": "vga", "hw_vif_model": "e1000"}
OPTIONS = [
    *("--image-prop-override", "hw_video_model=vga"),
    *("--image-prop-override", "hw_vif_model=e1000"),
]


@pytest.fixture
def boot(nova: NovaInProcess) -> list[str]:
    """Return the words that boot a server, but for overrides."""
    return ["boot", "--flavor", nova.flavor, "--image", IMAGE, "a-server"]


@pytest.fixture
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``--poll`` look more often than each five seconds."""
    monkeypatch.setattr(
        "novaclient.v2.shell.time",
        SimpleNamespace(sleep=lambda _seconds: time.sleep(0.05)),
    )


def shown(stdout: str) -> dict[str, str]:
    """Return the table that a command shows, by the first column."""
    rows = (line.split("|") for line in stdout.splitlines() if "|" in line)
    return {row[1].strip(): row[2].strip() for row in rows}


def overrides_in(stdout: str) -> Any:
    """Return the overrides that a command shows, or None."""
    cell = shown(stdout).get("image_props_override")
    return None if cell is None else json.loads(cell)


def versions(requests: ComputeRequests, request: str) -> list[str]:
    """Return the microversions of all requests of a kind."""
    return [version for each, version in requests if each == request]


def test_the_specs_own_line(nova_shell: Shell, nova: NovaInProcess) -> None:
    """The command line that the Nova spec prints does what it says."""
    # Nova's own m1.small has one VCPU, which no two NUMA nodes can share.
    (small,) = (f for f in nova.api.get_flavors() if f["name"] == "m1.small")
    nova.api.delete_flavor(small["id"])
    nova._create_flavor(name="m1.small", vcpu=2)
    outcome = nova_shell(
        "boot",
        *("--image", nova.kernel_image_with()),
        *("--image-prop-override", "hw_os_command_line=console=ttyS0"),
        *("--image-prop-override", "hw_numa_nodes=2"),
        *("--flavor", "m1.small"),
        "a-server",
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    overrides = {"hw_numa_nodes": "2", "os_command_line": "console=ttyS0"}
    assert overrides_in(outcome.stdout) == overrides
    (server,) = nova.api.get_servers()
    assert server["image_props_override"] == overrides
    nova._wait_for_state_change(server, "ACTIVE")
    assert nova.domains[server["id"]].count("<cell ") == 2
    assert "<cmdline>console=ttyS0</cmdline>" in nova.domains[server["id"]]


@pytest.mark.usefixtures("quick_polls")
def test_only_the_one_call(
    nova_shell: Shell, boot: list[str], compute_requests: ComputeRequests
) -> None:
    """All but the request that boots is as it was, polling too."""
    outcome = nova_shell(*boot, *OPTIONS, "--poll")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "Finished" in outcome.stdout
    assert versions(compute_requests, CREATE) == [OURS]
    server = f"GET /v2.1/servers/{shown(outcome.stdout)['id']}"
    reads = versions(compute_requests, server)
    # To show the server: once all else, once what was overridden.
    assert sorted(reads)[:1] == [OURS]
    assert reads.count(OURS) == 1
    assert len(reads) > 2
    assert set(reads) == {NEWEST, OURS}


def test_removal(nova_shell: Shell, boot: list[str]) -> None:
    """``--no-image-prop-override`` boots without the image's property."""
    outcome = nova_shell(*boot, "--no-image-prop-override=hw_architecture")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert overrides_in(outcome.stdout) == {"hw_architecture": None}


def test_other_options(
    nova_shell: Shell, boot: list[str], tmp_path: Path
) -> None:
    """Overrides go with the other options, abbreviated ones too."""
    user_data = tmp_path / "user-data"
    user_data.write_text("#!/bin/sh\n")
    key = tmp_path / "key.pub"
    key.write_text(PUBLIC_KEY)
    nova_shell("keypair-add", "--pub-key", str(key), "a-key")
    outcome = nova_shell(
        *(*boot, *OPTIONS, "--key", "a-key", "--meta", "a=b"),
        *("--user-data", str(user_data), "--config-drive", "true"),
        *("--nic", "none"),
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    fields = shown(outcome.stdout)
    assert overrides_in(outcome.stdout) == OVERRIDES
    assert fields["key_name"] == "a-key"
    assert fields["metadata"] == '{"a": "b"}'
    assert fields["config_drive"] == "True"


def test_block_device(nova_shell: Shell, nova: NovaInProcess) -> None:
    """A server that boots from a volume has them, too."""
    device = f"source=image,id={IMAGE},dest=volume,size=1,bootindex=0"
    outcome = nova_shell(
        *("boot", "--flavor", nova.flavor, "--block-device", device),
        *(*OPTIONS, "from-a-volume"),
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    assert overrides_in(outcome.stdout) == OVERRIDES


def test_older_microversion(
    nova_shell: Shell, boot: list[str], compute_requests: ComputeRequests
) -> None:
    """The option needs no choice of a microversion.

    Before 2.37 a request need not say which networks it wants.
    """
    older = "--os-compute-api-version=2.30"
    outcome = nova_shell(older, *boot, *OPTIONS)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert overrides_in(outcome.stdout) == OVERRIDES
    assert versions(compute_requests, CREATE) == [OURS]
    server = shown(outcome.stdout)["id"]
    outcome = nova_shell(older, "show", server)
    # The name of the flavor that the server was booted with: 2.47 tells it
    # in another way.
    assert "(" in shown(outcome.stdout)["flavor"]
    assert overrides_in(outcome.stdout) is None


def test_files(
    nova_shell: Shell,
    boot: list[str],
    compute_requests: ComputeRequests,
    tmp_path: Path,
) -> None:
    """Files are told to be too old for overrides, and work without."""
    source = tmp_path / "motd"
    source.write_text("hello\n")
    older = ["--os-compute-api-version=2.50", *boot]
    files = f"--file=/etc/motd={source}"
    outcome = nova_shell(*older, files, *OPTIONS)
    assert outcome.status == 1
    assert "'files' argument is only allowed for microversions 2.0 - 2.56" in (
        outcome.stderr
    )
    assert versions(compute_requests, CREATE) == []
    outcome = nova_shell(*older, files)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert versions(compute_requests, CREATE) == ["2.50"]


def test_without_overrides(
    nova_shell: Shell, boot: list[str], compute_requests: ComputeRequests
) -> None:
    """Without the options the request is novaclient's own."""
    outcome = nova_shell(*boot)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert overrides_in(outcome.stdout) == {}
    assert versions(compute_requests, CREATE) == [NEWEST]


def test_show_and_list(
    nova_shell: Shell, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """A server is shown with its overrides, however it is named.

    Other commands are as they were.
    """
    server = nova.boot(OVERRIDES)
    for name in (server["id"], server["name"]):
        outcome = nova_shell("show", name)
        assert (outcome.status, outcome.stderr) == (0, "")
        assert overrides_in(outcome.stdout) == OVERRIDES
    compute_requests.clear()
    outcome = nova_shell("list")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "image_props_override" not in outcome.stdout
    assert set(dict(compute_requests).values()) == {"", NEWEST}


def test_server_of_a_cell_that_is_down(
    nova_shell: Shell, nova: NovaInProcess
) -> None:
    """What Nova can tell now is shown, without the overrides."""
    server = nova.boot(OVERRIDES)
    with lenient(), DownCellFixture():
        outcome = nova_shell("show", server["id"])
    assert (outcome.status, outcome.stderr) == (0, "")
    assert shown(outcome.stdout)["status"] == "UNKNOWN"
    assert overrides_in(outcome.stdout) is None


@pytest.mark.usefixtures("quick_polls")
def test_rebuild(
    nova_shell: Shell, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """A rebuild keeps what there is, takes a new set, or drops all."""
    server = nova.boot({"hw_vif_model": "e1000"})["id"]
    for options, overrides in (
        ([], {"hw_vif_model": "e1000"}),
        (OPTIONS, OVERRIDES),
        (["--no-image-prop-overrides"], {}),
    ):
        compute_requests.clear()
        outcome = nova_shell("rebuild", *options, "--poll", server, IMAGE)
        assert (outcome.status, outcome.stderr) == (0, "")
        assert overrides_in(outcome.stdout) == overrides
        assert shown(outcome.stdout)["adminPass"]
        sent = versions(
            compute_requests, f"POST /v2.1/servers/{server}/action"
        )
        assert sent == [OURS if options else NEWEST]


def test_rebuild_at_an_older_microversion(
    nova_shell: Shell, nova: NovaInProcess
) -> None:
    """What is shown of the rebuilt server is as of that microversion."""
    server = nova.boot(OVERRIDES)
    outcome = nova_shell(
        *("--os-compute-api-version=2.30", "rebuild"),
        *("--no-image-prop-overrides", server["id"], IMAGE),
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    assert f"({nova.flavor})" in shown(outcome.stdout)["flavor"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--image-prop-override"], "expected one argument"),
        (["--image-prop-override", "hw_disk_bus"], "expected KEY=VALUE"),
        (["--no-image-prop-override", "hw_disk_bus=ide"], "expected KEY"),
        (
            [
                *("--image-prop-override", "hw_disk_bus=ide"),
                *("--no-image-prop-override", "hw_disk_bus"),
            ],
            "hw_disk_bus is both overridden and removed",
        ),
        (["--no-image-prop-overrides"], "unrecognized arguments"),
    ],
    ids=["nothing", "no value", "a value", "both", "nothing to drop"],
)
def test_bad_arguments(
    nova_shell: Shell,
    boot: list[str],
    compute_requests: ComputeRequests,
    words: list[str],
    told: str,
) -> None:
    """A bad argument is told before anything is sent."""
    outcome = nova_shell(*boot, *words)
    assert outcome.status == 2
    assert told in outcome.stderr
    assert versions(compute_requests, CREATE) == []


def test_typo(
    nova_shell: Shell, boot: list[str], compute_requests: ComputeRequests
) -> None:
    """All wrong names and values are told, with what else is wrong."""
    outcome = nova_shell(
        *boot,
        "--image-prop-override=hw_disk_bsu=ide",
        "--image-prop-override=hw_numa_nodes=two",
        "--image-prop-override=os_command_line=quiet",
    )
    assert outcome.status == 1
    assert outcome.stdout == ""
    assert outcome.stderr.startswith(
        "ERROR (BadRequest): Invalid image_props_override, 3 problems:\n- "
    )
    assert "did you mean 'hw_disk_bus'?" in outcome.stderr
    assert "'two' is not an integer" in outcome.stderr
    assert "[kernel_missing]" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert versions(compute_requests, CREATE) == [OURS]


def test_refusal_of_the_cloud(
    nova_shell: Shell, boot: list[str], compute_requests: ComputeRequests
) -> None:
    """What only the cloud can tell is told in its own words."""
    outcome = nova_shell(
        *boot,
        "--image-prop-override=hw_boot_menu=yes",
        "--no-image-prop-override=hw_disk_bus",
    )
    assert outcome.status == 1
    assert "hw_disk_bus: " in outcome.stderr
    assert "[removal_of_absent]" in outcome.stderr
    assert versions(compute_requests, CREATE) == [OURS]


@pytest.mark.usefixtures("stock_nova")
def test_cloud_without_the_feature(
    nova_shell: Shell, boot: list[str], compute_requests: ComputeRequests
) -> None:
    """There, the options are refused; all else is as it was."""
    outcome = nova_shell(*boot, *OPTIONS)
    assert (outcome.status, outcome.stdout) == (1, "")
    assert "does not offer image_props_override" in outcome.stderr
    assert versions(compute_requests, CREATE) == []
    for words in (boot, ["show", "a-server"]):
        outcome = nova_shell(*words)
        assert (outcome.status, outcome.stderr) == (0, "")
        assert overrides_in(outcome.stdout) is None


@pytest.mark.parametrize("command", ["boot", "rebuild", "update"])
def test_help(nova_shell: Shell, command: str) -> None:
    """The options are in the commands' help."""
    outcome = nova_shell("help", command)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "--image-prop-override <key=value>" in outcome.stdout
    assert "--no-image-prop-override <key>" in outcome.stdout
    drop_all = "[--no-image-prop-overrides]" in outcome.stdout
    assert drop_all == (command != "boot")
