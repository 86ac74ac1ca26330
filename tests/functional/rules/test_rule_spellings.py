# SPDX-License-Identifier: Apache-2.0
"""Rules by value, on the way to a server: no spelling gets around them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import PROJECT
from tests.functional.api.previewing import codes, preview
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

RULES = """
rules:
  - properties: [hw_boot_menu]
    values: {listed: ["true"]}
    action: deny
  - properties: [hw_mem_page_size]
    values: {listed: ["1GB"]}
    action: deny
  - properties: [os_command_line]
    values: {pattern: ".*single.*"}
    action: deny
"""


@pytest.fixture
def ruled(nova: OneHostOfOurs, tmp_path: Path) -> Iterator[OneHostOfOurs]:
    """Nova with the rules."""
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    with nova.configured(rules_file=str(path)):
        yield nova


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("hw_boot_menu", word) for word in ("true", "True", "yes", "1")),
        *(("hw_mem_page_size", size) for size in ("1GB", "1GiB", "1024MB")),
    ],
)
def test_value(ruled: OneHostOfOurs, name: str, value: str) -> None:
    """A denied value is denied in every spelling."""
    status, message = ruled.refused({name: value})
    # Nova's own reasons make it a 400; the rule's is among them all the same.
    assert status in (400, 403)
    assert "[rule_denies]" in message


def test_line_that_the_image_completes(ruled: OneHostOfOurs) -> None:
    """Rules see what becomes of %default%: boot, preview and rebuild."""
    image = ruled.kernel_image_with(os_command_line="ngle")
    harmless = ruled.kernel_image_with(os_command_line="quiet")
    overrides = {"os_command_line": "si%default%"}
    status, message = ruled.refused(overrides, imageRef=image)
    assert (status, "[rule_denies]" in message) == (403, True)
    told = preview(ruled, overrides, imageRef=image)
    assert codes(told) == [("os_command_line", "rule_denies")]
    server = ruled.boot(overrides, imageRef=harmless)
    for rebuild in (
        # What is recorded, and what is asked for anew.
        {"imageRef": image},
        {"imageRef": image, "image_props_override": overrides},
    ):
        answer = ruled.act(server, rebuild=rebuild)
        assert answer.status_code == 403, answer.text
        assert "[rule_denies]" in answer.text
    answer = ruled.act(server, rebuild={"imageRef": harmless})
    assert answer.status_code == 202, answer.text


def test_line_that_keeps_what_it_must(ruled: OneHostOfOurs) -> None:
    """The example's rule sees the console that the image brings along."""
    rules = PROJECT / "docs" / "examples" / "rules.yaml"
    image = ruled.kernel_image_with(os_command_line="console=ttyS0")
    quiet = ruled.kernel_image_with(os_command_line="quiet")
    overrides = {"os_command_line": "%default% debug"}
    with ruled.configured(rules_file=str(rules)):
        ruled.boot(overrides, imageRef=image)
        status, message = ruled.refused(overrides, imageRef=quiet)
    assert (status, "keep console=ttyS0" in message) == (403, True)


def test_denied_legacy_name(nova: NovaInProcess) -> None:
    """A denied legacy name denies each property that it sets."""
    with nova.configured(deny=["vmware_*"]):
        for overrides in (
            {"vmware_adaptertype": "lsilogic"},
            {"hw_scsi_model": "lsilogic"},
            {"vmware_ostype": "rhel"},
        ):
            status, message = nova.refused(overrides)
            assert (status, "[rule_denies]" in message) == (403, True)
