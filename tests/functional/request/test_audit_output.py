# SPDX-License-Identifier: Apache-2.0
"""Lines and notifications hold what they should, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from oslo_messaging.notify import _impl_test as sent_notifications

from image_props_override.nova_plugin.boot import compute_api
from image_props_override.nova_plugin.request import audit
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.request.audit_trail import entries, lines, notifications

ODD_TEXTS = [
    'ide\noverride: {"outcome": "accepted"}',
    'ide", "outcome": "accepted',
    "\r\x1b[2K\x00\x85\u2028",
    "%s%(outcome)s{}",
    "x" * 100_000,
]


def test_masked(nova: NovaInProcess, trail: pytest.LogCaptureFixture) -> None:
    """A masked value is in neither line nor notification."""
    sent_notifications.reset()
    image = nova.kernel_image_with(os_command_line="old-sesame")
    with nova.configured(
        audit_mask=["hw_os_command_line"], audit_notifications=True
    ):
        answer = nova.request(
            "POST",
            "/v2.1/servers",
            OURS,
            json=nova.body(
                {"os_command_line": "sesame", "hw_disk_bus": "ide"},
                imageRef=image,
            ),
        )
        nova.refused({"os_command_line": "sesame\n"})
    assert answer.status_code == 202
    trail_text = "\n".join(lines(trail))
    assert len(lines(trail)) == 3
    assert "sesame" not in trail_text
    assert '"old": "***", "new": "***"' in trail_text
    assert '"new": "ide"' in trail_text
    assert len(notifications()) == 3
    assert "sesame" not in str(notifications())


def test_notifications(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """Each entry is sent as it is logged, if the operator wants that."""
    sent_notifications.reset()
    nova.boot({"hw_disk_bus": "ide"})
    assert notifications() == []
    trail.clear()
    with nova.configured(audit_notifications=True):
        answer = nova.request(
            "POST",
            "/v2.1/servers",
            OURS,
            json=nova.body({"hw_disk_bus": "ide"}),
        )
        assert answer.status_code == 202
        nova.refused({"hw_disk_bus": "\ud800", "hw_boot_menu": "true"})
    assert [each["event_type"] for each in notifications()] == [
        "image_props_override.accepted",
        "image_props_override.refused",
        "image_props_override.failed",
    ]
    assert [
        f"{audit.LINE_PREFIX}{json.dumps(each['payload'])}"
        for each in notifications()
    ] == lines(trail)
    assert {each["priority"] for each in notifications()} == {"INFO"}


@pytest.mark.parametrize(
    "overrides",
    [
        *({text: "ide"} for text in (*ODD_TEXTS, "\ud800")),
        *({"hw_disk_bus": text} for text in (*ODD_TEXTS, "\ud800")),
    ],
    ids=lambda overrides: ascii(overrides)[:60],
)
def test_injection(
    nova: NovaInProcess,
    trail: pytest.LogCaptureFixture,
    overrides: dict[str, str],
) -> None:
    """No name or value breaks a line, or makes it tell something else."""
    answer = nova.answer_to(nova.body(overrides))
    assert answer.status_code == 400
    (line,) = lines(trail)
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 3000
    (entry,) = entries(trail).values()
    assert entry["outcome"] == "refused"


def test_auditing_that_fails(
    nova: NovaInProcess,
    trail: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Answers are the same; the log tells that the trail has a hole."""

    def broken(*_: object) -> None:
        raise RuntimeError("disk full")

    before = nova.refused({"hw_disk_bus": "x"})
    monkeypatch.setattr(audit, "audit_entries", broken)
    server = nova.boot({"hw_disk_bus": "ide"})
    assert server["image_props_override"] == {"hw_disk_bus": "ide"}
    assert nova.refused({"hw_disk_bus": "x"}) == before
    told = [
        record for record in trail.records if record.name == audit.__name__
    ]
    assert len(told) == 2
    assert all("is not complete" in each.getMessage() for each in told)


def test_attempt_does_not_outlive_its_request(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The context is as it was before, whatever the answer."""
    contexts = []
    overriding = compute_api.overriding

    def watched(context: Any, attempt: Any) -> Any:
        contexts.append(context)
        return overriding(context, attempt)

    monkeypatch.setattr(
        "image_props_override.nova_plugin.api.servers_controller.overriding",
        watched,
    )
    nova.boot({"hw_disk_bus": "ide"})
    nova.refused({"hw_disk_bus": "x"})
    assert len(contexts) == 2
    assert not any(hasattr(c, "image_props_override") for c in contexts)
