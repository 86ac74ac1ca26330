# SPDX-License-Identifier: Apache-2.0
"""Of what is wanted, as much is taken as the cloud's preview allows."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from image_props_override.tempest_plugin.tests.scenario.takeable import (
    takeable,
)

WISH = {"hw_disk_bus": "scsi", "hw_vif_model": "e1000", "hw_pmu": "true"}

Problems = list[dict[str, str | None]]


def problem(image_property: str | None, message: str) -> dict[str, str | None]:
    """Return a problem as the preview tells it."""
    return {"property": image_property, "message": message, "code": "any"}


def refuses_none(_overrides: Mapping[str, Any]) -> Problems:
    """A cloud that takes all."""
    return []


def refuses_all(_overrides: Mapping[str, Any]) -> Problems:
    """What has nothing to do with overrides."""
    return [problem(None, "the flavor is too small")]


def denies_disk_bus(overrides: Mapping[str, Any]) -> Problems:
    """A rule that names the property."""
    if "hw_disk_bus" in overrides:
        return [problem("hw_disk_bus", "deny pattern")]
    return []


def refuses_pmu(overrides: Mapping[str, Any]) -> Problems:
    """Nova's own words, which name nothing."""
    return [problem(None, "no PMU here")] if "hw_pmu" in overrides else []


def refuses_only_once_named_are_gone(overrides: Mapping[str, Any]) -> Problems:
    """The second problem hides behind the first."""
    return denies_disk_bus(overrides) or refuses_pmu(overrides)


def refuses_both(overrides: Mapping[str, Any]) -> Problems:
    """Two that do not go together."""
    both = {"hw_disk_bus", "hw_vif_model"} <= overrides.keys()
    return [problem(None, "not both")] if both else []


@pytest.mark.parametrize(
    ("problems_of", "refused"),
    [
        (refuses_none, {}),
        (denies_disk_bus, {"hw_disk_bus": "deny pattern"}),
        (refuses_pmu, {"hw_pmu": "no PMU here"}),
        (
            refuses_only_once_named_are_gone,
            {"hw_disk_bus": "deny pattern", "hw_pmu": "no PMU here"},
        ),
        (refuses_both, {"hw_vif_model": "not both"}),
        (refuses_all, dict.fromkeys(WISH, "the flavor is too small")),
    ],
)
def test_leaves_out_what_is_refused_and_why(
    problems_of: Callable[[Mapping[str, Any]], Problems],
    refused: dict[str, str],
) -> None:
    """All that is left can be booted with."""
    taken, why_not = takeable(WISH, problems_of)
    assert why_not == refused
    assert taken == {
        name: value for name, value in WISH.items() if name not in refused
    }


def test_removals_are_asked_for_like_values() -> None:
    """A rule may allow a value, and no removal."""

    def denies_removals(overrides: Mapping[str, Any]) -> Problems:
        return [
            problem(name, "no removal")
            for name, value in overrides.items()
            if value is None
        ]

    assert takeable(WISH, denies_removals) == (WISH, {})
    removals = dict.fromkeys(WISH)
    assert takeable(removals, denies_removals) == (
        {},
        dict.fromkeys(WISH, "no removal"),
    )
