# SPDX-License-Identifier: Apache-2.0
"""Servers with overrides in Heat's own engine, against real Nova."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from nova.tests.fixtures import DownCellFixture

from image_props_override.clients.compute_requests import NOT_OFFERED
from image_props_override.core.override_request import KEY
from tests import PROJECT
from tests.clients import heat_engine
from tests.clients.conftest import ComputeRequests
from tests.functional.lifecycle.test_stopped_server import stop
from tests.functional.nova_in_process import (
    IMAGE,
    OURS,
    NovaInProcess,
    lenient,
)
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

TYPE = "ImagePropsOverride::Nova::Server"
EXAMPLE = PROJECT / "docs" / "examples" / "heat" / "server.yaml"

E1000 = {"hw_vif_model": "e1000"}
RTL8139 = {"hw_vif_model": "rtl8139"}

Answer = dict[str, Any]
Stack = Callable[..., Answer]


@pytest.fixture(scope="module")
def heat(
    started_nova: NovaInProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Any], Answer]]:
    """Return a function that gives a command to Heat's engine."""
    said = tmp_path_factory.mktemp("heat") / "stderr"
    with heat_engine.running(started_nova.api.project_id, said) as command:
        yield command


@pytest.fixture
def stack(
    heat: Callable[[Any], Answer],
    identity_and_glance: str,
    nova: NovaInProcess,
) -> Stack:
    """Return a function that creates or updates the test's stack.

    Without a template it only looks at the stack.
    """
    del identity_and_glance
    image = nova.image_with(hw_disk_bus="ide")
    name = f"stack-{uuid.uuid4()}"

    def run(
        template: str | None = None,
        environment: dict[str, Any] | None = None,
        **parameters: object,
    ) -> Answer:
        command = {"name": name}
        if template is not None:
            given = {"image": image, "flavor": nova.flavor, **parameters}
            whole = {"parameters": given, **(environment or {})}
            command |= {"template": template, "environment": json.dumps(whole)}
        return heat(command)

    return run


def template_with(
    overrides: object, others: dict[str, Any] | None = None, **fields: object
) -> str:
    """Return a template of one server.

    Args:
        overrides: Its property; None leaves it out.
        others: Other resources.
        **fields: Other properties of the server; None leaves one out.
    """
    properties = {
        "image": {"get_param": "image"},
        "flavor": {"get_param": "flavor"},
        "networks": [{"allocate_network": "none"}],
        KEY: overrides,
        **fields,
    }
    given = {k: v for k, v in properties.items() if v is not None}
    parameters = {
        "image": {"type": "string"},
        "flavor": {"type": "string"},
        "map": {"type": "json", "default": {}},
    }
    template = {
        "heat_template_version": "2021-04-16",
        "parameters": parameters,
        "resources": {
            "server": {"type": TYPE, "properties": given},
            **(others or {}),
        },
    }
    return json.dumps(template)


def changes(requests: ComputeRequests) -> list[str]:
    """Return the requests that were no readings, and forget all."""
    found = [each for each, _ in requests if not each.startswith("GET ")]
    requests.clear()
    return found


def test_the_example(stack: Stack) -> None:
    """Overrides are there; new ones rebuild the server, or replace it."""
    example = EXAMPLE.read_text()
    changed = example.replace("e1000", "rtl8139")
    start = example.index("      image_props_override:")
    dropped = example[:start]
    replaced = changed.replace(
        "      image_props_override:",
        "      image_update_policy: REPLACE\n      image_props_override:",
    )

    steps = [stack(each) for each in (example, changed, dropped, replaced)]

    states = [step["state"] for step in steps]
    assert states == ["CREATE_COMPLETE", *["UPDATE_COMPLETE"] * 3], steps
    overrides = {**E1000, "hw_boot_menu": "true", "hw_disk_bus": None}
    assert [step[KEY] for step in steps] == [
        overrides,
        overrides | RTL8139,
        {},
        overrides | RTL8139,
    ]
    servers = [step["server"] for step in steps]
    assert servers[0] == servers[1] == servers[2] != servers[3]


