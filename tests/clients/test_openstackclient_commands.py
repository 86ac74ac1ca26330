# SPDX-License-Identifier: Apache-2.0
"""The commands of our own, and the page that tells of all."""

from __future__ import annotations

import json
import re

import pytest
from nova.tests.fixtures import DownCellFixture

from tests.clients.conftest import VOLUME, ComputeRequests, Shell, shown
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
    lenient,
)
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

PROPERTIES = ("server", "image", "property", "list")
CATALOGUE = ("image", "property", "override", "list")
PREVIEW = ("image", "property", "override", "preview")


def boot_on_volume(
    nova: NovaInProcess, overrides: dict[str, str], source: str, id_: str
) -> None:
    """Boot from a volume, or from one that is made of an image."""
    device = {
        "uuid": id_,
        "source_type": source,
        "destination_type": "volume",
        "volume_size": 1,
        "boot_index": 0,
    }
    nova.boot(overrides, imageRef=None, block_device_mapping_v2=[device])


def test_server_properties(openstack: Shell, nova: NovaInProcess) -> None:
    """Each property of a server is told with its value and its origin."""
    image = nova.image_with(
        architecture="x86_64", hw_vif_model="e1000", os_distro="debian"
    )
    nova.boot({"os_distro": "fedora", "hw_vif_model": None}, imageRef=image)
    rows = shown(openstack(*PROPERTIES, "overridden", "--long", "-f", "json"))
    told = {
        row["Property"]: (row["Value"], row["Origin"], row["Image Value"])
        for row in rows
    }
    assert told["os_distro"] == ("fedora", "override", "debian")
    assert told["hw_architecture"] == ("x86_64", "image", "x86_64")
    assert told["hw_machine_type"] == ("pc", "nova", None)
    # Removed from the image's: in its place is what Nova chooses then.
    assert told["hw_vif_model"] == ("virtio", "nova", "e1000")

    outcome = openstack(*PROPERTIES, "overridden", "-f", "value")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "os_distro fedora override\n" in outcome.stdout
    outcome = openstack(
        *PROPERTIES, "overridden", "-c", "Property", "-f", "yaml"
    )
    assert "- Property: os_distro\n" in outcome.stdout


