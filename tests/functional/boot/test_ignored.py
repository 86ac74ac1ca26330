# SPDX-License-Identifier: Apache-2.0
"""What Nova would take and make nothing of is refused, and told why."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from nova.virt import hardware

from tests.functional.api.previewing import codes, preview
from tests.functional.nova_in_process import NovaInProcess, skip_without

# overrides, extra specs of a flavor with two vCPUs; whose refusal, and code
IGNORED: dict[
    str, tuple[dict[str, str], dict[str, str], list[tuple[str, str]]]
] = {
    "secure boot with BIOS": (
        {"os_secure_boot": "required"},
        {},
        [("os_secure_boot", "partner_missing")],
    ),
    "stateless BIOS": (
        {"hw_firmware_stateless": "true"},
        {},
        [("hw_firmware_stateless", "partner_missing")],
    ),
    "realtime mask": (
        {"hw_cpu_realtime_mask": "^0"},
        {},
        [("hw_cpu_realtime_mask", "partner_missing")],
    ),
    "NUMA lists": (
        {"hw_numa_cpus.0": "0-1", "hw_numa_mem.0": "2048"},
        {},
        [
            ("hw_numa_cpus.0", "partner_missing"),
            ("hw_numa_mem.0", "partner_missing"),
        ],
    ),
    "more threads than CPUs": (
        {"hw_cpu_threads": "3"},
        {},
        [("hw_cpu_threads", "flavor_limit")],
    ),
    "more than can be multiplied": (
        {"hw_cpu_sockets": "2", "hw_cpu_cores": "2"},
        {},
        [("hw_cpu_cores", "flavor_limit")],
    ),
}


@pytest.mark.parametrize(
    ("overrides", "extra_specs", "refusals"), IGNORED.values(), ids=IGNORED
)
def test_refused(
    nova: NovaInProcess,
    overrides: dict[str, str],
    extra_specs: dict[str, str],
    refusals: list[tuple[str, str]],
) -> None:
    """A boot is answered with 400, and a preview tells the same."""
    skip_without(overrides)
    flavor = nova._create_flavor(vcpu=2, extra_spec=extra_specs)
    status, message = nova.refused(overrides, flavorRef=flavor)
    assert status == 400, message
    for name, code in refusals:
        assert f"{name}: " in message
        assert f"[{code}]" in message
    assert codes(preview(nova, overrides, flavorRef=flavor)) == refusals


def test_message_tells_what_there_would_be(nova: NovaInProcess) -> None:
    """Who asks for a topology that does not fit learns which one would."""
    _, message = nova.refused({"hw_cpu_sockets": "7"})
    assert "2 sockets with 1 cores of 1 threads" in message


def test_topology_of_image_and_override(nova: NovaInProcess) -> None:
    """What the image says counts too: all three have to fit."""
    image = nova.image_with(hw_cpu_sockets="2", hw_cpu_threads="1")
    status, message = nova.refused({"hw_cpu_cores": "2"}, imageRef=image)
    assert (status, "[flavor_limit]" in message) == (400, True)
    whole = {"hw_cpu_sockets": "1", "hw_cpu_cores": "2"}
    server = nova.boot(whole, imageRef=image)
    topology = ElementTree.fromstring(nova.domains[server["id"]]).find(
        "cpu/topology"
    )
    assert topology is not None
    assert topology.attrib == {"sockets": "1", "cores": "2", "threads": "1"}


def test_numa_lists_beside_the_flavor(nova: NovaInProcess) -> None:
    """Lists are taken where the flavor gives the guest its NUMA nodes."""
    flavor = nova._create_flavor(vcpu=2, extra_spec={"hw:numa_nodes": "2"})
    overrides = {
        "hw_numa_cpus.0": "0",
        "hw_numa_cpus.1": "1",
        "hw_numa_mem.0": "512",
        "hw_numa_mem.1": "1536",
    }
    server = nova.boot(overrides, flavorRef=flavor)
    cells = nova.instance(server).numa_topology.cells
    assert [cell.memory for cell in cells] == [512, 1536]


def test_the_image_may_ask_in_vain(nova: NovaInProcess) -> None:
    """What the image itself says is Nova's to ignore, as ever."""
    image = nova.image_with(
        **{
            "hw_cpu_sockets": "7",
            "hw_numa_cpus.0": "0-1",
            "hw_numa_mem.0": "2048",
            "os_secure_boot": "required",
        }
    )
    server = nova.boot({"hw_boot_menu": "true"}, imageRef=image)
    assert server["image_props_override"] == {"hw_boot_menu": "true"}


def test_limits_that_fit_no_topology(nova: NovaInProcess) -> None:
    """Where limits leave no topology at all, Nova's own words are told."""
    limits = {
        "hw_cpu_max_sockets": "1",
        "hw_cpu_max_cores": "1",
        "hw_cpu_max_threads": "1",
    }
    status, message = nova.refused(limits)
    assert (status, "[nova_refuses]" in message) == (400, True)
    assert "impossible" in message


def test_topologies_are_not_tried_for_nothing(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For hundreds of CPUs that takes seconds, which a caller would wait."""
    asked = []
    monkeypatch.setattr(
        hardware, "get_best_cpu_topology", lambda *args: asked.append(args)
    )
    assert preview(nova, {"hw_boot_menu": "true"})["bootable"]
    assert not asked