def test_in_the_place_of_heats_own(
    stack: Stack, compute_requests: ComputeRequests
) -> None:
    """A line in the environment; wrong names fail before anything is sent.

    Servers without overrides are created as Heat creates them.
    """
    environment = {"resource_registry": {"OS::Nova::Server": TYPE}}

    def run(overrides: object) -> Answer:
        template = template_with(overrides).replace(TYPE, "OS::Nova::Server")
        return stack(template, environment)

    refused = run({"hw_vif_modle": "e1000"})
    unfit = run({"hw_vif_model": ["e1000"]})
    assert refused["state"] == unfit["state"] == "REFUSED"
    assert "did you mean 'hw_vif_model'?" in refused["reason"]
    assert "the value of hw_vif_model is neither text" in unfit["reason"]
    created = run(None)
    assert created["state"] == "CREATE_COMPLETE", created
    assert created[KEY] == {}
    (version,) = [
        version
        for request, version in compute_requests
        if request == "POST /v2.1/servers"
    ]
    # Heat 22 itself takes the newest that there is.
    # Importing Heat would switch lazy translation on, for this process too.
    heat = find_spec("heat")
    assert heat is not None
    assert heat.origin is not None
    plugin = Path(heat.origin).parent / "engine/clients/os/nova.py"
    heats_own = plugin.read_text()
    is_limited = "self.max_microversion = min(" in heats_own
    assert (version != OURS) == is_limited


def test_the_same_in_other_words(
    stack: Stack, compute_requests: ComputeRequests
) -> None:
    """Overrides that only are written in another way change nothing."""
    from_parameter = {"get_param": "map"}
    numbers = {"hw_boot_menu": True, "hw_cpu_max_sockets": 2}
    texts = {"hw_boot_menu": "true", "hw_cpu_max_sockets": "2"}
    created = stack(template_with(None))
    was: dict[str, str] = {}
    for same, parameters, overrides in (
        ({}, {}, {}),
        (from_parameter, {}, {}),
        (None, {}, {}),
        (numbers, {}, texts),
        (texts, {}, texts),
        (from_parameter, {"map": numbers}, texts),
        ({"vmware_adaptertype": "ide"}, {}, {"hw_disk_bus": "ide"}),
        ({"hw_disk_bus": "ide"}, {}, {"hw_disk_bus": "ide"}),
        ({}, {}, {}),
    ):
        compute_requests.clear()
        updated = stack(template_with(same), **parameters)
        assert updated["state"] == "UPDATE_COMPLETE", updated
        assert updated[KEY] == overrides
        assert bool(changes(compute_requests)) == (was != overrides)
        assert updated["server"] == created["server"]
        was = overrides


def test_a_server_that_boots_from_a_volume(
    stack: Stack, compute_requests: ComputeRequests
) -> None:
    """New overrides take a new server; the same in other words do not."""
    volume = {"image": {"get_param": "image"}, "volume_size": 10}

    def apply(overrides: object) -> Answer:
        return stack(
            template_with(
                overrides, image=None, block_device_mapping_v2=[volume]
            )
        )

    created = apply(E1000)
    assert created["state"] == "CREATE_COMPLETE", created
    assert created[KEY] == E1000
    replaced = apply({"hw_boot_menu": True})
    assert replaced["state"] == "UPDATE_COMPLETE", replaced
    assert replaced[KEY] == {"hw_boot_menu": "true"}
    assert replaced["server"] != created["server"]
    changes(compute_requests)
    same = apply({"hw_boot_menu": "true"})
    assert same == replaced
    assert changes(compute_requests) == []


def test_a_stopped_server(
    stack: Stack, nova: NovaInProcess, compute_requests: ComputeRequests
) -> None:
    """It is changed, whatever the policy, and keeps its disk.

    What takes more than a start is applied as the policy says.
    """
    policy: dict[str, Any] = {"image_update_policy": "REPLACE"}
    created = stack(template_with(E1000, **policy))
    server = {"id": created["server"]}
    stop(nova, server)
    changes(compute_requests)
    updated = stack(template_with(RTL8139, **policy))
    assert updated["state"] == "UPDATE_COMPLETE", updated
    assert updated["server"] == created["server"]
    assert updated[KEY] == RTL8139
    asked = [each for each in changes(compute_requests) if "PUT" in each]
    assert asked == [f"PUT /v2.1/servers/{created['server']}"]
    dropped = stack(template_with(None, name="new", **policy))
    assert (dropped["server"], dropped[KEY]) == (created["server"], {})
    told = nova.api.get_server(server["id"])
    assert (told["name"], told["status"]) == ("new", "SHUTOFF")
    moved = stack(template_with({"hw_cpu_policy": "shared"}, **policy))
    assert moved["state"] == "UPDATE_COMPLETE", moved
    assert moved["server"] != created["server"]


