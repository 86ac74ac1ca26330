# SPDX-License-Identifier: Apache-2.0
"""Who may override what, by Glance's property protection file.

That Glance gives the same answers: tests/nova_contract.
"""

from __future__ import annotations

import pytest

from image_props_override.core.boot.merge import merge
from image_props_override.core.rules.property_protections import (
    Operation,
    ProtectionFileError,
    RuleFormat,
    operations_of,
    read_protections,
)
from tests.core.catalogue import CATALOGUE

SOURCE = "/etc/glance/pp.conf"

ROLES = """\
# The first section that is found in the name decides.
[^hw_disk_bus$]
create = member
read = @
update = Admin, licence
delete = !

[^hw_]
create = @
read = @
update = @
delete =

[licensed]
create = admin
read = @
update = admin
delete = admin
"""

POLICIES = """\
[.*]
create = glance_creator
read = @
update = !
delete =
"""

CREATE, UPDATE, DELETE = Operation.CREATE, Operation.UPDATE, Operation.DELETE


def no_policy(name: str) -> bool:
    """Fail: the roles format asks for no policy."""
    raise AssertionError(name)


# name, operation, roles, whether they may, what is found to ask for it
DECISIONS = [
    ("hw_disk_bus", CREATE, ["member"], True, "role member"),
    ("hw_disk_bus", CREATE, ["admin"], False, "role member"),
    ("hw_disk_bus", CREATE, [], False, "role member"),
    ("hw_disk_bus", UPDATE, ["LICENCE"], True, "roles Admin, licence"),
    ("hw_disk_bus", UPDATE, ["admin"], True, "roles Admin, licence"),
    ("hw_disk_bus", UPDATE, ["member"], False, "roles Admin, licence"),
    ("hw_disk_bus", DELETE, ["admin"], False, "nobody (!)"),
    ("hw_disk_bus2", CREATE, [], True, "everyone (@)"),
    ("hw_vif_model", DELETE, ["admin"], False, "nobody (it is empty)"),
    ("hw_licensed", CREATE, [], True, "everyone (@)"),
    ("x_licensed_x", UPDATE, ["admin"], True, "role admin"),
    ("x_licensed_x", UPDATE, ["member"], False, "role admin"),
    ("LICENSED", UPDATE, ["admin"], False, "no section matches"),
    ("os_distro", CREATE, ["admin"], False, "no section matches"),
    ("hw_" + "x" * 253, CREATE, ["admin"], False, "no section matches"),
]


@pytest.mark.parametrize(
    ("name", "operation", "roles", "allowed", "asks"), DECISIONS
)
def test_roles(
    name: str, operation: Operation, roles: list[str], allowed: bool, asks: str
) -> None:
    """The first section that matches decides; none lets nobody."""
    protections = read_protections(ROLES, SOURCE, RuleFormat.ROLES)
    decision = protections.permits(name, operation, roles, no_policy)
    assert (decision.name, decision.operation) == (name, operation)
    assert decision.allowed is allowed
    assert decision.reason.endswith(f": {asks}")
    assert SOURCE in decision.reason


def test_reason_says_where() -> None:
    """The reason has file, section, line, what is asked and of whom."""
    protections = read_protections(ROLES, SOURCE, RuleFormat.ROLES)
    decision = protections.permits("hw_disk_bus", UPDATE, [], no_policy)
    assert decision.reason == (
        "property protection file /etc/glance/pp.conf, section "
        "[^hw_disk_bus$] (line 2), update of hw_disk_bus: roles Admin, licence"
    )


@pytest.mark.parametrize("passes", [True, False])
def test_policies(passes: bool) -> None:
    """A policy is asked for once, by its name; roles do not count."""
    asked: list[str] = []

    def check(name: str) -> bool:
        asked.append(name)
        return passes

    protections = read_protections(POLICIES, SOURCE, RuleFormat.POLICIES)
    decision = protections.permits("any", CREATE, ["glance_creator"], check)
    assert decision.allowed is passes
    assert decision.reason.endswith("create of any: policy glance_creator")
    assert asked == ["glance_creator"]


@pytest.mark.parametrize("operation", [UPDATE, DELETE])
def test_nobody_asks_no_policy(operation: Operation) -> None:
    """'!' and nothing need no policy."""
    protections = read_protections(POLICIES, SOURCE, RuleFormat.POLICIES)
    decision = protections.permits("any", operation, ["admin"], no_policy)
    assert not decision.allowed


def test_empty_file_lets_nobody() -> None:
    """As for Glance 33, a file without sections protects everything."""
    protections = read_protections("", SOURCE, RuleFormat.ROLES)
    assert not protections.permits(
        "hw_disk_bus", CREATE, ["admin"], no_policy
    ).allowed


def test_glance_keeps_its_own() -> None:
    """As in Glance, sections for "os_glance" in the file do not count."""
    text = f"[.*]\ncreate=!\n{REST}[os_glance.*]\n"
    protections = read_protections(text, SOURCE, RuleFormat.ROLES)
    decision = protections.permits("os_glance_x", CREATE, [], no_policy)
    assert decision.allowed
    assert decision.reason.startswith("Glance's own section [os_glance.*]")


REST = "read=@\nupdate=@\ndelete=@\n"

