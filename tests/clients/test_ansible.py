# SPDX-License-Identifier: Apache-2.0
"""The module for Ansible in real playbooks, against real Nova."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from image_props_override import ansible_modules
from image_props_override.core.override_request import KEY
from sandbox.settings import CHECKOUT
from tests.clients import http_proxy
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.our_services import OurServices

HARNESS = OurServices

EXAMPLE = CHECKOUT / "docs" / "examples" / "ansible" / "server.yaml"
MODULE = "server_with_image_props"

Tasks = list[dict[str, Any]]
Play = Callable[..., Tasks]


@pytest.fixture
def play(
    nova: NovaInProcess, identity_and_glance: str, tmp_path: Path
) -> Iterator[Play]:
    """Return a function that runs a playbook, and returns tasks' results."""
    (tmp_path / "clouds.yaml").write_text(
        "clouds: {mycloud: {auth: {username: admin, password: any,"
        f" auth_url: '{identity_and_glance}', project_name: demo,"
        " user_domain_id: default, project_domain_id: default}}}\n"
    )
    chosen = {
        "image": nova.image_with(hw_disk_bus="ide"),
        "flavor": nova.flavor,
    }
    environment = {
        **os.environ,
        "OS_CLIENT_CONFIG_FILE": str(tmp_path / "clouds.yaml"),
        "ANSIBLE_LIBRARY": str(ansible_modules.__path__[0]),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        # A line for each task: host | state => JSON.
        "ANSIBLE_STDOUT_CALLBACK": "oneline",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_NOCOLOR": "true",
    }
    with http_proxy.running() as proxy:

        def run(playbook: Path | Tasks) -> Tasks:
            if isinstance(playbook, list):
                file = tmp_path / "playbook.json"
                host = {"hosts": "localhost", "gather_facts": False}
                file.write_text(json.dumps([{**host, "tasks": playbook}]))
                playbook = file
            result = subprocess.run(
                [
                    str(Path(sys.prefix) / "bin" / "ansible-playbook"),
                    f"--extra-vars={json.dumps(chosen)}",
                    str(playbook),
                ],
                env=environment | proxy,
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.stderr == ""
            return [
                json.loads(told)
                for line in result.stdout.splitlines()
                # Ansible says "An exception occurred" before each failure.
                for _, arrow, told in [line.partition(" => ")]
                if arrow
            ]

        yield run


def test_the_example(play: Play, nova: NovaInProcess) -> None:
    """A server is created with the overrides, and told with them."""
    overrides = {
        "hw_vif_model": "e1000",
        "hw_boot_menu": "true",
        "hw_disk_bus": None,
    }
    created, told = play(EXAMPLE)
    assert created["changed"]
    assert created["server"][KEY] == overrides
    assert told[f"result.server.{KEY}"] == overrides
    (server,) = nova.api.get_servers()
    assert server[KEY] == overrides


def test_a_server_from_its_creation_to_its_end(
    play: Play, nova: NovaInProcess
) -> None:
    """Tasks do what is missing, and nothing else."""
    as_it_is = _task(vmware_adaptertype="buslogic")
    changed = _task(hw_vif_model="e1000")

    results = play(
        [
            as_it_is | {"check_mode": True},
            as_it_is,
            as_it_is,
            changed | {"ignore_errors": True},
            _with(changed, on_change="rebuild") | {"check_mode": True},
            _with(changed, on_change="rebuild"),
            _task(hw_vif_modle="e1000") | {"ignore_errors": True},
            _task(hw_vif_model=["e1000"]) | {"ignore_errors": True},
            _with(changed, state="absent"),
            _with(changed, state="absent"),
        ]
    )

    would_create, created, same, refused, *results = results
    assert would_create["changed"]
    assert created["changed"]
    recorded = {"hw_disk_bus": "scsi", "hw_scsi_model": "buslogic"}
    assert created["server"][KEY] == recorded
    # The cloud's names for the property are no difference.
    assert not same["changed"]
    assert not refused["changed"]
    assert "on_change=rebuild would rebuild it" in refused["msg"]
    would_rebuild, rebuilt, typo, unfit, ended, gone = results
    assert would_rebuild["changed"]
    assert rebuilt["changed"]
    assert rebuilt["server"]["id"] == created["server"]["id"]
    assert rebuilt["server"][KEY] == {"hw_vif_model": "e1000"}
    assert "did you mean 'hw_vif_model'?" in typo["msg"]
    assert "the value of hw_vif_model is neither text" in unfit["msg"]
    assert ended["changed"]
    assert not gone["changed"]
    assert nova.api.get_servers() == []


def _task(**overrides: object) -> dict[str, Any]:
    return {
        MODULE: {
            "cloud": "mycloud",
            "name": "overridden",
            "image": "{{ image }}",
            "flavor": "{{ flavor }}",
            "server": {"networks": "none"},
            KEY: overrides,
        }
    }


def _with(task: dict[str, Any], **arguments: object) -> dict[str, Any]:
    return {MODULE: {**task[MODULE], **arguments}}