def test_server_properties_without_the_image(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """Where the image is gone, the answer says what is not known."""
    image = nova.image_with(os_distro="debian")
    nova.boot({"hw_disk_bus": "scsi"}, imageRef=image)
    nova.glance.delete(None, image)
    outcome = openstack(*PROPERTIES, "overridden", "-f", "value")
    assert outcome.status == 0
    assert "os_distro debian unknown\n" in outcome.stdout
    assert "hw_disk_bus scsi override\n" in outcome.stdout
    assert f"Cannot read image {image} (404)" in outcome.stderr


def test_server_properties_on_a_volume(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """Nova tells of such a server only what was overridden."""
    boot_on_volume(nova, {"hw_disk_bus": "scsi"}, "volume", VOLUME)
    outcome = openstack(*PROPERTIES, "overridden", "-f", "value")
    assert outcome.stdout == "hw_disk_bus scsi override\n"
    assert "boots from a volume" in outcome.stderr


def test_default_of_a_server_on_a_volume(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """What ``%default%`` stands for is not known there, and is said so."""
    image = nova.kernel_image_with(os_command_line="console=ttyS0")
    overrides = {"os_command_line": "%default% quiet"}
    boot_on_volume(nova, overrides, "image", image)
    outcome = openstack(*PROPERTIES, "overridden", "-f", "json")
    assert json.loads(outcome.stdout) == [
        {"Property": "os_command_line", "Value": None, "Origin": "override"}
    ]
    assert "boots from a volume" in outcome.stderr
    assert "overridden with %default% quiet" in outcome.stderr


def test_server_of_a_cell_that_is_down(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """The command says that Nova cannot tell, and guesses nothing."""
    server = nova.boot({"hw_disk_bus": "scsi"})
    with lenient(), DownCellFixture():
        outcome = openstack(*PROPERTIES, server["id"])
    assert (outcome.status, outcome.stdout) == (1, "")
    assert "the server's status is UNKNOWN" in outcome.stderr


def test_catalogue(openstack: Shell) -> None:
    """What exists, what it takes, and whether this user may."""
    rows = shown(openstack(*CATALOGUE, "-f", "json"))
    by_name = {row["Name"]: row for row in rows}
    assert by_name["hw_disk_bus"]["Allowed"] is True
    assert "virtio" in by_name["hw_disk_bus"]["Legal Values"]
    assert "virtio" in by_name["hw_disk_bus"]["Allowed Values"]["values"]
    assert by_name["hw_disk_bus"]["Removal Allowed"] is True
    assert by_name["img_signature"]["Allowed"] is False
    assert by_name["hw_boot_menu"]["Type"] == "boolean"
    (row,) = shown(openstack(*CATALOGUE, "--name=hw_numa_nodes", "-fjson"))
    assert (row["Minimum"], row["Maximum"]) == (1, 128)
    assert row["Legal Values"] == []
    assert row["Allowed Values"] == {"values": [], "ranges": [[1, 128]]}
    assert row["Rule"] == (
        "allow pattern '*' (rule 1 of nova.conf [image_props_override] allow)"
    )
    assert row["Description"]


@pytest.mark.parametrize(
    ("options", "columns", "headers"),
    [
        ([], 80, ["Name", "Allowed Values"]),
        (["--long"], 120, ["Name", "Description", "Allowed Values", "Rule"]),
    ],
    ids=["short", "long"],
)
def test_catalogue_as_a_table(
    openstack: Shell, options: list[str], columns: int, headers: list[str]
) -> None:
    """All properties fit a terminal, with what this user may set."""
    outcome = openstack(*CATALOGUE, *options)
    assert (outcome.status, outcome.stderr) == (0, "")
    lines = outcome.stdout.splitlines()
    assert {len(line) for line in lines} <= {columns, columns - 1}
    assert [each.strip() for each in lines[1].split("|")[1:-1]] == headers
    shortened = re.search(r"\w, \.\.\. \(\d+\)", outcome.stdout)
    assert shortened or not options


def test_catalogue_by_name(openstack: Shell) -> None:
    """A name, a legacy name or a pattern chooses among them."""

    def names(pattern: str) -> list[str]:
        rows = shown(openstack(*CATALOGUE, "--name", pattern, "-f", "json"))
        return [row["Name"] for row in rows]

    assert names("architecture") == ["hw_architecture"]
    assert names("vmware_adaptertype") == ["hw_disk_bus", "hw_scsi_model"]
    assert "hw_scsi_model" in names("vmware_*")
    assert names("hw_numa_*") == [
        "hw_numa_cpus",
        "hw_numa_mem",
        "hw_numa_nodes",
    ]
    assert names("hw_numa_cpus.3") == ["hw_numa_cpus"]
    assert names("trait:HW_CPU_X86_AVX2") == ["traits_required"]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (
            "hw_dsk_bus",
            "hw_dsk_bus: Nova does not read it; did you mean 'hw_disk_bus'? "
            "[name_unknown]",
        ),
        (
            "hw_nonsense",
            "hw_nonsense: Nova does not read it; 'openstack image property "
            "override list' lists what it reads [name_unknown]",
        ),
        # Near to img_signature, which nobody may override.
        (
            "img_signatur",
            "img_signatur: Nova does not read it; 'openstack image property "
            "override list' lists what it reads [name_unknown]",
        ),
        (
            "disk*",
            "--name: no image property matches 'disk*'; did you mean "
            "'*disk*'?",
        ),
        (
            "hw_nmua_*",
            "--name: no image property matches 'hw_nmua_*'; did you mean "
            "'hw_numa_*'?",
        ),
        (
            "signature*",
            "--name: no image property matches 'signature*'; without "
            "--name, all are listed",
        ),
    ],
)
def test_catalogue_without_such_a_name(
    openstack: Shell, pattern: str, told: str
) -> None:
    """Where nothing is found, that is an error which says what is near."""
    outcome = openstack(*CATALOGUE, "--name", pattern)
    assert (outcome.status, outcome.stdout) == (1, "")
    assert outcome.stderr == f"{told}\n"


def test_catalogue_of_one_property(openstack: Shell) -> None:
    """Alone, a property has all its values, or why there are none.

    Not those that no host of the cloud supports.
    """
    table = openstack(*CATALOGUE, "--name", "hw_disk_bus").stdout
    for value in ("ide", "scsi", "virtio"):
        assert f" {value}" in table
    assert "xen" not in table
    table = openstack(*CATALOGUE, "--name", "hw_rescue_bus").stdout
    assert "| none: Nova reads it from the rescue image; " in table


def test_columns_by_name(openstack: Shell) -> None:
    """A table has any column that the user names."""
    outcome = openstack(
        *(*CATALOGUE, "--name", "hw_boot_menu", "-c", "Type", "-c", "Rule")
    )
    assert "| boolean | allow pattern '*' |" in outcome.stdout


def test_preview(openstack: Shell, nova: NovaInProcess) -> None:
    """What a server would have, and that it would boot; none is booted."""
    image = nova.image_with(os_distro="debian", hw_vif_model="e1000")
    words = (
        *(*PREVIEW, "--image", image, "--flavor", nova.flavor),
        *("--image-prop-override", "os_distro=fedora"),
        *("--no-image-prop-override", "hw_vif_model"),
    )
    answer = shown(openstack(*words, "-f", "json"))
    assert (answer["bootable"], answer["problems"]) == (True, [])
    assert {
        "name": "os_distro",
        "value": "fedora",
        "origin": "override",
        "image_value": "debian",
        "supported": None,
    } in answer["properties"]
    table = openstack(*words).stdout
    assert "os_distro=fedora (override, image: debian)" in table
    assert "hw_vif_model (removed, image: e1000)" in table
    assert nova.api.get_servers(detail=False) == []


def test_preview_of_what_no_host_supports(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """It is said of each value, refused or not."""
    outcome = openstack(
        *(*PREVIEW, "--image", IMAGE, "--flavor", nova.flavor),
        *("--image-prop-override", "hw_disk_bus=xen"),
    )
    assert "hw_disk_bus=xen (override, no host supports it)" in outcome.stdout


def test_preview_of_a_refusal(openstack: Shell, nova: NovaInProcess) -> None:
    """Every problem is shown, and the exit status stops a script."""
    words = (
        *(*PREVIEW, "--image", IMAGE, "--flavor", nova.flavor),
        *("--image-prop-override", "hw_disk_bus=virtoi"),
        *("--image-prop-override", "img_signature=x"),
    )
    answer = shown(openstack(*words, "-f", "json"), status=1)
    assert answer["bootable"] is False
    assert {each["code"] for each in answer["problems"]} == {
        "value_invalid",
        "no_effect",
    }
    outcome = openstack(
        *(*words, "--image-prop-override", "hw_nonsense=1"),
        *("-c", "problems", "-f", "value"),
    )
    assert outcome.status == 1
    assert "'openstack image property override list'" in outcome.stdout
    assert "GET /" not in outcome.stdout
    table = openstack(*words).stdout
    assert "Did you mean 'virtio'? [value_invalid]" in table
    assert "img_signature: has no effect: " in table


def test_preview_of_a_volume(openstack: Shell, nova: NovaInProcess) -> None:
    """A volume's image counts."""
    words = (*PREVIEW, "--volume", VOLUME, "--flavor", nova.flavor)
    answer = shown(
        openstack(*words, "--image-prop-override=hw_disk_bus=scsi", "-f=json")
    )
    assert answer["bootable"] is True
    assert "hw_disk_bus" in {each["name"] for each in answer["properties"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--image", "x"], "one of the arguments --flavor --server is"),
        (["--flavor", "x"], "one of the arguments --image --volume --server"),
        (["--image", "x", "--volume", "y", "--flavor", "z"], "not allowed"),
    ],
)
def test_preview_arguments(
    openstack: Shell, words: list[str], told: str
) -> None:
    """One source and a flavor are needed."""
    outcome = openstack(*PREVIEW, *words)
    assert outcome.status == 2
    assert told in outcome.stderr


def test_preview_of_what_is_not_there(
    openstack: Shell, nova: NovaInProcess
) -> None:
    """A name that nothing has is an error that tells it."""
    flavor = ("--flavor", nova.flavor)
    outcome = openstack(*PREVIEW, "--image", "no-such", *flavor)
    assert outcome.status == 1
    assert "no-such" in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    "words", [(*PROPERTIES, "x"), CATALOGUE], ids=["server", "catalogue"]
)
def test_older_microversion(openstack: Shell, words: tuple[str, ...]) -> None:
    """The commands say which microversion they need."""
    outcome = openstack(f"--os-compute-api-version={NOVAS_LAST}", *words)
    assert outcome.status == 1
    assert outcome.stderr == (
        f"--os-compute-api-version {OURS} or greater is required to support "
        "this command\n"
    )


def test_cloud_without_the_feature(openstack: Shell, stock_nova: None) -> None:
    """The commands say what the cloud lacks."""
    del stock_nova
    for words in (
        (*PROPERTIES, "x"),
        CATALOGUE,
        (*PREVIEW, "--image", IMAGE, "--flavor", "x"),
    ):
        outcome = openstack(*words)
        assert outcome.status == 1
        assert outcome.stdout == ""
        assert "does not offer image_props_override" in outcome.stderr


def test_help_and_completion(
    openstack: Shell, compute_requests: ComputeRequests
) -> None:
    """The commands and all options are found without a cloud."""
    for words in (PROPERTIES, CATALOGUE, PREVIEW):
        outcome = openstack(*words, "--help")
        assert "microversion" in outcome.stdout
    outcome = openstack("complete", "--shell", "none")
    assert (outcome.status, outcome.stderr) == (0, "")
    completed = dict(
        line.strip().split("=", 1) for line in outcome.stdout.splitlines()
    )
    assert "override" in completed["cmds_image_property"]
    counts = {"create": 2, "rebuild": 3, "set": 3, "unset": 1}
    for command, count in counts.items():
        options = completed[f"cmds_server_{command}"].strip("'").split()
        assert sum("image-prop-" in option for option in options) == count
        assert len(options) == len(set(options))
    assert compute_requests == []
