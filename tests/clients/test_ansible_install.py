# SPDX-License-Identifier: Apache-2.0
"""The module for Ansible installs a server by an OS installer, once."""

from __future__ import annotations

import base64
import importlib
from pathlib import Path
from typing import Any

import pytest

from image_props_override.clients.sdk import installation
from tests.clients.conftest import ComputeRequests, run_ansible_module
from tests.clients.installing import Guest
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

NAME = "machine"


@pytest.fixture
def arguments(
    nova: NovaInProcess,
    ansible_clouds: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """The arguments of a task that installs a server."""
    assert ansible_clouds.exists()
    monkeypatch.setattr(installation, "_INTERVAL_SECONDS", 0.01)
    return {
        "cloud": "mycloud",
        "name": NAME,
        "kernel": nova.image_with(),
        "ramdisk": nova.image_with(),
        "command_line": "console=ttyS0",
        "image": nova.image_with(),
        "flavor": nova.flavor,
        "image_props_override": {"hw_boot_menu": True},
        "server": {
            "networks": "none",
            "user_data": base64.b64encode(b"answers").decode(),
        },
        "timeout": 60,
    }


def run(arguments: dict[str, Any], *, check_mode: bool = False) -> Any:
    """Return the result of a task."""
    # Not at import: it would be imported before Nova says how threads work.
    module = importlib.import_module(
        "image_props_override.ansible_modules.installed_server"
    )
    return run_ansible_module(module, arguments, check_mode=check_mode)


def test_install(
    nova: NovaInProcess,
    arguments: dict[str, Any],
    compute_requests: ComputeRequests,
) -> None:
    """It is installed once, whatever check mode tried before."""
    assert run(arguments, check_mode=True)["changed"]
    assert nova.api.get_servers() == []
    Guest(nova, NAME).end_unseen()
    installed = run(arguments)
    assert installed["changed"], installed
    server = installed["server"]
    assert (server["status"], server["image_props_override"]) == (
        "ACTIVE",
        {"hw_boot_menu": "true"},
    )
    assert nova.instance(server).kernel_id == ""
    compute_requests.clear()
    again = run(arguments)
    assert not again["changed"]
    assert again["server"]["id"] == server["id"]
    assert all(request.startswith("GET") for request, _ in compute_requests)


def test_fails(nova: NovaInProcess, arguments: dict[str, Any]) -> None:
    """It says why, and what to do."""
    failed = run({**arguments, "timeout": 1})
    assert failed["failed"]
    assert "not powered itself off after 1 seconds" in failed["msg"]
    assert len(nova.api.get_servers()) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"image": None}, "image is required here"),
        ({"server": {"flavour": "x"}}, "did you mean 'flavor"),
        ({"kernel": "nosuch"}, "nosuch"),
        (
            {"image_props_override": {"hw_disk_bus": "virtoi"}},
            "'virtoi' is not one of",
        ),
    ],
)
def test_refused(
    nova: NovaInProcess,
    arguments: dict[str, Any],
    wrong: dict[str, Any],
    message: str,
) -> None:
    """Nothing is created then."""
    failed = run({**arguments, **wrong})
    assert failed["failed"]
    assert message in failed["msg"]
    assert nova.api.get_servers() == []
