# SPDX-License-Identifier: Apache-2.0
"""The module for Ansible, against real Nova."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from nova.tests.fixtures import DownCellFixture

from image_props_override import ansible_modules
from image_props_override.clients.compute_requests import NOT_OFFERED
from image_props_override.core.override_request import KEY
from tests import PROJECT
from tests.clients import http_proxy
from tests.clients.conftest import MODULE, ComputeRequests, Task
from tests.functional.nova_in_process import NovaInProcess, lenient
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

EXAMPLE = PROJECT / "docs" / "examples" / "ansible" / "server.yaml"
E1000 = {"hw_vif_model": "e1000"}


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ANSIBLE_LIBRARY": str(ansible_modules.__path__[0]),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        # A line for each task: host | state => JSON.
        "ANSIBLE_STDOUT_CALLBACK": "oneline",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_NOCOLOR": "true",
    }


def _program(name: str) -> str:
    return str(Path(sys.prefix) / "bin" / name)


def test_the_example(
    ansible_clouds: Path, nova: NovaInProcess, tmp_path: Path
) -> None:
    """A playbook's server has the overrides, and is told with them."""
    overrides = {**E1000, "hw_boot_menu": "true", "hw_disk_bus": None}
    chosen = {
        "image": nova.image_with(hw_disk_bus="ide"),
        "flavor": nova.flavor,
    }
    with http_proxy.running() as proxy:
        run = subprocess.run(
            [
                _program("ansible-playbook"),
                f"--extra-vars={json.dumps(chosen)}",
                str(EXAMPLE),
            ],
            env=_environment(tmp_path)
            | {"OS_CLIENT_CONFIG_FILE": str(ansible_clouds)}
            | proxy,
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.stderr == ""
    created, told = (
        json.loads(line.partition(" => ")[2])
        for line in run.stdout.splitlines()
    )
    assert created["changed"]
    assert created["server"][KEY] == overrides
    assert told[f"result.server.{KEY}"] == overrides
    (server,) = nova.api.get_servers()
    assert server[KEY] == overrides


def test_ansible_doc(
    ansible_module: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What Ansible shows of the module is what it takes."""
    run = subprocess.run(
        [_program("ansible-doc"), "--json", MODULE],
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    shown = json.loads(run.stdout)[MODULE]
    options = shown["doc"]["options"]
    taken: dict[str, Any] = {}

    def take(**arguments: Any) -> None:
        taken.update(arguments["argument_spec"])
        raise SystemExit

    monkeypatch.setattr(ansible_module, "AnsibleModule", take)
    with pytest.raises(SystemExit):
        ansible_module.main()
    compared = ("type", "default", "choices", "required")
    assert {
        name: {each: option[each] for each in compared if option.get(each)}
        for name, option in options.items()
    } == {
        name: {each: option[each] for each in compared if option.get(each)}
        for name, option in taken.items()
    }
    examples = yaml.safe_load(shown["examples"])
    assert examples
    for example in examples:
        assert example[MODULE].keys() <= options.keys()
    assert shown["return"].keys() == {"server"}


def test_a_server_from_its_creation_to_its_end(
    task: Task, nova: NovaInProcess
) -> None:
    """Tasks do what is missing, and nothing else."""
    as_it_is = {"vmware_adaptertype": "buslogic"}
    recorded = {"hw_disk_bus": "scsi", "hw_scsi_model": "buslogic"}

    assert task(as_it_is, check_mode=True)["changed"]
    assert nova.api.get_servers() == []
    # What the cloud alone knows is told with what is wrong by itself.
    wrong = {"hw_vif_modle": "e1000", "os_command_line": "quiet"}
    assert "[kernel_missing]" in task(wrong)["msg"]
    created = task(as_it_is)
    assert created["changed"]
    assert created["server"][KEY] == recorded
    assert created["server"]["admin_password"]
    # The cloud's names for the property are no difference.
    same = task(as_it_is, timeout=0)
    assert not same["changed"]
    assert same["server"][KEY] == recorded
    refused = task(E1000)
    assert refused["failed"]
    assert "on_change=rebuild" in refused["msg"]
    assert task(E1000, check_mode=True, on_change="rebuild")["changed"]
    assert not task(as_it_is)["changed"]
    rebuilt = task(E1000, on_change="rebuild")
    assert rebuilt["changed"]
    assert rebuilt["server"]["id"] == created["server"]["id"]
    assert rebuilt["server"][KEY] == E1000
    assert "[kernel_missing]" in task(wrong, on_change="rebuild")["msg"]
    for check_mode in (False, True):
        typo = task(wrong, check_mode)["msg"]
        assert "did you mean 'hw_vif_model'?" in typo
        assert "on_change" not in typo
    unfit = task({"hw_vif_model": ["e1000"]})
    assert "the value of hw_vif_model is neither text" in unfit["msg"]
    assert task(check_mode=True, state="absent")["changed"]
    assert len(nova.api.get_servers()) == 1
    assert task(state="absent")["changed"]
    assert not task(state="absent")["changed"]
    assert nova.api.get_servers() == []


@pytest.mark.parametrize("overrides", [E1000, {}])
def test_a_chosen_microversion(
    task: Task,
    overrides: dict[str, str],
    compute_requests: ComputeRequests,
) -> None:
    """Where clouds.yaml pins an older one, an equal server is left alone."""
    created = task(overrides, cloud="pinned")
    assert created["server"][KEY] == overrides
    compute_requests.clear()
    same = task(overrides, cloud="pinned", on_change="rebuild")
    assert not same["changed"]
    assert same["server"][KEY] == overrides
    assert not [
        request
        for request, _ in compute_requests
        if not request.startswith("GET ")
    ]


@pytest.mark.parametrize("overrides", [E1000, {}])
def test_the_cell_of_a_server_is_down(
    task: Task,
    overrides: dict[str, str],
    nova: NovaInProcess,
    compute_requests: ComputeRequests,
) -> None:
    """A server whose overrides Nova cannot tell now is left alone."""
    server = nova.boot(overrides)
    with lenient(), DownCellFixture():
        refused = task(overrides, name=server["id"], on_change="rebuild")
    assert "cannot read the overrides of" in refused["msg"]
    assert server["id"] in refused["msg"]
    assert f"POST /v2.1/servers/{server['id']}/action" not in dict(
        compute_requests
    )


def test_a_server_that_failed(task: Task) -> None:
    """It fails each task, with the fault, even if it has the overrides."""
    # The host has no such CPU.
    overrides = {"trait:HW_CPU_X86_SGX": "required"}
    created = task(overrides)
    assert "is in status ERROR: No valid host was found" in created["msg"]
    found = task(overrides, on_change="rebuild")
    assert found["msg"] == created["msg"]
    assert task(state="absent")["changed"]


@pytest.mark.parametrize(
    "state", [{"vm_state": "building"}, {"task_state": "rebuilding"}]
)
def test_a_server_that_is_not_ready(
    task: Task,
    state: dict[str, str],
    nova: NovaInProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is waited for."""
    instance = nova.instance(nova.boot(E1000))
    usual = {name: instance[name] for name in state}
    instance.update(state)
    instance.save()
    waits = []

    def become_ready(seconds: float) -> None:
        waits.append(seconds)
        instance.update(usual)
        instance.save()

    import openstack.utils

    # Time goes on as it does; only nobody sleeps.
    clock = SimpleNamespace(time=time.time, sleep=become_ready)
    monkeypatch.setattr(openstack.utils, "time", clock)
    same = task(E1000)
    assert len(waits) == 1
    assert not same["changed"]
    assert same["server"]["status"] == "ACTIVE"


def test_fields_of_a_new_server(task: Task, nova: NovaInProcess) -> None:
    """Names that would be dropped, or are the module's, are refused."""
    wrong = {
        "keyname": "mine",
        "nics": [],
        "image_id": "any",
        "name": "other",
        "max_count": 2,
        KEY: {},
    }
    refused = task(E1000, check_mode=True, server=wrong)["msg"]
    assert "no field 'keyname', did you mean 'key_name'?" in refused
    assert "no field 'nics'" in refused
    for name in ("image_id", "name", "max_count", KEY):
        assert f"{name} is set by the module itself" in refused
    # The SDK's name of a field, and Nova's.
    right = {
        "networks": "none",
        "description": "mine",
        "OS-DCF:diskConfig": "MANUAL",
    }
    assert task(E1000, server=right)["changed"]
    (server,) = nova.api.get_servers()
    assert server["description"] == "mine"
    assert server["OS-DCF:diskConfig"] == "MANUAL"


@pytest.mark.parametrize("option", ["image", "flavor"])
@pytest.mark.parametrize("check_mode", [False, True])
def test_check_mode_fails_as_the_task_does(
    task: Task, option: str, check_mode: bool
) -> None:
    """An image or a flavor that is not there is told in check mode, too."""
    typo: dict[str, Any] = {option: "typo"}
    assert "typo" in task(E1000, check_mode, **typo)["msg"]
    none: dict[str, Any] = {option: None}
    needed = f"{option} is required here"
    assert task(E1000, check_mode, **none)["msg"] == needed


@pytest.mark.usefixtures("stock_nova")
def test_a_cloud_without_the_feature(task: Task, nova: NovaInProcess) -> None:
    """Servers can be deleted there, whatever the task says else."""
    nova.boot()
    assert task(E1000)["msg"] == NOT_OFFERED
    wrong = {KEY: {"hw_vif_modle": "e1000"}, "server": {"nics": []}}
    assert task(state="absent", **wrong)["changed"]
    assert nova.api.get_servers() == []
