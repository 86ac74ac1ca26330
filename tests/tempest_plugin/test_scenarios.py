# SPDX-License-Identifier: Apache-2.0
"""Scenario tests pass for good reasons only, and fail or are skipped else."""

from __future__ import annotations

import importlib
import re
import unittest
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tempest.lib import exceptions

from tests.tempest_plugin.conftest import Set
from tests.tempest_plugin.pretended_cloud import DENIED, PretendedCloud

SCENARIO = "image_props_override.tempest_plugin.tests.scenario"


class Options:
    """Options of the plug-in: a report, and nothing to override."""

    def __init__(self, set_options: Set, report: Path) -> None:
        """Set them until the test is over."""
        self.set = set_options
        self.report = report
        self.set(
            report_file=str(report),
            overrides={},
            more_overrides={},
            command_line="",
        )

    def results(self) -> dict[tuple[str, str], str]:
        """Return what the report tells, by property and case."""
        told = {}
        for line in self.report.read_text().splitlines()[1:]:
            cells = re.split("  +", line)
            told[cells[2], cells[3]] = cells[-1]
        return told


@pytest.fixture
def options(set_options: Set, tmp_path: Path) -> Options:
    """Options that are as before after the test."""
    return Options(set_options, tmp_path / "report.txt")


def run(cloud: PretendedCloud, name: str, **attributes: Any) -> None:
    """Run a test of a scenario, such as ``module.Class.test``.

    Args:
        cloud: Where.
        name: Which.
        **attributes: What the test's setUp would find out.
    """
    module, tests, test = name.split(".")
    found = getattr(importlib.import_module(f"{SCENARIO}.{module}"), tests)
    case = cloud.tests_of(found, test)
    for attribute, value in attributes.items():
        setattr(case, attribute, value)
    getattr(case, test)()


SMOKE = (
    "test_properties_in_guests.BootWithOverridesTest"
    ".test_boot_with_all_overrides"
)
TPM = "test_special_guests.SpecialGuestsTest.test_tpm"
PAGES = "test_special_guests.SpecialGuestsTest.test_page_size"
DROPPED = (
    "test_rebuild.RebuildWithoutOverridesTest.test_rebuild_without_overrides"
)

Q35 = {"hw_machine_type": "q35"}


def test_smoke_passes_where_all_is_well(options: Options) -> None:
    """Each override is in the record and in the guest."""
    options.set(overrides={**Q35, "hw_vif_model": "e1000"})
    run(PretendedCloud(), SMOKE)
    assert options.results() == {
        ("hw_machine_type", "boot"): "ok",
        ("hw_vif_model", "boot"): "ok",
    }


@pytest.mark.parametrize(
    "cloud",
    [
        pytest.param(PretendedCloud(loses_overrides=True), id="in the guest"),
        pytest.param(PretendedCloud(records=False), id="in the record"),
    ],
)
def test_smoke_fails_where_overrides_are_lost(
    options: Options, cloud: PretendedCloud
) -> None:
    """Values count, not names alone."""
    options.set(overrides=Q35)
    with pytest.raises(AssertionError):
        run(cloud, SMOKE)


@pytest.mark.parametrize(
    ("cloud", "overrides", "why"),
    [
        pytest.param(
            PretendedCloud(denied=("hw_machine_type",)),
            Q35,
            f"not checked: {DENIED}",
            id="all of it is denied",
        ),
        pytest.param(
            PretendedCloud(has_libvirt=False),
            {"hw_watchdog_action": "pause"},
            "not checked: domain: no libvirt URI is configured",
            id="only libvirt shows it",
        ),
        pytest.param(
            PretendedCloud(),
            {"hw_pmu": "true"},
            "not checked: nothing shows hw_pmu",
            id="nothing shows it",
        ),
        pytest.param(
            PretendedCloud(),
            {"hw_vif_model": "netfront"},
            "not checked: it is unknown how netfront appears in a guest",
            id="nobody knows the value",
        ),
        pytest.param(
            PretendedCloud(has_network=False),
            {"hw_vif_model": "e1000"},
            "not checked: the guests have no network",
            id="guests have no network",
        ),
    ],
)
def test_smoke_is_skipped_where_nothing_is_checked(
    options: Options,
    cloud: PretendedCloud,
    overrides: Mapping[str, str],
    why: str,
) -> None:
    """And the report says why."""
    options.set(overrides=overrides)
    with pytest.raises(unittest.SkipTest):
        run(cloud, SMOKE)
    assert list(options.results().values()) == [why]


def test_smoke_is_skipped_without_overrides(options: Options) -> None:
    """An empty option asks for nothing."""
    options.set(overrides={})
    with pytest.raises(unittest.SkipTest, match="the options are empty"):
        run(PretendedCloud(), SMOKE)