# format, text, what the message tells
REFUSED = [
    (
        "roles",
        f"[os_glance|hw_]\ncreate=!\n{REST}",
        "section [os_glance|hw_] (line 1): Glance 33 and newer ignore",
    ),
    ("roles", "[a]\n" + REST, "section [a] (line 1), create: is missing"),
    ("roles", f"\n[a]\ncreate=@,!\n{REST}", "[a] (line 2), create: has both"),
    ("roles", f"[*]\ncreate=@\n{REST}", "[*] (line 1): is not a regular"),
    ("roles", f"[a{{9999999999}}]\ncreate=@\n{REST}", "is not a regular"),
    ("roles", f"[(?L)a]\ncreate=@\n{REST}", "is not a regular"),
    ("roles", f"[(a+)+]\ncreate=@\n{REST}", "repeats a group, ')*'"),
    ("roles", f"[(a|ab){{9}}]\ncreate=@\n{REST}", "repeats a group, ')*'"),
    ("roles", f"[a]\ncreate=%\n{REST}", "create: '%' begins a reference"),
    ("roles", "create=@\n", "line: 1"),
    ("roles", "[a]\ncreate\n", "[line 2]"),
    ("roles", "[a]\n[b]\n[a]\n", "[line 3]: section 'a' already exists"),
    ("roles", "[a]\ncreate=@\nCREATE=@\n", "option 'create' in section 'a'"),
    ("policies", f"[a]\ncreate=x,y\n{REST}", "'x,y' is not the name of one"),
    ("policies", f"[a]\ncreate=x or y\n{REST}", "is not the name of one"),
    ("policies", f"[a]\ncreate=b:read\n{REST}", "is not the name of one"),
]


@pytest.mark.parametrize(("rule_format", "text", "told"), REFUSED)
def test_refused(rule_format: str, text: str, told: str) -> None:
    """A wrong file is refused with file and place, on one line."""
    with pytest.raises(ProtectionFileError) as caught:
        read_protections(text, SOURCE, RuleFormat(rule_format))
    message = str(caught.value)
    assert told in message
    assert SOURCE in message
    assert message.isprintable()


# image, overrides, what they do to it as Glance sees it
OPERATIONS: list[
    tuple[dict[str, str], dict[str, str | None], dict[str, Operation]]
] = [
    ({}, {"hw_disk_bus": "ide"}, {"hw_disk_bus": CREATE}),
    ({"hw_disk_bus": "scsi"}, {"hw_disk_bus": "ide"}, {"hw_disk_bus": UPDATE}),
    ({"hw_disk_bus": "ide"}, {"hw_disk_bus": "ide"}, {"hw_disk_bus": UPDATE}),
    ({"hw_disk_bus": "ide"}, {"hw_disk_bus": None}, {"hw_disk_bus": DELETE}),
    ({}, {"hw_disk_bus": None}, {"hw_disk_bus": DELETE}),
    (
        {"architecture": "aarch64"},
        {"hw_architecture": "x86_64"},
        {"architecture": UPDATE, "hw_architecture": CREATE},
    ),
    (
        {"architecture": "x86_64"},
        {"hw_architecture": "x86_64"},
        {"architecture": UPDATE, "hw_architecture": CREATE},
    ),
    (
        {"architecture": "x86_64"},
        {"hw_architecture": None},
        {"architecture": DELETE, "hw_architecture": DELETE},
    ),
    (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.1": "1", "os_distro": "x"},
        {"hw_numa_cpus.0": "0-1"},
        {"hw_numa_cpus.0": UPDATE, "hw_numa_cpus.1": DELETE},
    ),
    (
        {"hw_numa_cpus.0": "0"},
        {"hw_numa_cpus": None},
        {"hw_numa_cpus": DELETE, "hw_numa_cpus.0": DELETE},
    ),
    (
        {"vmware_adaptertype": "lsilogic"},
        {"hw_disk_bus": "ide"},
        {
            "vmware_adaptertype": DELETE,
            "hw_disk_bus": CREATE,
            "hw_scsi_model": CREATE,
        },
    ),
    ({}, {"trait:HW_X": "required"}, {"trait:HW_X": CREATE}),
]


@pytest.mark.parametrize(("image", "overrides", "expected"), OPERATIONS)
def test_operations(
    image: dict[str, str],
    overrides: dict[str, str | None],
    expected: dict[str, Operation],
) -> None:
    """Each stored name that an override touches counts by itself."""
    after = merge(image, overrides, CATALOGUE).effective
    operations = operations_of(overrides, image, after, CATALOGUE)
    assert operations == tuple(sorted(expected.items()))


def test_legacy_name_protects() -> None:
    """The protection of a legacy name holds for the current one."""
    text = (
        f"[^architecture$]\ncreate=@\nread=@\nupdate=admin\ndelete=@\n"
        f"[.*]\ncreate=@\n{REST}"
    )
    protections = read_protections(text, SOURCE, RuleFormat.ROLES)
    image = {"architecture": "aarch64"}
    overrides = {"hw_architecture": "x86_64"}
    after = merge(image, overrides, CATALOGUE).effective
    refusals = [
        decision.name
        for name, operation in operations_of(
            overrides, image, after, CATALOGUE
        )
        if not (
            decision := protections.permits(
                name, operation, ["member"], no_policy
            )
        ).allowed
    ]
    assert refusals == ["architecture"]