def test_a_stopped_server_on_a_volume(
    stack: Stack, nova: NovaInProcess
) -> None:
    """It is changed, too, and is not replaced."""
    volume = {"image": {"get_param": "image"}, "volume_size": 10}
    fields: dict[str, Any] = {
        "image": None,
        "block_device_mapping_v2": [volume],
    }
    created = stack(template_with(E1000, **fields))
    stop(nova, {"id": created["server"]})
    updated = stack(template_with(RTL8139, **fields))
    assert updated["state"] == "UPDATE_COMPLETE", updated
    assert updated["server"] == created["server"]
    assert updated[KEY] == RTL8139


@pytest.mark.usefixtures("stock_nova")
def test_a_cloud_without_the_feature(
    stack: Stack, compute_requests: ComputeRequests
) -> None:
    """No overrides, in whatever words, are as of any server there."""
    refused = stack(template_with(E1000))
    assert refused["state"] == "REFUSED"
    assert NOT_OFFERED in refused["reason"]
    created = stack(template_with({"get_param": "map"}))
    assert created["state"] == "CREATE_COMPLETE", created
    changes(compute_requests)
    same = stack(template_with(None))
    assert same["state"] == "UPDATE_COMPLETE", same
    assert changes(compute_requests) == []
    rebuilt = stack(template_with({}, image=IMAGE))
    assert rebuilt["state"] == "UPDATE_COMPLETE", rebuilt
    assert rebuilt["server"] == created["server"]
    assert changes(compute_requests) == [
        f"POST /v2.1/servers/{created['server']}/action"
    ]


def test_values_of_other_resources(stack: Stack) -> None:
    """What is not known yet is checked when it is: that is no removal."""
    others = {
        "other": {
            "type": "OS::Heat::Value",
            "properties": {"value": "1"},
        },
        "all": {
            "type": "OS::Heat::Value",
            "properties": {"type": "json", "value": {"hw_vif_modle": "e1000"}},
        },
    }
    value = {"get_attr": ["other", "value"]}
    # None of them can be removed by its name.
    overrides = {
        "hw_numa_nodes": 2,
        "hw_numa_cpus.0": 0,
        "hw_numa_cpus.1": value,
        "hw_numa_mem.0": 1024,
        "hw_numa_mem.1": 1024,
    }
    wrong = stack(
        template_with({**overrides, "hw_vif_modle": "e1000"}, others)
    )
    assert wrong["state"] == "REFUSED"
    assert "did you mean 'hw_vif_model'?" in wrong["reason"]
    assert "hw_numa" not in wrong["reason"]
    whole = stack(template_with({"get_attr": ["all", "value"]}, others))
    assert whole["state"] == "CREATE_FAILED"
    assert "did you mean 'hw_vif_model'?" in whole["reason"]
    created = stack(template_with(overrides, others))
    assert created["state"] == "UPDATE_COMPLETE", created
    assert created[KEY] == {
        "hw_numa_nodes": "2",
        "hw_numa_cpus.0": "0",
        "hw_numa_cpus.1": "1",
        "hw_numa_mem.0": "1024",
        "hw_numa_mem.1": "1024",
    }


def test_a_server_that_nova_cannot_show(
    stack: Stack, nova: NovaInProcess
) -> None:
    """The attribute has no value then."""
    created = stack(template_with(E1000))
    assert created[KEY] == E1000
    with lenient(), DownCellFixture():
        assert stack()[KEY] is None
    assert stack()[KEY] == E1000
    nova.delete_servers()
    assert stack()[KEY] is None
