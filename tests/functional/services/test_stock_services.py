# SPDX-License-Identifier: Apache-2.0
"""Nova's own nova-compute and nova-conductor would lose overrides."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from nova.conf import CONF

from image_props_override.nova_plugin.lifecycle import server_operations
from tests.functional.lifecycle.rebuilding import (
    Overrides,
    check_agreement,
    kept,
    rebuilt,
    refusal,
)
from tests.functional.nova_in_process import IMAGE, OURS, NovaInProcess

BOOTED: Overrides = {"hw_disk_bus": "scsi"}


def act(nova: NovaInProcess, server: dict[str, Any], **action: Any) -> Any:
    """Return the raw answer to a server's action, by a plain user."""
    return nova.request(
        "POST",
        f"/v2.1/servers/{server['id']}/action",
        OURS,
        headers={"X-Roles": "member,reader"},
        json=action,
    )


def rescued(nova: NovaInProcess, server: dict[str, Any]) -> bool:
    """Return whether a server is rescued."""
    # The harness' guests do not shut down by themselves.
    nova.flags(shutdown_timeout=0)
    # It makes no disks, and so no folder for them.
    Path(CONF.instances_path, server["id"]).mkdir(exist_ok=True)
    act(nova, server, rescue=None)
    after = nova._wait_for_state_change(server, "RESCUE")
    return bool(after["status"] == "RESCUE")


def test_rebuild(nova: NovaInProcess) -> None:
    """A rebuild is refused and says what to do, unless it drops all."""
    server = nova.boot(BOOTED)
    before = kept(nova, server)
    for overrides in (None, {"hw_disk_bus": "sata"}):
        status, message = refusal(nova, server, overrides)
        assert status == 409
        for part in (
            "nova-compute does not re-apply overrides",
            "nova-compute-image-props",
            '"image_props_override": {}',
        ):
            assert part in message
        assert kept(nova, server) == before
    assert rebuilt(nova, server, {})["image_props_override"] == {}
    assert rebuilt(nova, server)["image_props_override"] == {}


def test_rescue(nova: NovaInProcess) -> None:
    """A rescue is refused; without overrides it is Nova's."""
    server = nova.boot(BOOTED)
    for arguments in (None, {"rescue_image_ref": IMAGE}):
        answer = act(nova, server, rescue=arguments)
        assert answer.status_code == 409
        assert "nova-compute-image-props" in answer.text
        # To rebuild would take the disk that is to be rescued.
        assert "rebuild" not in answer.json()["conflictingRequest"]["message"]
    assert nova.instance(server).task_state is None
    assert rescued(nova, nova.boot())


def test_dropping_instead(
    nova: NovaInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator can have the record dropped, but not what is asked for."""
    server = nova.boot({**BOOTED, "hw_watchdog_action": "reset"})
    with nova.configured(require_services=False):
        status, _ = refusal(nova, server, {"hw_disk_bus": "sata"})
        assert status == 409
        caplog.set_level(logging.WARNING, server_operations.__name__)
        assert rebuilt(nova, server)["image_props_override"] == {}
    assert "Rebuilt without its overrides" in caplog.text
    check_agreement(nova, server, {"hw_watchdog_action": None})
    properties = nova.request_spec(server).image.properties
    assert not properties.obj_attr_is_set("hw_disk_bus")


def test_rescue_all_the_same(nova: NovaInProcess) -> None:
    """An operator can have servers rescued without their overrides."""
    server = nova.boot(BOOTED)
    with nova.configured(require_services=False):
        assert rescued(nova, server)


def test_shelve(nova: NovaInProcess, tmp_path: Path) -> None:
    """A server is not shelved where its snapshot would lack an override."""
    file = tmp_path / "protections.conf"
    granted = "create = admin\nread = @\nupdate = @\ndelete = @\n"
    file.write_text(f"[.*]\n{granted}")
    server = nova.boot(BOOTED)
    before = kept(nova, server)
    with nova.configured(property_protection_file=str(file)):
        answer = act(nova, server, shelve=None)
    assert answer.status_code == 409
    assert "nova-conductor does not re-apply overrides" in answer.text
    assert kept(nova, server) == before
