# SPDX-License-Identifier: Apache-2.0
"""What users can get around: Glance's protections, isolation of hosts."""

from __future__ import annotations

from pathlib import Path

import pytest
from oslo_upgradecheck.upgradecheck import Code

from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.nova_plugin.doctor.api_host import Aggregates
from image_props_override.nova_plugin.doctor.isolation import check_isolation
from image_props_override.nova_plugin.doctor.plain_member import PlainMember
from image_props_override.nova_plugin.doctor.protections import (
    check_protections,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from tests.nova_plugin.doctor.doctor_host import make_host, text_of

CATALOGUE = catalogue_from_nova()

ISOLATING = """
[filter_scheduler]
enabled_filters = ComputeFilter, AggregateImagePropertiesIsolation
"""
ISOLATING_BY_TRAITS = """
[scheduler]
enable_isolated_aggregate_filtering = true
"""

ALLOW_UP_TO_64 = """
rules:
- {properties: [hw_video_ram], values: {range: [0, 64]}, action: allow}
- {properties: [hw_video_ram], action: deny}
"""
DENY_ABOVE_64 = """
rules:
- {properties: [hw_video_ram], values: {range: [65, 999]}, action: deny}
"""
ONLY_ADMINS = """
rules:
- {properties: [hw_video_ram], roles: [Admin], action: allow}
- {properties: [hw_video_ram], projects: [p], action: allow}
- {properties: [hw_video_ram], action: deny}
"""
MEMBERS_TOO = """
rules:
- {properties: [hw_video_ram], roles: [Member], action: allow}
- {properties: [hw_video_ram], action: deny}
"""
NO_REMOVAL = """
rules:
- {properties: [hw_video_ram], removal: true, action: deny}
"""
ONLY_REMOVAL = """
rules:
- {properties: [hw_video_ram], removal: true, action: allow}
- {properties: [hw_video_ram], action: deny}
"""


@pytest.mark.parametrize(
    ("section", "rules", "may_set", "may_remove"),
    [
        ("", "", True, True),
        ("allow = os_*", "", False, False),
        ("deny = hw_video*", "", False, False),
        ("", ALLOW_UP_TO_64, True, False),
        ("", DENY_ABOVE_64, True, True),
        ("", ONLY_ADMINS, False, False),
        ("", MEMBERS_TOO, True, True),
        ("", NO_REMOVAL, True, False),
        ("", ONLY_REMOVAL, False, True),
        ("allow = os_*", MEMBERS_TOO, False, False),
    ],
)
def test_plain_member(
    tmp_path: Path,
    section: str,
    rules: str,
    may_set: bool,
    may_remove: bool,
) -> None:
    """Some value is enough; a role or a project of one's own is not."""
    if rules:
        (tmp_path / "rules.yaml").write_text(rules)
        section += f"\nrules_file = {tmp_path / 'rules.yaml'}"
    member = PlainMember(make_host(tmp_path, section).section, CATALOGUE)
    name = resolve_name("hw_video_ram", CATALOGUE)
    assert isinstance(name, PropertyName)
    assert member.may_set(name) is may_set
    assert member.may_remove(name) is may_remove


PROTECTIONS = """
[^os_distro$]
create = {admin}
read = @
update = {admin}
delete = @
[^os_type$]
create = @
read = @
update = @
delete = {admin}
[.*]
create = @
read = @
update = @
delete = @
"""


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("", {"create, update: os_distro", "delete: os_type"}),
        ("deny = os_distro", {"delete: os_type"}),
        ("allow = hw_*", set()),
    ],
)
@pytest.mark.parametrize("rule_format", ["roles", "policies"])
def test_protections(
    tmp_path: Path, section: str, told: set[str], rule_format: str
) -> None:
    """What nova.conf permits and Glance does not is told."""
    file = tmp_path / "protections.conf"
    policies = tmp_path / "policy.yaml"
    policies.write_text("only_admins: role:admin")
    admin = "admin" if rule_format == "roles" else "only_admins"
    file.write_text(PROTECTIONS.format(admin=admin))
    finding = check_protections(
        make_host(
            tmp_path,
            f"{section}\nproperty_protection_file = {file}\n"
            f"property_protection_rule_format = {rule_format}\n"
            f"property_protection_policy_file = {policies}",
        )
    )
    assert finding.code is Code.SUCCESS
    assert set(finding.details[1:]) == told


def test_protections_not_configured(tmp_path: Path) -> None:
    """Whether Glance protects properties cannot be known: say what to do."""
    finding = check_protections(make_host(tmp_path))
    assert finding.code is Code.SUCCESS
    assert "copy" in text_of(finding)


# nova.conf, aggregates, code, what is told
ISOLATION = [
    ("", ISOLATING, {}, Code.SUCCESS, "nothing that aggregates use"),
    ("", "", {"a": ["availability_zone"]}, Code.SUCCESS, "nothing"),
    ("", ISOLATING, {"a": ["os_type"]}, Code.SUCCESS, "Refused"),
    (
        "protect_isolation = false",
        ISOLATING,
        {"a": ["os_type", "ssd"], "b": ["os_type"]},
        Code.FAILURE,
        "  os_type: a, b",
    ),
    (
        "protect_isolation = false",
        ISOLATING_BY_TRAITS,
        {"a": ["trait:CUSTOM_X"]},
        Code.FAILURE,
        "  trait:CUSTOM_X: a",
    ),
    (
        "protect_isolation = false\ndeny = os_type, trait:*",
        ISOLATING,
        {"a": ["os_type", "trait:CUSTOM_X"]},
        Code.SUCCESS,
        "nothing",
    ),
    ("", "", {"a": ["os_type"]}, Code.WARNING, "set the same options"),
    ("deny = os_type", "", {"a": ["os_type"]}, Code.SUCCESS, "nothing"),
    (
        "allow = *, vmware_ostype",
        ISOLATING,
        {"a": ["os_distro", "os_type"]},
        Code.SUCCESS,
        "so users can override them:   os_distro: a",
    ),
    (
        "protect_isolation = false\nallow = *, os_distro",
        ISOLATING,
        {"a": ["os_distro", "os_type"]},
        Code.FAILURE,
        "  os_type: a",
    ),
    ("", ISOLATING, OSError("secret"), Code.WARNING, "are refused"),
    ("", "", OSError("secret"), Code.WARNING, "It is unknown whether"),
]


@pytest.mark.parametrize(
    ("section", "others", "aggregates", "code", "told"), ISOLATION
)
def test_isolation(
    tmp_path: Path,
    section: str,
    others: str,
    aggregates: Aggregates | Exception,
    code: Code,
    told: str,
) -> None:
    """What keeps hosts apart must not be in the users' hands."""
    finding = check_isolation(make_host(tmp_path, section, others, aggregates))
    assert finding.code is code
    assert told in text_of(finding)
    assert "secret" not in text_of(finding)
