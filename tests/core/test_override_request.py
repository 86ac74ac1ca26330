# SPDX-License-Identifier: Apache-2.0
"""From a request body to overrides, with every problem at once."""

from __future__ import annotations

import pytest

from image_props_override.core.override_request import (
    Decide,
    read_override_request,
)
from image_props_override.core.problems import (
    ProblemCode,
    refusal_status,
    render,
)
from image_props_override.core.properties.names import PropertyName
from image_props_override.core.rules.ordered_rules import (
    Caller,
    Decision,
    OverrideRules,
    allow_list,
    deny_list,
)
from image_props_override.core.rules.rule_values import Values
from tests.core.catalogue import CATALOGUE

SECTION = "nova.conf [image_props_override]"
CALLER = Caller("project", frozenset({"member"}))


def lists(allow: list[str], deny: list[str]) -> Decide:
    """Return what the two lists in nova.conf decide."""
    rules = OverrideRules(
        (
            deny_list(deny, CATALOGUE, f"{SECTION} deny"),
            allow_list(allow, CATALOGUE, f"{SECTION} allow"),
        )
    )
    return lambda name, value: rules.decide(name, value, CALLER)


ALL = lists(allow=["*"], deny=[])

# what is asked, what it means
READ: list[tuple[object, dict[str, str | None]]] = [
    ({}, {}),
    ({"hw_disk_bus": "ide"}, {"hw_disk_bus": "ide"}),
    ({"architecture": "aarch64"}, {"hw_architecture": "aarch64"}),
    ({"hw_os_command_line": "a"}, {"os_command_line": "a"}),
    ({"hw_disk_bus": None}, {"hw_disk_bus": None}),
    ({"trait:HW_X": None}, {"trait:HW_X": None}),
    (
        {"trait:COMPUTE_STATUS_DISABLED": None},
        {"trait:COMPUTE_STATUS_DISABLED": None},
    ),
    ({"hw_numa_cpus": None}, {"hw_numa_cpus": None}),
    (
        {"hw_numa_nodes": "2", "hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1"},
        {"hw_numa_nodes": "2", "hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1"},
    ),
    ({"vmware_adaptertype": "ide"}, {"hw_disk_bus": "ide"}),
    (
        {"vmware_adaptertype": "lsilogic"},
        {"hw_disk_bus": "scsi", "hw_scsi_model": "lsilogic"},
    ),
]

# what is asked, the codes of the problems
REFUSED: list[tuple[object, list[ProblemCode]]] = [
    (None, [ProblemCode.REQUEST_NOT_AN_OBJECT]),
    ([], [ProblemCode.REQUEST_NOT_AN_OBJECT]),
    ("x", [ProblemCode.REQUEST_NOT_AN_OBJECT]),
    ({str(n): "" for n in range(513)}, [ProblemCode.REQUEST_TOO_MANY]),
    ({"hw_disk_bus": 1}, [ProblemCode.VALUE_NOT_A_STRING]),
    ({"hw_disk_bus": ["ide"]}, [ProblemCode.VALUE_NOT_A_STRING]),
    ({"vmware_adaptertype": 1}, [ProblemCode.VALUE_NOT_A_STRING]),
    ({"vmware_adaptertype": None}, [ProblemCode.NAME_NOT_PLAIN]),
    (
        {"vmware_adaptertype": "ide", "hw_disk_bus": "ide"},
        [ProblemCode.NAME_GIVEN_TWICE],
    ),
    (
        {"hw_architecture": "x86_64", "architecture": None},
        [ProblemCode.NAME_GIVEN_TWICE],
    ),
    # The value does not matter, nor does a removal.
    ({"img_version": "x", "hw_rng_model": None}, [ProblemCode.NO_EFFECT] * 2),
    # No host with it is ever chosen.
    (
        {"trait:COMPUTE_STATUS_DISABLED": "required"},
        [ProblemCode.VALUE_INVALID],
    ),
    ({"hw_numa_cpus": "0"}, [ProblemCode.NAME_NOT_PLAIN]),
    ({"hw_numa_cpus.0": None}, [ProblemCode.NAME_NOT_PLAIN]),
    # Once for a list, however many members there are.
    (
        {
            "hw_numa_nodes": "1",
            "hw_numa_cpus.0": None,
            "hw_numa_cpus.1": None,
            "hw_numa_mem.0": None,
            "hw_numa_mem.1": None,
        },
        [ProblemCode.NAME_NOT_PLAIN] * 2,
    ),
    (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.1": None},
        [ProblemCode.NAME_NOT_PLAIN],
    ),
    ({"hw_numa_cpus.1": "0"}, [ProblemCode.LIST_HAS_GAP]),
    (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus": None},
        [ProblemCode.NAME_GIVEN_TWICE],
    ),
    (
        {"hw_numa_cpus.0": "0", "hw_numa_mem.0": "1", "hw_numa_mem.1": "1"},
        [ProblemCode.LIST_LENGTH_DIFFERS],
    ),
    (
        {"hw_numa_nodes": "2", "hw_numa_mem.0": "1"},
        [ProblemCode.LIST_LENGTH_DIFFERS],
    ),
    (
        {"a": "b", "hw_disk_bus": "c", "hw_boot_menu": 1},
        [
            ProblemCode.NAME_UNKNOWN,
            ProblemCode.VALUE_INVALID,
            ProblemCode.VALUE_NOT_A_STRING,
        ],
    ),
]


