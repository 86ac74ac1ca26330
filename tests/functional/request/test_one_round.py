# SPDX-License-Identifier: Apache-2.0
"""One answer tells all: request, image, flavor, and Nova's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from nova.compute import api as novas_compute_api

from image_props_override.nova_plugin.nova_privates import compute_api as novas
from image_props_override.nova_plugin.rules import policies
from tests.functional.api.previewing import ABSENT, codes, preview
from tests.functional.lifecycle.rebuilding import answer_to_rebuild
from tests.functional.nova_in_process import IMAGE, NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

MANY: dict[str, Any] = {
    "hw_disk_bus": "virtoi",
    "hw_rng_model": "virtio",
    "os_command_line": "quiet",
    "hw_boot_menu": None,
    "os_secure_boot": "required",
    "hw_mem_page_size": "large",
}
ALL_CODES = [
    "value_invalid",
    "no_effect",
    "removal_of_absent",
    "kernel_missing",
    "partner_missing",
    "nova_refuses",
]


def codes_of(message: str) -> list[str]:
    """Return the codes that a message ends its lines with, in order."""
    return re.findall(r"\[(\w+)\]$", message, re.M)


def test_create(nova: NovaInProcess) -> None:
    """A boot tells at once what a preview tells of the same set."""
    status, message = nova.refused(MANY)
    assert (status, codes_of(message)) == (400, ALL_CODES)
    told = [code for _, code in codes(preview(nova, MANY))]
    assert told == ALL_CODES
    assert nova.api.get_servers(detail=False) == []


def test_rebuild(nova: NovaInProcess) -> None:
    """So does a rebuild, with what only a rebuild refuses."""
    server = nova.boot()
    # Where Nova makes no topology of a set, it cannot say that it differs.
    asked = {**MANY, "hw_numa_nodes": "2", "hw_tpm_version": "2.0"}
    del asked["hw_mem_page_size"]
    answer = answer_to_rebuild(nova, server, asked)
    assert answer.status_code == 400
    told = codes_of(answer.json()["badRequest"]["message"])
    assert told == [*ALL_CODES[:-1], "fixed_at_boot", "fixed_at_boot"]


def test_denied_and_malformed(nova: NovaInProcess) -> None:
    """What rules refuse is told with what image and flavor refuse."""
    with nova.configured(deny=["hw_disk_bus"]):
        status, message = nova.refused({"hw_disk_bus": "ide"})
        assert (status, codes_of(message + "\n")) == (403, ["rule_denies"])
        status, message = nova.refused(
            {"hw_disk_bus": "ide", "os_command_line": "quiet"}
        )
    assert (status, codes_of(message)) == (
        400,
        ["rule_denies", "kernel_missing"],
    )


# What of a body Nova refuses before it looks at the image's properties; a
# word of Nova's own.
EARLIER: dict[str, tuple[dict[str, Any], str]] = {
    "no such image": ({"imageRef": ABSENT}, "image"),
    "no such flavor": ({"flavorRef": "no-such"}, "no-such"),
    "no such network": ({"networks": "sometimes"}, "networks"),
    "no such zone": ({"availability_zone": "a:b:c:d"}, "availability_zone"),
}


@pytest.mark.parametrize(("fields", "word"), EARLIER.values(), ids=EARLIER)
def test_nova_refuses_earlier(
    nova: NovaInProcess, fields: dict[str, Any], word: str
) -> None:
    """Problems with overrides are not lost where Nova ends before."""
    status, message = nova.refused({"hw_nothing": "1"}, **fields)
    assert status == 400
    assert codes_of(message) == ["name_unknown", "nova_refuses"]
    assert word in message.splitlines()[-1]
    alone, words = nova.refused({"hw_boot_menu": "true"}, **fields)
    assert alone == 400
    assert "image_props_override" not in words


def test_rebuild_that_nova_refuses_earlier(nova: NovaInProcess) -> None:
    """The same for a rebuild, whose image is read later still."""
    server = nova.boot()
    unknown = {"hw_nothing": "1"}
    nova.api.post_server_action(server["id"], {"lock": None})
    locked = answer_to_rebuild(nova, server, unknown)
    nova.api.post_server_action(server["id"], {"unlock": None})
    absent = answer_to_rebuild(nova, server, unknown, image=ABSENT)
    for answer in (locked, absent):
        assert answer.status_code == 400
        message = answer.json()["badRequest"]["message"]
        assert codes_of(message) == ["name_unknown", "nova_refuses"]


def test_policy_comes_first(
    nova: NovaInProcess, set_policies: Callable[[dict[str, str]], None]
) -> None:
    """Who may not override, or not boot, learns nothing else."""
    for rule in (policies.CREATE, "os_compute_api:servers:create"):
        set_policies({rule: "!"})
        status, message = nova.refused(MANY)
        assert status == 403
        assert "hw_disk_bus" not in message
        set_policies({rule: "@"})


def test_what_is_given_in_vain_is_not_missed(nova: NovaInProcess) -> None:
    """A partner with a mistake in it is one problem, and not two."""
    asked = {"hw_tpm_model": "tpm-crb", "hw_tpm_version": "3.0"}
    status, message = nova.refused(asked)
    assert status == 400
    assert "hw_tpm_version: '3.0'" in message
    assert "partner_missing" not in message


@pytest.mark.parametrize(
    ("overrides", "status"),
    [({"hw_nothing": "1"}, 400), ({"hw_boot_menu": "true"}, 500)],
    ids=["with problems", "without"],
)
def test_a_merge_that_never_comes(
    nova: NovaInProcess,
    monkeypatch: pytest.MonkeyPatch,
    overrides: dict[str, str],
    status: int,
) -> None:
    """Should Nova ever go another way, nothing is booted without overrides."""
    monkeypatch.setattr(
        novas.ComputeAPI,
        "_validate_and_build_base_options",
        novas_compute_api.API._validate_and_build_base_options,
    )
    answer = nova.answer_to(nova.body(overrides))
    assert answer.status_code == status
    assert nova.api.get_servers(detail=False) == []


def test_a_rebuild_whose_image_is_never_asked_for(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is a server rebuilt without them."""
    server = nova.boot({"hw_boot_menu": "true"})
    monkeypatch.setattr(
        novas.ComputeAPI, "_get_image", novas_compute_api.API._get_image
    )
    for overrides, status in (({"hw_nothing": "1"}, 400), (None, 500)):
        answer = answer_to_rebuild(nova, server, overrides, image=IMAGE)
        assert answer.status_code == status, answer.text
    assert nova.instance(server).task_state is None
