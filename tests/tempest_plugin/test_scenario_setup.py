# SPDX-License-Identifier: Apache-2.0
"""Scenario tests are skipped, with the reason, where they cannot work."""

from __future__ import annotations

import importlib
import unittest
from types import SimpleNamespace
from typing import Any

import pytest
from tempest import exceptions
from tempest.lib import exceptions as lib_exceptions

from tests.tempest_plugin.conftest import Set

SCENARIO = "image_props_override.tempest_plugin.tests.scenario"


def class_of(module: str, name: str) -> Any:
    """Return a class of tests, to be changed at will."""
    found = getattr(importlib.import_module(f"{SCENARIO}.{module}"), name)
    return type(name, (found,), {})


def test_an_image_that_does_not_report_is_not_waited_for(
    set_options: Set,
) -> None:
    """As Tempest's own, which is what DevStack sets."""
    set_options("compute", image_ref="cirros")
    with pytest.raises(unittest.SkipTest, match=r"docs/operator/tempest\.md"):
        class_of("guests", "GuestScenarioTest").skip_checks()


def test_the_installer_needs_no_report(set_options: Set) -> None:
    """What it prints is waited for itself."""
    set_options(guest_report="none", installer_image_ref="installer")
    class_of("test_installer", "InstallerTest").skip_checks()


def test_hosts_are_looked_up_as_admin_or_not_at_all(set_options: Set) -> None:
    """Where there is no admin, the tests are skipped."""
    set_options(image_ref="any", libvirt_uri="qemu+ssh://{host}/system")
    set_options("auth", use_dynamic_credentials=False)
    with pytest.raises(unittest.SkipTest, match="Missing Identity Admin"):
        class_of("guests", "GuestScenarioTest").skip_checks()


def test_a_copy_that_glance_refuses_is_a_reason_to_skip(
    set_options: Set,
) -> None:
    """Property protections may be against it."""
    set_options(image_ref="any")

    def refuse(_image_id: str, **_properties: str) -> str:
        raise lib_exceptions.Forbidden("protected")

    tests = class_of("guests", "GuestScenarioTest")
    tests.image_id = "any"
    tests.copy_image = refuse
    with pytest.raises(
        unittest.SkipTest, match=r"(?s)hw_vif_model: .*protected"
    ):
        tests.copy_of_image({"hw_vif_model": "e1000"})


def test_a_guest_that_does_not_boot_tells_its_overrides(
    monkeypatch: pytest.MonkeyPatch, set_options: Set
) -> None:
    """So that the operator knows what to take out."""
    set_options(image_ref="any")
    module = importlib.import_module(f"{SCENARIO}.both_ways")

    def fail(*_arguments: Any) -> None:
        raise exceptions.BuildErrorException("no such machine")

    monkeypatch.setattr(module.waiters, "wait_for_server_status", fail)
    tests = class_of("both_ways", "BothWaysTest")
    tests.servers_client = None
    with pytest.raises(AssertionError, match=r"(?s)hw_machine_type.*no such"):
        tests._look_into_new("server", "image", {"hw_machine_type": "microvm"})


SMALL = {"id": "small", "name": "small", "vcpus": 2, "disk": 1}


@pytest.mark.parametrize(
    ("new", "problems", "why"),
    [
        ({}, [], "is the flavor of the guests"),
        ({"id": "quad", "vcpus": 4}, [], "has other vCPUs"),
        ({"id": "tiny", "disk": 0}, [], "has a smaller disk"),
        (
            {"id": "pinned"},
            [{"property": "hw_cpu_policy", "message": "flavor_wins"}],
            "does not go with the overrides",
        ),
        ({"id": "medium"}, [], None),
    ],
)
def test_resize_needs_a_flavor_that_suits(
    set_options: Set,
    new: dict[str, Any],
    problems: list[dict[str, str]],
    why: str | None,
) -> None:
    """Others would change what is to stay, or are refused by Nova."""
    flavors = {"small": SMALL, "new": {**SMALL, **new}}
    set_options(resize_flavor_ref="new", report_file="")
    set_options("compute", flavor_ref="small")
    tests = class_of("test_lifecycle", "ResizeTest")
    tests.os_primary = SimpleNamespace(
        flavors_client=SimpleNamespace(
            show_flavor=lambda flavor_id: {"flavor": flavors[flavor_id]}
        )
    )
    tests.overrides = {"hw_cpu_policy": "shared"}
    tests.image_id, tests.flavor_id, tests.left_out = "any", "small", {}
    tests.problems_of = lambda overrides, *_: problems if overrides else []
    if why is None:
        tests.choose_flavor()
        assert tests.new_flavor_id == "new"
    else:
        with pytest.raises(unittest.SkipTest, match=why):
            tests.choose_flavor()


@pytest.mark.parametrize(
    ("config_drive", "network", "works"),
    [(True, None, True), (False, {"id": "any"}, True), (False, None, False)],
)
def test_user_data_reaches_a_guest_somehow(
    set_options: Set,
    config_drive: bool,
    network: dict[str, str] | None,
    works: bool,
) -> None:
    """By a config drive, or over a network."""
    set_options(guest_report="user_data", image_ref="any")
    set_options("compute-feature-enabled", config_drive=config_drive)
    tests = class_of("guests", "GuestScenarioTest")
    tests.properties_of = lambda _image_id: {}
    tests.get_tenant_network = lambda: network
    if works:
        tests.resource_setup()
    else:
        with pytest.raises(unittest.SkipTest, match="no user data"):
            tests.resource_setup()
