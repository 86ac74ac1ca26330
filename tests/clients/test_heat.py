# SPDX-License-Identifier: Apache-2.0
"""Servers with overrides in Heat's own engine, against real Nova."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from image_props_override.core.override_request import KEY
from sandbox.settings import CHECKOUT
from tests.clients import http_proxy
from tests.clients.conftest import ComputeRequests
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.our_services import OurServices

HARNESS = OurServices

TYPE = "ImagePropsOverride::Nova::Server"
EXAMPLE = CHECKOUT / "docs" / "examples" / "heat" / "server.yaml"

Stack = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def stack(
    nova: NovaInProcess, identity_and_glance: str, tmp_path: Path
) -> Stack:
    """Return a function that creates and updates a stack in Heat's engine."""

    def run(*templates: str, environment: str = "") -> list[dict[str, Any]]:
        files = []
        for number, text in enumerate(templates):
            files.append(tmp_path / f"{number}.yaml")
            files[-1].write_text(text)
        image = nova.image_with(hw_disk_bus="ide")
        parameters = tmp_path / "environment.yaml"
        parameters.write_text(
            f"parameters: {{image: {image}, flavor: '{nova.flavor}'}}\n"
            f"{environment}"
        )
        with http_proxy.running() as variables:
            result = subprocess.run(
                [
                    *(sys.executable, "-m", "tests.clients.heat_stack"),
                    *(identity_and_glance, nova.api.project_id),
                    *(parameters, *files),
                ],
                cwd=CHECKOUT,
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                check=False,
            )
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


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

    steps = stack(example, changed, dropped, replaced)

    states = [step["state"] for step in steps]
    assert states == ["CREATE_COMPLETE", *["UPDATE_COMPLETE"] * 3], steps
    overrides = {
        "hw_vif_model": "e1000",
        "hw_boot_menu": "true",
        "hw_disk_bus": None,
    }
    assert [step[KEY] for step in steps] == [
        overrides,
        overrides | {"hw_vif_model": "rtl8139"},
        {},
        overrides | {"hw_vif_model": "rtl8139"},
    ]
    servers = [step["server"] for step in steps]
    assert servers[0] == servers[1] == servers[2] != servers[3]


def test_in_the_place_of_heats_own(
    stack: Stack, compute_requests: ComputeRequests
) -> None:
    """A line in the environment; wrong names fail before anything is sent.

    Servers without overrides are created as Heat creates them.
    """
    example = EXAMPLE.read_text().replace(TYPE, "OS::Nova::Server")
    typo = example.replace("hw_vif_model: e1000", "hw_vif_modle: e1000")
    listed = example.replace("hw_vif_model: e1000", "hw_vif_model: [e1000]")
    start = example.index("      image_props_override:")
    plain = example[:start]

    refused, unfit, created = stack(
        typo,
        listed,
        plain,
        environment=f"resource_registry: {{'OS::Nova::Server': '{TYPE}'}}\n",
    )

    assert refused["state"] == unfit["state"] == "REFUSED"
    assert "did you mean 'hw_vif_model'?" in refused["reason"]
    assert "the value of hw_vif_model is neither text" in unfit["reason"]
    assert created["state"] == "CREATE_COMPLETE", created
    assert created[KEY] == {}
    versions = [
        version
        for request, version in compute_requests
        if request == "POST /v2.1/servers"
    ]
    assert len(versions) == 1
    assert versions != [OURS]
