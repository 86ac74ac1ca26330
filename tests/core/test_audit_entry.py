# SPDX-License-Identifier: Apache-2.0
"""What an auditor is told of each property of a request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_props_override.core.attempt import Attempt, Purpose
from image_props_override.core.audit_entry import (
    MASKED,
    AuditEntry,
    audit_entries,
)
from image_props_override.core.boot.plan import plan_boot
from image_props_override.core.override_request import read_override_request
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.names import PropertyName
from image_props_override.core.rules.ordered_rules import (
    Caller,
    Decision,
    Wanted,
    deny_list,
)
from tests.core.catalogue import CATALOGUE

CALLER = Caller("project", frozenset({"member"}))
DENIED = deny_list(["hw_boot_menu"], CATALOGUE, "deny")


def decide(name: PropertyName, value: Wanted) -> Decision:
    """Allow all but one property."""
    return DENIED.decide(name, value, CALLER) or Decision(True, "a rule")


def answered(raw: object, **known: Any) -> Attempt:
    """Return a request, refused if there is a problem with it."""
    request = read_override_request(raw, CATALOGUE, decide)
    known = {"problems": request.problems, **known}
    return Attempt(
        "req-1", "user", "project", Purpose.CREATE, request, **known
    )


def accepted(raw: object, before: dict[str, Any]) -> Attempt:
    """Return a request that created a server from an image."""
    request = read_override_request(raw, CATALOGUE, decide)
    assert request.problems == ()
    plan = plan_boot(before, request.overrides, {}, CATALOGUE)
    return answered(
        raw, before=before, after=plan.properties, server_ids=("server",)
    )


def of(entries: tuple[AuditEntry, ...], name: str) -> AuditEntry:
    """Return the one entry of a property."""
    (entry,) = (each for each in entries if each.property == name)
    return entry


def test_accepted() -> None:
    """An accepted override tells all that an auditor asks."""
    (entry,) = audit_entries(
        accepted({"hw_disk_bus": "ide"}, {"hw_disk_bus": "scsi"})
    )
    assert json.loads(entry.line()) == {
        "request_id": "req-1",
        "user_id": "user",
        "project_id": "project",
        "operation": "create",
        "server_ids": ["server"],
        "property": "hw_disk_bus",
        "old": "scsi",
        "new": "ide",
        "outcome": "accepted",
        "code": None,
        "reason": "a rule",
    }


SCSI = {"hw_disk_bus": "scsi"}
NUMA = {"hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1-3"}
VMWARE = {"vmware_adaptertype": "lsilogic"}

# what is asked, the image's properties, of which property: old and new
CHANGES: list[
    tuple[Any, dict[str, Any], str, tuple[str | None, str | None]]
] = [
    ({"hw_disk_bus": "ide"}, {}, "hw_disk_bus", (None, "ide")),
    ({"hw_disk_bus": "scsi"}, SCSI, "hw_disk_bus", ("scsi", "scsi")),
    ({"hw_disk_bus": None}, SCSI, "hw_disk_bus", ("scsi", None)),
    (
        {"architecture": "aarch64"},
        {"architecture": "x86_64"},
        "hw_architecture",
        ("x86_64", "aarch64"),
    ),
    (
        {"os_command_line": "%default% quiet"},
        {"os_command_line": "ro"},
        "os_command_line",
        ("ro", "ro quiet"),
    ),
    (
        {"hw_numa_cpus": None},
        NUMA,
        "hw_numa_cpus",
        ("hw_numa_cpus.0=0 hw_numa_cpus.1=1-3", None),
    ),
    ({"hw_numa_cpus.0": "2"}, NUMA, "hw_numa_cpus.0", ("0", "2")),
    ({"hw_scsi_model": None}, VMWARE, "hw_scsi_model", ("lsilogic", None)),
    ({"hw_video_ram": "1"}, {"hw_video_ram": 64}, "hw_video_ram", ("64", "1")),
]


@pytest.mark.parametrize(("raw", "before", "name", "change"), CHANGES)
def test_old_and_new(
    raw: object,
    before: dict[str, Any],
    name: str,
    change: tuple[str | None, str | None],
) -> None:
    """Old is the image's under any of its names, new is what is in force."""
    entry = of(audit_entries(accepted(raw, before)), name)
    assert (entry.old, entry.new) == change


def test_each_property_of_a_refused_request() -> None:
    """Problems are told with their property; what has none has failed."""
    entries = audit_entries(
        answered(
            {
                "hw_boot_menu": "true",
                "no_such": "x",
                "architecture": 7,
                "hw_disk_bus": None,
            }
        )
    )
    told = {each.property: (each.outcome, each.code) for each in entries}
    assert told == {
        "hw_boot_menu": ("refused", "rule_denies"),
        "no_such": ("refused", "name_unknown"),
        "hw_architecture": ("refused", "value_not_a_string"),
        "hw_disk_bus": ("failed", None),
    }
    assert "rule 1 of deny" in of(entries, "hw_boot_menu").reason
    assert of(entries, "hw_architecture").new == "7"
    assert all(each.server_ids == () for each in entries)


def test_all_problems_of_one_property() -> None:
    """A wrong value of a denied property tells both."""
    (entry,) = audit_entries(answered({"hw_boot_menu": "maybe"}))
    assert "[value_invalid]; " in entry.reason
    assert "[rule_denies]" in entry.reason


def test_problem_of_no_property_asked_for() -> None:
    """A problem of the request is that of each property without its own."""
    nova = Problem("", "CPUs do not fit", ProblemCode.NOVA_REFUSES)
    own = Problem("hw_disk_bus", "is odd", ProblemCode.PARTNER_MISSING)
    entries = audit_entries(
        answered(
            {"hw_disk_bus": "ide", "hw_video_ram": "1"},
            problems=(nova, own),
        )
    )
    assert of(entries, "hw_disk_bus").code == "partner_missing"
    assert of(entries, "hw_video_ram").code == "nova_refuses"
    assert "CPUs do not fit" in of(entries, "hw_video_ram").reason


