# SPDX-License-Identifier: Apache-2.0
"""The pages of the reference are as the code is now."""

from __future__ import annotations

import pytest

from image_props_override.core.properties.values import check_value
from tests import PROJECT
from tools.reference.pages import DOCS, PAGES
from tools.reference.property_facts import (
    SEEN_BY_TESTS,
    Facts,
    all_properties,
)

PROPERTIES = all_properties()
OVERRIDABLE = [each for each in PROPERTIES if not each.definition.no_effect]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_fresh(name: str) -> None:
    """To mend it: python -m tools.reference."""
    assert (DOCS / name).read_text() == PAGES[name]()


@pytest.mark.parametrize("facts", OVERRIDABLE, ids=lambda each: each.name)
def test_examples_are_valid(facts: Facts) -> None:
    """The product finds nothing wrong with the value of each command."""
    problem = check_value(facts.key, facts.definition, facts.example)
    assert problem is None


def test_most_recent_release_has_every_property() -> None:
    """The pages are written with the newest supported Nova."""
    newest = max(release for each in PROPERTIES for release in each.releases)
    assert all(newest in each.releases for each in PROPERTIES)


def test_what_was_seen_is_known() -> None:
    """The table of the Tempest plug-in names properties only."""
    seen = [each.name for each in PROPERTIES if each.seen_in]
    assert len(seen) > 20


@pytest.mark.parametrize("name", SEEN_BY_TESTS)
def test_tests_that_have_seen_an_effect(name: str) -> None:
    """They exist, and override the property."""
    _, test = SEEN_BY_TESTS[name]
    assert f'"{name}"' in (PROJECT / test).read_text()
