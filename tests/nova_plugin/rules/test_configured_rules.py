# SPDX-License-Identifier: Apache-2.0
"""The rules as nova.conf sets them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from nova.conf import CONF

from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.rules.configured_rules import load_rules

CATALOGUE = catalogue_from_nova()
GROUP = options.GROUP.name


@pytest.fixture
def conf() -> Iterator[None]:
    """Nova's configuration with our options, as they are by default."""
    options.register(CONF)
    yield
    CONF.clear_override("allow", GROUP)
    CONF.clear_override("deny", GROUP)


@pytest.mark.usefixtures("conf")
@pytest.mark.parametrize("option", ["allow", "deny"])
def test_unknown_patterns_are_warned_of(
    caplog: pytest.LogCaptureFixture, option: str
) -> None:
    """A pattern that matches no property is named at the start."""
    known = ["hw_disk_bus", "architecture", "trait:*", "hw_numa_cpus.0", "*"]
    CONF.set_override(option, [*known, "hw_disk_buss", "foo_*"], GROUP)
    with caplog.at_level(logging.WARNING):
        load_rules(CONF, CATALOGUE)
    assert [record.getMessage() for record in caplog.records] == [
        f"nova.conf [{GROUP}] {option}: '{pattern}' matches no image "
        "property of this Nova"
        for pattern in ("hw_disk_buss", "foo_*")
    ]
