# SPDX-License-Identifier: Apache-2.0
"""The audit trail tells what became of each override of a request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from image_props_override.nova_plugin.rules import policies
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.request.audit_trail import entries, lines
from tests.functional.rules.rules_in_force import only_admins_may_set

DENY = "rule 1 of nova.conf [image_props_override] deny"


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
    file.write_text(only_admins_may_set("hw_disk_bus"))
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


def test_refused_by_policy(
    nova: NovaInProcess,
    trail: pytest.LogCaptureFixture,
    set_policies: Callable[[dict[str, str]], None],
) -> None:
    """Who may not override at all is told, and the policy."""
    set_policies({policies.CREATE: "!"})
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
