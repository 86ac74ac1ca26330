# SPDX-License-Identifier: Apache-2.0
"""What a rebuild cannot change, because Nova reads it only at boot."""

from __future__ import annotations

import pytest

from image_props_override.core.boot.checks import check_rebuild
from image_props_override.core.problems import ProblemCode

POLICY = "hw_pci_numa_affinity_policy"

# before, after, what is overridden; what is refused
CHANGES: dict[
    str, tuple[dict[str, str], dict[str, str], set[str], list[str]]
] = {
    "set": ({}, {POLICY: "preferred"}, {POLICY}, [POLICY]),
    "changed": (
        {POLICY: "required"},
        {POLICY: "preferred"},
        {POLICY},
        [POLICY],
    ),
    "dropped": ({POLICY: "required"}, {}, {POLICY}, [POLICY]),
    "kept": ({POLICY: "required"}, {POLICY: "required"}, {POLICY}, []),
    "changed by the image alone": ({}, {POLICY: "required"}, set(), []),
    "read at a rebuild too": ({}, {"hw_pmu": "true"}, {"hw_pmu"}, []),
}


@pytest.mark.parametrize(
    ("before", "after", "overridden", "refused"), CHANGES.values(), ids=CHANGES
)
def test_change(
    before: dict[str, str],
    after: dict[str, str],
    overridden: set[str],
    refused: list[str],
) -> None:
    """A change that would be ignored is refused by name."""
    problems = check_rebuild(before, after, overridden)
    assert [problem.name for problem in problems] == refused
    assert {each.code for each in problems} <= {ProblemCode.FIXED_AT_BOOT}
