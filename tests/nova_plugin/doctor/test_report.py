# SPDX-License-Identifier: Apache-2.0
"""How findings are told, and what becomes of checks that fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oslo_upgradecheck.upgradecheck import Code

from image_props_override.nova_plugin.doctor import findings
from image_props_override.nova_plugin.doctor.api_host import ApiHost
from image_props_override.nova_plugin.doctor.checks import CHECKS, run_checks
from image_props_override.nova_plugin.doctor.findings import (
    CheckResult,
    Finding,
)
from image_props_override.nova_plugin.doctor.operator_rules import (
    check_rules_file,
)
from tests.nova_plugin.doctor.doctor_host import make_host, text_of

PROTECTIONS = """
[.*]
create = only_admins
read = only_admins
update = only_admins
delete = only_admins
"""


@pytest.mark.parametrize(
    ("section", "check", "told"),
    [
        ("rules_file = /missing", "Rules file", "/missing"),
        ("rules_file = {bad}", "Rules file", "line 1"),
        (
            "property_protection_file = /missing",
            "Property protections of Glance",
            "/missing",
        ),
        (
            "property_protection_file = {bad}",
            "Property protections of Glance",
            "{bad}",
        ),
        (
            "property_protection_file = {policies}\n"
            "property_protection_rule_format = policies\n"
            "property_protection_policy_file = {bad}",
            "Property protections of Glance",
            "from Glance again",
        ),
        (
            "isolation_refresh_seconds = 0",
            "Options in nova.conf",
            "isolation_refresh_seconds",
        ),
        (
            "property_protection_rule_format = rolls",
            "Options in nova.conf",
            "rolls",
        ),
    ],
)
def test_unusable(tmp_path: Path, section: str, check: str, told: str) -> None:
    """What nova-api cannot use is a failure, and the other checks go on."""
    files = {name: tmp_path / name for name in ("bad", "policies")}
    files["bad"].write_text("bad")
    files["policies"].write_text(PROTECTIONS)
    results = run_checks(make_host(tmp_path, section.format(**files)))
    assert [result.check for result in results] == list(CHECKS)
    assert not any(result.is_unexpected for result in results)
    (finding,) = (each.finding for each in results if each.check == check)
    assert finding.code is Code.FAILURE
    assert told.format(**files) in text_of(finding)


def test_check_that_fails(tmp_path: Path) -> None:
    """A defect in one check hides no other one, and tells no secret."""

    def defective(host: ApiHost) -> Finding:
        raise KeyError("secret", host)

    host = make_host(tmp_path)
    broken, sound = run_checks(
        host, {"defective": defective, "rules": check_rules_file}
    )
    assert broken.is_unexpected
    assert broken.finding.code is Code.FAILURE
    assert "KeyError" in text_of(broken.finding)
    assert Path(__file__).name in text_of(broken.finding)
    assert "secret" not in text_of(broken.finding)
    assert sound == CheckResult("rules", check_rules_file(host))


def test_text() -> None:
    """Prose is wrapped, names stay whole, and lines to copy are untouched."""
    path = "/etc/" + "very-long-name-" * 6
    copied = "  [section]\n  option = " + "word " * 20
    finding = Finding(Code.FAILURE, ("word " * 20 + path, copied))
    text = findings.as_text([CheckResult("Check", finding)])
    assert "Failure: Check\n" in text
    assert path in text
    for line in copied.splitlines():
        assert f"    {line}\n" in f"{text}\n"


def test_json() -> None:
    """Monitoring reads what it reads of nova-status."""
    finding = Finding(Code.WARNING, ("One.", "Two."))
    document = json.loads(findings.as_json([CheckResult("Check", finding)]))
    assert document["checks"] == [
        {"check": "Check", "result": 1, "details": "One.\nTwo."}
    ]
