# SPDX-License-Identifier: Apache-2.0
"""What cannot be taken is refused, with all that is wrong in one answer."""

from __future__ import annotations

import pytest

from tests.functional.nova_in_process import OURS, NovaInProcess

# (overrides, status, what the message must tell)
REFUSED: dict[str, tuple[object, int, list[str]]] = {
    "unknown name": (
        {"hw_disk_buss": "ide"},
        400,
        ["hw_disk_buss", "did you mean 'hw_disk_bus'", "[name_unknown]"],
    ),
    "property of the image record": (
        {"min_ram": "1"},
        400,
        ["min_ram", "[name_unknown]"],
    ),
    "kernel_id": (
        {"kernel_id": "9168b536-cd40-4630-b43f-b259807c6e87"},
        400,
        ["[image_not_found]"],
    ),
    "reserved name": (
        {"os_glance_override:hw_disk_bus": "ide"},
        400,
        ["[name_unknown]"],
    ),
    "number": ({"hw_numa_nodes": 1}, 400, ["is a number", "string"]),
    "boolean": ({"hw_boot_menu": True}, 400, ["is a boolean", "string"]),
    "list": ({"hw_numa_nodes": ["1"]}, 400, ["is a list", "string"]),
    "object": ({"hw_numa_nodes": {}}, 400, ["is an object", "string"]),
    "256 bytes": ({"os_distro": "x" * 256}, 400, ["256 bytes", "255"]),
    "128 characters of two bytes": (
        {"os_distro": "é" * 128},
        400,
        ["256 bytes", "255"],
    ),
    "2048 bytes": (
        {"os_command_line": "x" * 2048},
        400,
        ["2048 bytes", "2047", "[value_too_long]"],
    ),
    "empty": ({"os_distro": ""}, 400, ["[value_empty]"]),
    "NUL": ({"os_distro": "a\0b"}, 400, ["U+0000"]),
    "newline": ({"os_distro": "a\nb"}, 400, ["U+000A"]),
    "half a surrogate pair": ({"os_distro": "\ud800"}, 400, ["U+D800"]),
    "beyond the tables' character set": (
        {"os_distro": "\U0001f600"},
        400,
        ["U+1F600"],
    ),
    "wrong enum": (
        {"hw_disk_bus": "virtoi"},
        400,
        ["'virtoi' is not one of", "ide", "Did you mean 'virtio'?"],
    ),
    "wrong integer": ({"hw_numa_nodes": "two"}, 400, ["'two'", "integer"]),
    "digits of another script": (
        {"hw_numa_nodes": "\u0661"},
        400,
        ["integer"],
    ),
    "below the bound": ({"hw_numa_nodes": "0"}, 400, ["1 to 128"]),
    "wrong boolean": ({"hw_boot_menu": "maybe"}, 400, ["'maybe'", "true"]),
    "structure": ({"img_mappings": "x"}, 400, ["[name_not_plain]"]),
    "legacy name of a structure": (
        {"block_device_mapping": "[]"},
        400,
        ["[name_not_plain]"],
    ),
    "one property in two spellings": (
        {"os_command_line": "a", "hw_os_command_line": "b"},
        400,
        ["given twice", "os_command_line"],
    ),
    "CPU set": ({"hw_numa_cpus.0": "a-b"}, 400, ["'a-b'", "CPU set"]),
    "gap in a list": (
        {"hw_numa_cpus.0": "0", "hw_numa_cpus.2": "1"},
        400,
        ["hw_numa_cpus.1", "[list_has_gap]"],
    ),
    "command line without kernel": (
        {"os_command_line": "quiet"},
        400,
        ["kernel", "[kernel_missing]"],
    ),
    "removal of what is not there": (
        {"hw_disk_bus": None},
        400,
        ["hw_disk_bus", "[removal_of_absent]"],
    ),
    "no effect": (
        {"hw_rng_model": "virtio"},
        400,
        ["hw_rng_model: has no effect: ", "hw_rng:allowed", "[no_effect]"],
    ),
    "no effect, legacy name": (
        {"bdm_v2": "true"},
        400,
        ["bdm_v2: ", "block_device_mapping_v2", "[no_effect]"],
    ),
    "removal of what has no effect": (
        {"hw_rescue_bus": None},
        400,
        ["the rescue image", "[no_effect]"],
    ),
    "null": (None, 400, ["object"]),
    "text": ("hw_numa_nodes=1", 400, ["object"]),
    "array": ([{"hw_numa_nodes": "1"}], 400, ["object"]),
    "too many": (
        {f"property_{n}": "x" for n in range(600)},
        400,
        ["600", "at most"],
    ),
}


@pytest.mark.parametrize(
    ("overrides", "status", "told"), REFUSED.values(), ids=REFUSED
)
def test_refused(
    nova: NovaInProcess, overrides: object, status: int, told: list[str]
) -> None:
    """The answer is a 4xx that says what is wrong and what is right."""
    body = nova.body()
    body["server"]["image_props_override"] = overrides
    answer = nova.answer_to(body)
    assert answer.status_code == status, answer.text
    (fault,) = answer.json().values()
    for part in told:
        assert part in fault["message"]
    assert nova.api.get_servers(detail=False) == []


def test_all_problems_in_one_answer(nova: NovaInProcess) -> None:
    """Each wrong property is named in one answer."""
    status, message = nova.refused(
        {
            "hw_disk_bus": "virtoi",
            "hw_numa_nodes": "many",
            "hw_boot_menu": "perhaps",
            "no_such_property": "x",
            "os_distro": 7,
        }
    )
    assert status == 400
    assert "5 problems" in message
    for name in (
        "hw_disk_bus",
        "hw_numa_nodes",
        "hw_boot_menu",
        "no_such_property",
        "os_distro",
    ):
        assert f"\n- {name}: " in message


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"server": None}, {"server": []}, {"servers": {}}, 7],
    ids=str,
)
def test_bodies_that_are_none(nova: NovaInProcess, body: object) -> None:
    """A body without a server gets Nova's own 400."""
    answer = nova.answer_to(body)
    assert answer.status_code == 400


def test_key_outside_of_the_server(nova: NovaInProcess) -> None:
    """The key beside the server, not in it, is refused and not ignored."""
    body = {**nova.body(), "image_props_override": {"hw_numa_nodes": "1"}}
    answer = nova.request("POST", "/v2.1/servers", OURS, json=body)
    assert answer.status_code == 400
    assert "image_props_override" in answer.text
