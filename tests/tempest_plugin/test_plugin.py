# SPDX-License-Identifier: Apache-2.0
"""Tempest finds the plug-in, its options and its tests."""

import unittest
from collections.abc import Iterator
from pathlib import Path

import pytest
from oslo_config import generator
from tempest.config import TempestConfigProxy
from tempest.test_discover import plugins

from image_props_override.tempest_plugin import config
from image_props_override.tempest_plugin.guest.checks import CHECKS
from tests import PROJECT

NAME = "image_props_override"
SAMPLE = PROJECT / "etc" / "tempest.conf.sample"
PAGE = PROJECT / "docs" / "operator" / "tempest.md"
# Of what is tried by an option of its own: by which.
TRIED_BY_OPTIONS = {
    "os_command_line": "command_line",
    "hw_tpm_model": "tpm_model",
    "hw_tpm_version": "tpm_model",
    "hw_numa_nodes": "numa_nodes",
    "hw_mem_page_size": "page_size",
}
# Of what is tried only where somebody asks for it: why.
NOT_BY_DEFAULT = {
    "hw_firmware_type": "hosts may have no UEFI for guests; the sandbox asks",
}
# To discover the plug-in's tests reads Tempest's configuration.
pytestmark = pytest.mark.usefixtures("tempest_conf")


@pytest.fixture(scope="module")
def tests() -> list[unittest.TestCase]:
    """Every test of the plug-in, as Tempest discovers it."""
    manager = plugins.TempestTestPluginManager()
    folder, top = manager.get_plugin_load_tests_tuple()[NAME]
    loader = unittest.TestLoader()
    found = list(flat(loader.discover(folder, top_level_dir=top)))
    assert loader.errors == []
    return found


def flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """Yield the tests of a suite of suites."""
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from flat(each)
        else:
            yield each


def attributes(test: unittest.TestCase) -> set[str]:
    """Return what Tempest's decorators say of a test."""
    method = getattr(test, test.id().rpartition(".")[2].partition("[")[0])
    return set(method.__testtools_attrs)


def test_options_are_in_tempests_configuration(
    tempest_conf: TempestConfigProxy,
) -> None:
    """Both groups, with their defaults."""
    assert tempest_conf.service_available.image_props_override is True
    assert tempest_conf.image_props_override.guest_report == "image"


def test_the_sample_is_up_to_date(tmp_path: Path) -> None:
    """etc/tempest.conf.sample is what oslo-config-generator writes.

    To mend it: oslo-config-generator --wrap-width 79
    --namespace image_props_override.tempest
    --output-file etc/tempest.conf.sample
    """
    written = tmp_path / "tempest.conf.sample"
    namespace = "image_props_override.tempest"
    generator.main(
        [
            *("--namespace", namespace, "--wrap-width", "79"),
            *("--output-file", str(written)),
        ]
    )
    assert SAMPLE.read_text() == written.read_text()


def test_each_check_is_tried_by_an_option(
    tests: list[unittest.TestCase],
) -> None:
    """Overridden and removed, as docs/operator/tempest.md says."""
    options = {option.name: option for option in config.OPTIONS}
    defaults = {
        name
        for option in ("overrides", "more_overrides")
        for name in options[option].default
    }
    with_tests = {
        test.id().partition("[")[0].rpartition(".test_")[2] for test in tests
    }
    for check in CHECKS:
        name = check.image_property
        if name in TRIED_BY_OPTIONS:
            assert TRIED_BY_OPTIONS[name] in options
        else:
            assert name in defaults | set(NOT_BY_DEFAULT), name
            assert name in with_tests, name
    assert not defaults & set(NOT_BY_DEFAULT)
    assert defaults <= {check.image_property for check in CHECKS}


def test_the_page_tells_of_every_check() -> None:
    """A row for each property that can be seen, as libvirt's or a guest's."""
    rows = [line for line in PAGE.read_text().splitlines() if line[:2] == "| "]
    for check in CHECKS:
        (row,) = [row for row in rows if f"`{check.image_property}`" in row]
        assert ("domain XML" in row) == check.needs_domain, row


def test_each_test_has_an_id_of_its_own(
    tests: list[unittest.TestCase],
) -> None:
    """Tempest follows a test by it through renames."""
    ids = [
        attribute
        for test in tests
        for attribute in attributes(test)
        if attribute.startswith("id-")
    ]
    assert len(ids) == len(tests) == len(set(ids))
    assert len(tests) > 60


def test_negative_tests_are_called_so(tests: list[unittest.TestCase]) -> None:
    """Name and attribute agree, as Tempest's own hacking rules demand."""
    for test in tests:
        name = test.id().partition("[")[0]
        assert name.endswith("_negative") == (
            "negative" in attributes(test)
        ), name


def test_the_smoke_part_is_small(tests: list[unittest.TestCase]) -> None:
    """It has a guest to look into, and few tests beside."""
    smoke = {test.id() for test in tests if "smoke" in attributes(test)}
    assert any(".scenario." in name for name in smoke)
    assert 5 <= len(smoke) <= 15