def test_problem_with_a_legacy_name() -> None:
    """Glance's protection of a legacy name refuses the property it means."""
    problem = Problem("architecture", "no", ProblemCode.RULE_DENIES)
    entries = audit_entries(
        answered(
            {"hw_architecture": "aarch64", "hw_disk_bus": "ide"},
            problems=(problem,),
        )
    )
    assert of(entries, "hw_architecture").outcome == "refused"
    assert of(entries, "hw_disk_bus").outcome == "failed"


@pytest.mark.parametrize(
    "raw", [None, [], "x", 7, {str(n): "" for n in range(600)}]
)
def test_request_without_properties(raw: object) -> None:
    """What cannot be read has one entry, without a property."""
    (entry,) = audit_entries(answered(raw))
    assert (entry.property, entry.outcome) == (None, "refused")
    assert entry.code in ("request_not_an_object", "request_too_many")


def test_nothing_asked() -> None:
    """An empty object leaves no trace."""
    assert audit_entries(answered({}, failure="HTTPForbidden")) == ()


@pytest.mark.parametrize(
    ("mask", "told"), [((), ("ide", "scsi")), (["hw_*"], (MASKED, MASKED))]
)
def test_dropped(mask: Sequence[str], told: tuple[str, str]) -> None:
    """What a rebuilt server has no more is told, unless it is masked."""
    had = answered({"hw_disk_bus": "ide"}).request.asked
    (entry,) = audit_entries(
        answered(
            {},
            dropped=had,
            after={"hw_disk_bus": "scsi"},
            server_ids=("server",),
        ),
        mask,
    )
    assert (entry.old, entry.new) == told
    assert (entry.property, entry.outcome) == ("hw_disk_bus", "dropped")


def test_nova_refuses_the_request() -> None:
    """What Nova refuses later has failed, and tells only the kind of error."""
    (entry,) = audit_entries(
        answered({"hw_disk_bus": "ide"}, failure="HTTPForbidden")
    )
    assert (entry.outcome, entry.code) == ("failed", None)
    assert "HTTPForbidden" in entry.reason


SECRET = "sesame"


@pytest.mark.parametrize(
    ("mask", "raw"),
    [
        ("os_command_line", {"os_command_line": SECRET}),
        ("os_*", {"hw_os_command_line": SECRET}),
        ("*", {"os_command_line": SECRET, "hw_disk_bus": SECRET}),
        ("hw_disk_bus", {"hw_disk_bus": SECRET}),
        ("hw_architecture", {"architecture": SECRET}),
        ("hw_disk_bus", {"hw_disk_buss": SECRET}),
        ("hw_disk_bus", {"hw_disk_bus": [SECRET]}),
        ("hw_disk_bus", {"vmware_adaptertype": [SECRET]}),
        ("hw_scsi_model", {"vmware_adaptertype": SECRET}),
        ("hw_numa_cpus", {"hw_numa_cpus.0": SECRET}),
        ("vmware_*", {"os_distro": SECRET}),
    ],
)
def test_masked(mask: str, raw: object) -> None:
    """Neither values nor words tell what is masked."""
    entries = audit_entries(answered(raw), [mask])
    assert not any(SECRET in entry.line() for entry in entries)
    assert MASKED in {entry.new for entry in entries}


def test_masked_old_value() -> None:
    """A removal is still seen as one, but not of what."""
    for mask in ("hw_numa_cpus", "hw_numa_cpus.*"):
        (entry,) = audit_entries(
            accepted({"hw_numa_cpus": None}, NUMA), [mask]
        )
        assert (entry.old, entry.new) == (MASKED, None)


def test_masked_value_in_words_about_another() -> None:
    """Nova's words, which may quote any value, are masked for all."""
    problem = Problem("", f"{SECRET}?", ProblemCode.NOVA_REFUSES)
    entries = audit_entries(
        answered(
            {"hw_disk_bus": "ide", "os_command_line": SECRET},
            problems=(problem,),
        ),
        ["os_command_line"],
    )
    assert not any(SECRET in entry.line() for entry in entries)
    assert of(entries, "hw_disk_bus").new == "ide"


def test_not_masked() -> None:
    """Rules are told with masked properties; other values are told."""
    entries = audit_entries(
        answered({"hw_boot_menu": "true", "hw_disk_bus": "ide"}),
        ["hw_boot_menu"],
    )
    assert "rule 1 of deny" in of(entries, "hw_boot_menu").reason
    assert of(entries, "hw_disk_bus").new == "ide"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "a\r\nb", "\u2028\u0085\x1b[2J", "x" * 999]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
NAMES = st.sampled_from(["hw_disk_bus", "vmware_adaptertype"]) | st.text()


@given(raw=st.dictionaries(NAMES, JSON) | JSON)
def test_lines_of_anything(raw: object) -> None:
    """Any JSON makes bounded lines of ASCII, which read back as payloads."""
    for entry in audit_entries(answered(raw)):
        line = entry.line()
        assert line.isascii()
        assert line.isprintable()
        assert len(line) < 12_000
        assert json.loads(line) == entry.payload()
        str(entry.payload()).encode()


def test_bounds() -> None:
    """What is long or deep is cut; what Nova can keep is told in full."""
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    huge = "x" * 10_000_000
    raw = {"hw_disk_bus": deep, huge: huge, "os_command_line": "y" * 2047}
    entries = audit_entries(answered(raw))
    assert all(len(each.line()) < 3000 for each in entries)
    assert of(entries, "os_command_line").new == "y" * 2047
