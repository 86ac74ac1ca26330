# SPDX-License-Identifier: Apache-2.0
"""A resize does not make an override void without a word."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.nova_in_process import NOVAS_LAST, OURS, NovaInProcess
from tests.functional.services.two_hosts import TwoHosts

HARNESS = TwoHosts

Properties = dict[str, str]
NO_SPECS: Properties = {}
NUMA = {"hw_numa_cpus.0": "0-1", "hw_numa_mem.0": "2048"}

# overrides, extra specs of the first flavor and of the second, code
VOID: dict[str, tuple[Properties, Properties, Properties, str]] = {
    "CPU policy": (
        {"hw_cpu_policy": "shared"},
        NO_SPECS,
        {"hw:cpu_policy": "dedicated"},
        "flavor_wins",
    ),
    "video memory": (
        {"hw_video_ram": "32"},
        {"hw_video:ram_max_mb": "64"},
        {"hw_video:ram_max_mb": "16"},
        "flavor_limit",
    ),
    "NUMA lists": (
        NUMA,
        {"hw:numa_nodes": "1"},
        NO_SPECS,
        "partner_missing",
    ),
}


def _resize(
    nova: NovaInProcess,
    server: dict[str, Any],
    extra_specs: Properties,
    microversion: str = OURS,
    vcpu: int = 2,
) -> Any:
    flavor = nova._create_flavor(vcpu=vcpu, extra_spec=extra_specs)
    return nova.request(
        "POST",
        f"/v2.1/servers/{server['id']}/action",
        microversion,
        json={"resize": {"flavorRef": flavor}},
    )


@pytest.mark.parametrize("case", VOID.values(), ids=VOID)
def test_refused(
    nova: TwoHosts, case: tuple[Properties, Properties, Properties, str]
) -> None:
    """A flavor that leaves nothing of an override is refused by name."""
    overrides, before, after, code = case
    flavor = nova._create_flavor(vcpu=2, extra_spec=before)
    server = nova.boot(overrides, flavorRef=flavor)
    for microversion in (OURS, NOVAS_LAST):
        answer = _resize(nova, server, after, microversion)
        assert answer.status_code == 400, answer.text
        message = answer.json()["badRequest"]["message"]
        for name in overrides:
            assert f"{name}: " in message
        assert f"[{code}]" in message
        assert "The server has these overrides" in message
    assert nova.api.get_server(server["id"])["status"] == "ACTIVE"


def test_what_fits_is_resized(nova: TwoHosts) -> None:
    """Overrides stay in force; a CPU topology is no more than a wish."""
    overrides = {"hw_cpu_policy": "shared", "hw_cpu_threads": "2"}
    server = nova.boot(overrides)
    answer = _resize(nova, server, {"hw:hide_hypervisor_id": "true"}, vcpu=3)
    assert answer.status_code == 202, answer.text
    resized = nova._wait_for_state_change(server, "VERIFY_RESIZE")
    assert resized["image_props_override"] == overrides


def test_without_overrides(nova: TwoHosts) -> None:
    """What only the image says, Nova resizes as ever."""
    image = nova.image_with(hw_cpu_policy="shared")
    server = nova.boot(imageRef=image)
    answer = _resize(nova, server, {"hw:cpu_policy": "dedicated"})
    assert answer.status_code == 202, answer.text


def test_no_such_flavor(nova: TwoHosts) -> None:
    """Nova's own answer to a flavor that is none stays what it is."""
    server = nova.boot({"hw_boot_menu": "true"})
    answer = nova.request(
        "POST",
        f"/v2.1/servers/{server['id']}/action",
        OURS,
        json={"resize": {"flavorRef": "none"}},
    )
    assert answer.status_code == 400
    assert "none could not be found" in answer.text
