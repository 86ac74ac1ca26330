# SPDX-License-Identifier: Apache-2.0
"""The examples for deployment projects say what the plug-in understands.

What the projects make of them is told in docs/operator/install.md.
"""

from __future__ import annotations

import configparser
import io
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from image_props_override.nova_plugin import conf
from image_props_override.nova_plugin.install.paste_file import factory_lines
from tests import PROJECT
from tests.nova_plugin.doctor.doctor_host import novas_paste_file
from tests.nova_plugin.install.test_paste_file import (
    WITHOUT_A_VERSION_DOCUMENT,
)

FOLDER = PROJECT / "docs" / "examples" / "install"
ANSIBLE = yaml.safe_load((FOLDER / "openstack-ansible.yml").read_text())
HELM = yaml.safe_load((FOLDER / "openstack-helm.yaml").read_text())
PACKAGE = "nova-image-props-override"
COMMANDS = {
    script.name
    for script in metadata.distribution(PACKAGE).entry_points
    if script.group == "console_scripts"
}


@pytest.mark.parametrize(
    ("paste", "overrides"),
    [
        (
            novas_paste_file().read_text(),
            ANSIBLE["nova_api_paste_ini_overrides"],
        ),
        (WITHOUT_A_VERSION_DOCUMENT, HELM["conf"]["paste"]),
    ],
    ids=["OpenStack-Ansible", "openstack-helm"],
)
def test_paste_sections(
    paste: str, overrides: Mapping[str, Mapping[str, str]]
) -> None:
    """Merged into the project's own file, they switch overriding on."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(paste)
    sections = len(parser.sections())
    parser.read_dict(overrides)
    assert len(parser.sections()) == sections
    merged = io.StringIO()
    parser.write(merged)
    lines = factory_lines(merged.getvalue().encode())
    assert all(line.is_ours for line in lines)


@pytest.mark.parametrize(
    "options",
    [
        ANSIBLE["nova_nova_conf_overrides"]["image_props_override"],
        HELM["conf"]["nova"]["image_props_override"],
    ],
    ids=["OpenStack-Ansible", "openstack-helm"],
)
def test_options(options: Mapping[str, Any]) -> None:
    """The options exist."""
    ((_, known),) = conf.list_opts()
    assert options.keys() <= {option.name for option in known}


@pytest.mark.parametrize(
    "example", sorted(FOLDER.iterdir()), ids=lambda path: path.name
)
def test_commands(example: Path) -> None:
    """Each command of ours is one that the package installs."""
    text = example.read_text()
    assert PACKAGE in text
    named = set(re.findall(r"nova-\w+-image-props\b(?!-)", text))
    if re.search(r"\bpaste\b.*--", text):
        named.add("image-props-override")
        assert "paste --apply /etc/nova/api-paste.ini" in text
    assert named <= COMMANDS
    assert (
        f"(../{example.relative_to(FOLDER.parents[1])})"
        in (PROJECT / "docs" / "operator" / "install.md").read_text()
    )
