# SPDX-License-Identifier: Apache-2.0
"""What operators paste from the pages works."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from image_props_override.core.audit_entry import AuditEntry
from image_props_override.nova_plugin.conf import list_opts
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.rules.yaml_file import read_rules
from tests import PROJECT
from tools.reference.pages import DOCS

ADMIN = (DOCS / "operator" / "admin.md").read_text()
AUDIT = (DOCS / "operator" / "audit.md").read_text()
SECURITY = (DOCS / "operator" / "security.md").read_text()
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"^(?:# )?([a-z_]+) = ", re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    """Return a page's blocks of a language."""
    return [text for name, text in _BLOCK.findall(page) if name == language]


def test_rules_files(tmp_path: Path) -> None:
    """Each is one that nova-api reads."""
    yaml = blocks(ADMIN, "yaml")
    rules = [block for block in yaml if block.startswith("rules:")]
    assert rules
    for block in rules:
        file = tmp_path / "rules.yaml"
        file.write_text(block)
        assert read_rules(file, catalogue_from_nova()).rules


def test_options_exist() -> None:
    """In every block with our section."""
    known = {option.name for _, options in list_opts() for option in options}
    shown = [
        block
        for block in (*blocks(ADMIN, "ini"), *blocks(AUDIT, "ini"))
        if block.startswith("[image_props_override]")
    ]
    assert len(shown) > 3
    for block in shown:
        assert set(_OPTION.findall(block)) <= known


def test_queries_of_the_audit_trail(tmp_path: Path) -> None:
    """Each finds its lines, and no other."""
    log = tmp_path / "nova-api.log"
    lines = []
    for outcome, code in (
        ("accepted", None),
        ("refused", "value_invalid"),
        ("refused", "rule_denies"),
        ("dropped", None),
    ):
        entry = AuditEntry(
            request_id="req-1",
            user_id="user",
            project_id="PROJECT",
            operation="create",
            server_ids=(),
            property="hw_disk_bus",
            old=None,
            new="scsi",
            outcome=outcome,
            code=code,
            reason="allow pattern '*'",
        )
        lines.append(
            f"INFO image_props_override.audit override: {entry.line()}"
        )
    log.write_text("\n".join(lines) + "\n")
    queries = [
        each
        for each in blocks(AUDIT, "")
        if each.startswith(("grep ", "sed "))
    ]
    found = [
        subprocess.run(
            query.replace("/var/log/nova/nova-api.log", str(log)),
            shell=True,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for query in queries
    ]
    refused, accepted, counted = found
    assert refused == lines[1:3]
    assert accepted == [lines[0]]
    assert [line.split() for line in counted] == [["1", "hw_disk_bus"]]


def test_attempts_have_tests() -> None:
    """Each row of the security model names tests that exist."""
    rows = re.findall(
        r"^\| [^|]+ \| [^|]+ \| (.*) \|$", SECURITY, re.MULTILINE
    )
    assert len(rows) > 25
    for row in rows:
        if row == "test":
            continue
        named = re.findall(r"`([\w/]+)::(test_\w+)`", row)
        assert named, row
        for module, function in named:
            (file,) = (PROJECT / "tests").rglob(f"{module}.py")
            assert f"def {function}(" in file.read_text(), (module, function)


def test_page_of_troubleshooting_quotes_the_program() -> None:
    """What it has in quotation marks is said by the program, or by Nova."""
    page = (DOCS / "operator" / "troubleshooting.md").read_text()
    source = " ".join(
        re.sub(r'"\s*(?:r|f|rf)?"', "", file.read_text())
        for file in sorted((PROJECT / "src").rglob("*.py"))
    )
    quoted = set(re.findall(r'"([A-Za-z][^"|]{12,})"', page))
    novas = {"Additional properties are not allowed"}
    assert len(quoted) > 6
    for words in quoted - novas:
        assert words in source, words
