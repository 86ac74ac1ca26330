# SPDX-License-Identifier: Apache-2.0
"""Any request body, with the operator's rules in force: never a 5xx."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nova.conductor.api import ComputeTaskAPI

from tests import PROJECT
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.request.request_bodies import FUZZED, OVERRIDES, WORDS

RULES = PROJECT / "docs" / "examples" / "rules.yaml"

# What the rules are about, and values that are hard to read.
RULED = st.sampled_from(
    [
        *("hw_video_ram", "hw_mem_page_size", "trait:HW_X"),
        *("os_command_line", "hw_firmware_type", "os_secure_boot"),
    ]
)
LONG = st.builds(
    lambda text, times: text * times,
    st.sampled_from(["1", "-1", "0", "\u0661", "a", "console=ttyS0", " "]),
    st.sampled_from([1, 255, 256, 2047, 2048, 5000]),
)


def test_any_body(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No value makes a rule fail, and the rules refuse some."""
    # What is accepted is not built.
    monkeypatch.setattr(
        ComputeTaskAPI, "schedule_and_build_instances", lambda *_, **__: None
    )
    image = nova.kernel_image_with(os_distro="debian")

    @FUZZED
    @given(
        overrides=OVERRIDES
        | st.dictionaries(RULED, LONG | WORDS | st.none(), max_size=3)
    )
    @example(overrides={"hw_video_ram": "1" * 5000})
    def try_body(overrides: Any) -> None:
        answer = nova.answer_to(nova.body(overrides, imageRef=image))
        statuses.add(answer.status_code)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 202:
            nova.api.delete_server(answer.json()["server"]["id"])

    statuses: set[int] = set()
    with nova.configured(rules_file=str(RULES)):
        try_body()
    assert {202, 400, 403} <= statuses
