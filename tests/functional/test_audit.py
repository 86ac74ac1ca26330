# SPDX-License-Identifier: Apache-2.0
"""The audit trail of requests to a real Nova."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nova import policy as nova_policy
from oslo_messaging.notify import _impl_test as sent_notifications

from image_props_override.nova_plugin import audit, compute_api, policies
from image_props_override.nova_plugin.nova_privates import policy
from tests.functional.nova_in_process import OURS, NovaInProcess

DENY = "rule 1 of nova.conf [image_props_override] deny"
ODD_TEXTS = [
    'ide\noverride: {"outcome": "accepted"}',
    'ide", "outcome": "accepted',
    "\r\x1b[2K\x00\x85\u2028",
    "%s%(outcome)s{}",
    "x" * 100_000,
]
PROTECTIONS = """
[.*]
create = admin
read = @
update = admin
delete = admin
"""


@pytest.fixture
def trail(
    nova: NovaInProcess, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    """The log, from here on; Nova's harness is running."""
    del nova
    caplog.set_level(logging.INFO, audit.LOGGER)
    caplog.clear()
    return caplog


def lines(trail: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of the audit trail."""
    return [
        record.getMessage()
        for record in trail.records
        if record.name == audit.LOGGER
    ]


def entries(trail: pytest.LogCaptureFixture) -> dict[str, Any]:
    """Return the entries by property."""
    read = [
        json.loads(line.removeprefix(audit.LINE_PREFIX))
        for line in lines(trail)
    ]
    by_property = {entry["property"]: entry for entry in read}
    assert len(by_property) == len(read)
    return by_property


def test_accepted(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """Who, which server, from what to what, and the rule that allows it."""
    image = nova.image_with(hw_disk_bus="scsi", hw_vif_model="virtio")
    answer = nova.request(
        "POST",
        "/v2.1/servers",
        OURS,
        json=nova.body(
            {"hw_disk_bus": "ide", "hw_vif_model": None}, imageRef=image
        ),
    )
    assert answer.status_code == 202
    told = entries(trail)
    assert told["hw_disk_bus"] == {
        "request_id": told["hw_disk_bus"]["request_id"],
        "user_id": "fake",
        "project_id": nova.api.project_id,
        "operation": "create",
        "server_ids": [answer.json()["server"]["id"]],
        "property": "hw_disk_bus",
        "old": "scsi",
        "new": "ide",
        "outcome": "accepted",
        "code": None,
        "reason": "allow pattern '*' (rule 1 of nova.conf "
        "[image_props_override] allow)",
    }
    # Not that of the answer's header: the harness' own token check gives the
    # context another one.
    assert told["hw_disk_bus"]["request_id"].startswith("req-")
    removed = told["hw_vif_model"]
    assert (removed["old"], removed["new"]) == ("virtio", None)
    assert removed["outcome"] == "accepted"


def test_several_servers(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """All servers are named, even where the answer names none."""
    body = nova.body(
        {"hw_disk_bus": "ide"},
        min_count=2,
        max_count=2,
        return_reservation_id=True,
    )
    answer = nova.request("POST", "/v2.1/servers", OURS, json=body)
    assert answer.status_code == 202
    created = {each["id"] for each in nova.api.get_servers(detail=False)}
    assert len(created) == 2
    assert set(entries(trail)["hw_disk_bus"]["server_ids"]) == created


def test_without_overrides(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """What is not overridden leaves no trace."""
    nova.boot()
    nova.boot({})
    assert lines(trail) == []


def test_refused_by_rule_and_by_value(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """Each property tells its own problem, or that it had none."""
    with nova.configured(deny=["hw_boot_menu"]):
        status, _ = nova.refused(
            {"hw_boot_menu": "1", "hw_disk_bus": "x", "hw_numa_nodes": "1"}
        )
    assert status == 400
    told = entries(trail)
    assert told["hw_boot_menu"]["code"] == "rule_denies"
    assert DENY in told["hw_boot_menu"]["reason"]
    assert told["hw_disk_bus"]["code"] == "value_invalid"
    assert told["hw_disk_bus"]["new"] == "x"
    assert told["hw_numa_nodes"]["outcome"] == "failed"
    assert {tuple(each["server_ids"]) for each in told.values()} == {()}


def test_refused_for_the_image(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """A refusal that needs the image tells the image's value."""
    image = nova.image_with(hw_video_ram="8")
    status, _ = nova.refused({"hw_video_ram": "64"}, imageRef=image)
    assert status == 400
    entry = entries(trail)["hw_video_ram"]
    assert (entry["outcome"], entry["code"]) == ("refused", "flavor_limit")
    assert (entry["old"], entry["new"]) == ("8", "64")


def test_refused_by_glances_protections(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The section that protects the property is told."""
    file = tmp_path / "protections.conf"
    file.write_text(PROTECTIONS)
    with nova.configured(property_protection_file=str(file)):
        answer = nova.request(
            "POST",
            "/v2.1/servers",
            OURS,
            headers={"X-Roles": "member,reader"},
            json=nova.body({"hw_disk_bus": "ide"}),
        )
    assert answer.status_code == 403
    entry = entries(trail)["hw_disk_bus"]
    assert (entry["outcome"], entry["code"]) == ("refused", "rule_denies")
    assert str(file) in entry["reason"]


@pytest.fixture
def nobody_may_override(nova: NovaInProcess) -> Iterator[None]:
    """An operator's policy file that keeps the feature from everybody."""
    policy.register_policies(policies.list_rules())
    nova.policy.set_rules({policies.CREATE: "!"}, overwrite=False)
    yield
    nova_policy.reset()
    nova_policy.init()


@pytest.mark.usefixtures("nobody_may_override")
def test_refused_by_policy(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """Who may not override at all is told, and the policy."""
    status, message = nova.refused(
        {"hw_disk_bus": "ide", "hw_boot_menu": "maybe"}
    )
    assert status == 403
    assert "hw_boot_menu" not in message
    assert len(lines(trail)) == 2
    for entry in entries(trail).values():
        assert (entry["outcome"], entry["code"]) == ("refused", "rule_denies")
        assert policies.CREATE in entry["reason"]


def test_unreadable(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture
) -> None:
    """A request that names no property has one entry."""
    status, _ = nova.refused(["hw_disk_bus"])
    assert status == 400
    assert entries(trail)[None]["code"] == "request_not_an_object"  # type: ignore[index]


@pytest.mark.parametrize("field", ["flavorRef", "imageRef"])
def test_refused_by_nova(
    nova: NovaInProcess, trail: pytest.LogCaptureFixture, field: str
) -> None:
    """What fails for Nova's own reasons is not told as accepted."""
    nowhere = "00000000-0000-0000-0000-000000000000"
    status, _ = nova.refused({"hw_disk_bus": "ide"}, **{field: nowhere})
    assert status == 400
    entry = entries(trail)["hw_disk_bus"]
    assert (entry["outcome"], entry["server_ids"]) == ("failed", [])
    assert "HTTPBadRequest" in entry["reason"]


def test_quota(nova: NovaInProcess, trail: pytest.LogCaptureFixture) -> None:
    """A quota is met after the merge, and still nothing is accepted."""
    nova.flags(instances=0, group="quota")
    try:
        status, _ = nova.refused({"hw_disk_bus": "ide"})
    finally:
        nova.flags(instances=10, group="quota")
    assert status == 403
    entry = entries(trail)["hw_disk_bus"]
    assert entry["outcome"] == "failed"
    assert "HTTPForbidden" in entry["reason"]


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


def notifications() -> list[dict[str, Any]]:
    """Return ours of those that Nova's harness was given to send."""
    return [
        message
        for _, message, _, _ in sent_notifications.NOTIFICATIONS
        if message["event_type"].startswith(audit.EVENT_PREFIX)
    ]


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
        "image_props_override.nova_plugin.servers_controller.overriding",
        watched,
    )
    nova.boot({"hw_disk_bus": "ide"})
    nova.refused({"hw_disk_bus": "x"})
    assert len(contexts) == 2
    assert not any(hasattr(c, "image_props_override") for c in contexts)