def test_smoke_checks_the_rest_where_something_is_denied(
    options: Options,
) -> None:
    """What is left out is in the report too."""
    options.set(overrides={**Q35, "hw_qemu_guest_agent": "true"})
    run(PretendedCloud(denied=("hw_machine_type",)), SMOKE)
    assert options.results() == {
        ("hw_machine_type", "overridden"): f"not checked: {DENIED}",
        ("hw_qemu_guest_agent", "boot"): "ok",
    }


def test_a_misspelled_property_is_an_error(options: Options) -> None:
    """Which nobody notices among skipped tests."""
    options.set(overrides={"hw_machin_type": "q35"})
    with pytest.raises(exceptions.InvalidConfiguration, match="hw_machin_typ"):
        run(PretendedCloud(), SMOKE)


def test_tpm_is_seen_without_libvirt(options: Options) -> None:
    """Its model is not, but ACPI tells that there is one."""
    options.set(tpm_model="tpm-crb")
    run(PretendedCloud(has_libvirt=False), TPM)
    results = options.results()
    assert results["hw_tpm_version", "overridden"] == "ok"
    assert results["hw_tpm_version", "removed"] == "ok"
    assert results["hw_tpm_model", "overridden"].startswith("not checked: ")


def test_tpm_of_an_image_that_has_one_itself(options: Options) -> None:
    """The guest to compare with is of a copy that has none."""
    options.set(tpm_model="tpm-crb")
    cloud = PretendedCloud(images={"own": {"hw_tpm_version": "2.0"}})
    run(cloud, TPM)
    assert set(options.results().values()) == {"ok"}
    assert not cloud.servers


@pytest.mark.parametrize("has_libvirt", [True, False])
def test_a_lost_tpm_is_a_failure(options: Options, has_libvirt: bool) -> None:
    """Whoever can be asked."""
    options.set(tpm_model="tpm-crb")
    cloud = PretendedCloud(has_libvirt=has_libvirt, loses_overrides=True)
    with pytest.raises(AssertionError):
        run(cloud, TPM)


def test_a_removal_that_a_rule_denies_is_not_tried(options: Options) -> None:
    """The override is, and the report says what is not."""
    options.set(tpm_model="tpm-crb")
    run(PretendedCloud(denies_removals=True), TPM)
    assert options.results() == {
        ("hw_tpm_model", "overridden"): "ok",
        ("hw_tpm_model", "removed"): f"not checked: {DENIED}",
        ("hw_tpm_version", "overridden"): "ok",
        ("hw_tpm_version", "removed"): f"not checked: {DENIED}",
    }


def test_page_size_differs_from_that_of_the_flavor(options: Options) -> None:
    """All guests have the flavor, whose guests have large pages."""
    options.set(page_size="small", page_size_flavor_ref="any")
    cloud = PretendedCloud(large_pages_kib="2048")
    run(cloud, PAGES)
    assert options.results() == {
        ("hw_mem_page_size", "overridden"): "ok",
        ("hw_mem_page_size", "removed"): "ok",
    }
    assert set(cloud.flavors.values()) == {"any"}


def test_page_size_that_guests_have_anyway(options: Options) -> None:
    """It would be there without the override."""
    options.set(page_size="2048", page_size_flavor_ref="any")
    with pytest.raises(unittest.SkipTest, match="guests have 2048 without it"):
        run(PretendedCloud(large_pages_kib="2048"), PAGES)


def test_page_size_that_is_not_overridden(options: Options) -> None:
    """Large ones where small ones were asked for."""
    options.set(page_size="small", page_size_flavor_ref="any")
    cloud = PretendedCloud(large_pages_kib="2048", loses_overrides=True)
    with pytest.raises(AssertionError, match="is 2048"):
        run(cloud, PAGES)


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({}, id="that the image lacks"),
        pytest.param({"hw_machine_type": "pc"}, id="that the image has too"),
    ],
)
@pytest.mark.parametrize("works", [True, False])
def test_dropped_overrides(
    options: Options, own: dict[str, str], works: bool
) -> None:
    """The guest is to be as one that never had them."""
    cloud = PretendedCloud(images={"own": own})
    server_id = cloud.boot(Q35)["id"]
    kept = dict(cloud.servers[server_id])

    def look_again() -> Any:
        if not works:
            cloud.servers[server_id] = kept
        return cloud.look_into(server_id)

    test: dict[str, Any] = {
        "server_id": server_id,
        "overrides": Q35,
        "wait_for": lambda _status: None,
        "look_again": look_again,
    }
    if works:
        run(cloud, DROPPED, **test)
        assert set(options.results().values()) == {"ok"}
    else:
        with pytest.raises(AssertionError, match="was to be pc"):
            run(cloud, DROPPED, **test)
