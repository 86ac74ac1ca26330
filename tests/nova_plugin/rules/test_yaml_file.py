# SPDX-License-Identifier: Apache-2.0
"""The operator's rules file."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.core.rules.ordered_rules import Caller
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.rules.yaml_file import (
    RulesFile,
    RulesFileError,
    read_rules,
)
from tests import PROJECT

CATALOGUE = catalogue_from_nova()
EXAMPLE = PROJECT / "docs" / "examples" / "rules.yaml"
NFV_PROJECT = "6f70656e737461636b20342065766572"


def name_of(spelling: str) -> PropertyName:
    """Return the canonical name of a spelling that is known."""
    name = resolve_name(spelling, CATALOGUE)
    assert isinstance(name, PropertyName)
    return name


def caller(project_id: str = "other", *roles: str) -> Caller:
    """Return a member of a project, with further roles."""
    return Caller(project_id, frozenset({"member", *roles}))


# property, value, caller, whether the example allows it (None: not its say)
EXAMPLES = [
    ("hw_video_ram", "64", caller(), True),
    ("hw_video_ram", "65", caller(), False),
    ("hw_video_ram", None, caller(), False),
    ("hw_mem_page_size", "large", caller(NFV_PROJECT), True),
    ("hw_mem_page_size", "large", caller(), False),
    ("hw_mem_page_size", "2048", caller(NFV_PROJECT), False),
    ("trait:HW_X", "required", caller("other", "licence-admin"), True),
    ("trait:HW_X", "required", caller(), False),
    ("trait:HW_X", None, caller(), False),
    ("os_command_line", "console=ttyS0 quiet", caller(), True),
    ("os_command_line", "quiet", caller(), False),
    ("hw_firmware_type", None, caller(), False),
    ("hw_firmware_type", "uefi", caller(), None),
    ("hw_disk_bus", "ide", caller(), None),
]


@pytest.mark.parametrize(("spelling", "value", "who", "allowed"), EXAMPLES)
def test_example(
    spelling: str, value: str | None, who: Caller, allowed: bool | None
) -> None:
    """The admin guide's example does what its comments say."""
    rules = read_rules(EXAMPLE, CATALOGUE)
    decision = rules.decide(name_of(spelling), value, who)
    assert (decision and decision.allowed) is allowed
    if decision and not decision.allowed:
        assert "of the operator's rules file" in decision.reason
        assert str(EXAMPLE) not in decision.reason
        assert "(rule " in decision.reason


# what is wrong with a file, its text, what the error must tell
INVALID = [
    ("no YAML", "rules: [", "line"),
    ("no mapping", "- a", "line 1"),
    ("unknown key", "rules: []\nroles: []", "roles"),
    (
        "no action",
        "rules:\n  - properties: [a]",
        "line 2, rule 1: 'action' is a required property",
    ),
    (
        "unknown action",
        "rules:\n  - properties: [a]\n    action: permit",
        "line 3, rule 1.action",
    ),
    (
        "misspelled condition",
        "rules:\n  - properties: [a]\n    action: deny\n    role: [x]",
        "'role' was unexpected",
    ),
    (
        "bad pattern",
        "rules:\n- properties: [a]\n  action: deny\n  values:\n"
        "    pattern: '('",
        "line 5, rule 1.values.pattern: '(' is not a regular",
    ),
    (
        "pattern that can hang",
        "rules:\n- properties: [a]\n  action: deny\n  values:\n"
        "    pattern: '(a+)+b'",
        "line 5, rule 1.values.pattern: '(a+)+b' repeats a group, ')*'",
    ),
    (
        "pattern that is no text",
        "rules:\n- properties: [a]\n  action: deny\n  values:\n    pattern: 7",
        "line 5, rule 1.values.pattern: 7 is not of type 'string'",
    ),
    (
        "one end of a range",
        "rules:\n- properties: [a]\n  action: deny\n  values: {range: [1]}",
        "line 4, rule 1.values.range",
    ),
    (
        "no property",
        "rules:\n- properties: []\n  action: deny",
        "line 2, rule 1.properties",
    ),
    ("empty", "", "line 1"),
]


@pytest.mark.parametrize(
    ("text", "told"), [case[1:] for case in INVALID], ids=lambda _: ""
)
def test_invalid(tmp_path: Path, text: str, told: str) -> None:
    """An invalid file is an error that names file, line and rule."""
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(RulesFileError) as raised:
        RulesFile(path, CATALOGUE)
    assert str(path) in str(raised.value)
    assert told in str(raised.value)


@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_unreadable(tmp_path: Path, kind: str) -> None:
    """A file that cannot be read stops the service at its start."""
    path = tmp_path / "rules.yaml"
    if kind == "folder":
        path.mkdir()
    if kind == "binary":
        path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(RulesFileError, match="cannot be read"):
        RulesFile(path, CATALOGUE)


DENY = "rules:\n- {properties: [hw_disk_bus], action: deny}\n"
ALLOW = DENY.replace("deny", "allow")


def rewrite(path: Path, text: str) -> None:
    """Put another file in its place, as editors and tools do."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def test_changes_are_followed(tmp_path: Path) -> None:
    """The next decision after a change follows the new rules."""
    path = tmp_path / "rules.yaml"
    path.write_text(DENY)
    rules = RulesFile(path, CATALOGUE)
    name = name_of("hw_disk_bus")
    for text, allowed in ((ALLOW, True), (DENY, False)):
        rewrite(path, text)
        decision = rules.decide(name, "ide", caller())
        assert decision is not None
        assert decision.allowed is allowed


@pytest.mark.parametrize("broken", ["rules: [", "", None])
def test_last_good_rules_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str | None
) -> None:
    """A file that turns invalid, or goes, changes nothing but the log."""
    path = tmp_path / "rules.yaml"
    path.write_text(DENY)
    rules = RulesFile(path, CATALOGUE)
    if broken is None:
        path.unlink()
    else:
        rewrite(path, broken)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            decision = rules.decide(name_of("hw_disk_bus"), "ide", caller())
            assert decision is not None
            assert not decision.allowed
    (logged,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert str(path) in logged.getMessage()
    rewrite(path, ALLOW)
    decision = rules.decide(name_of("hw_disk_bus"), "ide", caller())
    assert decision is not None
    assert decision.allowed


def test_unknown_patterns_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A pattern that matches nothing is likely to be a typing error."""
    path = tmp_path / "rules.yaml"
    path.write_text("rules:\n- {properties: [hw_disk_buss], action: deny}\n")
    with caplog.at_level(logging.WARNING):
        read_rules(path, CATALOGUE)
    assert "'hw_disk_buss' matches no image property" in caplog.text