@pytest.mark.parametrize(("asked", "meant"), READ)
def test_read(asked: object, meant: dict[str, str | None]) -> None:
    """A good request is read to canonical names."""
    request = read_override_request(asked, CATALOGUE, ALL)
    assert request.problems == ()
    assert request.overrides == meant


@pytest.mark.parametrize(("asked", "codes"), REFUSED)
def test_refused(asked: object, codes: list[ProblemCode]) -> None:
    """A bad request has all of its problems told."""
    request = read_override_request(asked, CATALOGUE, ALL)
    assert [problem.code for problem in request.problems] == codes


# allow, deny, spelling, whether it is allowed
RULES = [
    (["*"], [], "hw_disk_bus", True),
    ([], [], "hw_disk_bus", False),
    (["hw_*"], [], "hw_disk_bus", True),
    (["hw_*"], [], "os_distro", False),
    (["*"], ["hw_disk_bus"], "hw_disk_bus", False),
    (["hw_disk_bus"], ["hw_*"], "hw_disk_bus", False),
    (["*"], ["architecture"], "hw_architecture", False),
    (["*"], ["hw_architecture"], "architecture", False),
    (["*"], ["hw_os_command_line"], "os_command_line", False),
    (["*"], ["os_command_line"], "hw_os_command_line", False),
    (["*"], ["trait:*"], "trait:HW_X", False),
    (["*"], ["traits_required"], "trait:HW_X", False),
    (["*"], ["hw_numa_cpus"], "hw_numa_cpus.0", False),
    (["*"], ["hw_numa_cpus.*"], "hw_numa_cpus.0", False),
    (["*"], ["hw.disk_bus"], "hw_disk_bus", True),
    (["*"], ["hw_disk"], "hw_disk_bus", True),
    (["*"], ["hw_scsi_model"], "vmware_adaptertype", False),
]


@pytest.mark.parametrize(("allow", "deny", "spelling", "allowed"), RULES)
def test_rules(
    allow: list[str], deny: list[str], spelling: str, allowed: bool
) -> None:
    """Rules hold for every spelling of a property."""
    values = {
        "hw_architecture": "aarch64",
        "architecture": "aarch64",
        "hw_numa_cpus.0": "0",
        "trait:HW_X": "required",
        "vmware_adaptertype": "lsilogic",
    }
    rules = lists(allow, deny)
    request = read_override_request(
        {spelling: values.get(spelling, "scsi")}, CATALOGUE, rules
    )
    assert (not request.problems) is allowed
    if not allowed:
        assert refusal_status(request.problems) == 403
        assert SECTION in render(request.problems)


def test_rules_hold_for_whole_list_removal() -> None:
    """A rule for the members keeps the list from being removed."""
    rules = lists(["*"], ["hw_numa_cpus.*"])
    request = read_override_request({"hw_numa_cpus": None}, CATALOGUE, rules)
    assert [problem.code for problem in request.problems] == [
        ProblemCode.RULE_DENIES
    ]


@pytest.mark.parametrize("name", ["hw_video_ram", "os_command_line"])
def test_rules_see_no_value_that_is_too_long(name: str) -> None:
    """A rule may take its time with a value, so its length is bounded."""

    def decide(name: PropertyName, value: object) -> Decision:
        raise AssertionError(f"asked about {name}: {value}")

    request = read_override_request({name: "1" * 5000}, CATALOGUE, decide)
    (problem,) = request.problems
    assert problem.code is ProblemCode.VALUE_TOO_LONG
    assert [each.decision for each in request.asked] == [None]


@pytest.mark.parametrize(
    ("value", "is_met"),
    [
        ("0", True),
        ("64", True),
        ("65", False),
        ("-1", False),
        ("0" * 254 + "1", True),
        ("1" * 5000, False),
        ("1_0", False),
        ("\u0661", False),
    ],
)
def test_range(value: str, is_met: bool) -> None:
    """A range is about integers in digits; nothing that is none fails."""
    values = Values(low=0, high=64)
    definition = CATALOGUE["hw_video_ram"]
    assert values.match(value, definition, allow=True) is is_met
