# SPDX-License-Identifier: Apache-2.0
"""A server whose overrides Glance would refuse can still be snapshotted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nova import exception

from tests.functional.nova_in_process import IMAGE, OURS, NovaInProcess
from tests.functional.rules.rules_in_force import only_admins_may_set
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

PROTECTED = ("hw_disk_bus", "architecture", "hw_architecture")
# Set by an admin; a member may not create the first on an image.
OVERRIDES = {"hw_disk_bus": "scsi", "hw_boot_menu": "true"}


@pytest.fixture
def glance(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, Any]]:
    """The images that Glance lets users create, which protects properties."""
    created: list[dict[str, Any]] = []
    create = nova.glance.create

    def protecting(context: Any, image: Any, *args: Any, **kwargs: Any) -> Any:
        if (
            "admin" not in context.roles
            and "hw_disk_bus" in image["properties"]
        ):
            raise exception.Forbidden("Property 'hw_disk_bus' is protected")
        created.append(image)
        return create(context, image, *args, **kwargs)

    monkeypatch.setattr(nova.glance, "create", protecting)
    return created


@pytest.fixture
def protected(nova: OneHostOfOurs, tmp_path: Path) -> Iterator[OneHostOfOurs]:
    """Nova that knows of Glance's protections."""
    file = tmp_path / "protections.conf"
    file.write_text(only_admins_may_set(*PROTECTED))
    with nova.configured(property_protection_file=str(file)):
        yield nova


def act(
    nova: NovaInProcess, server: dict[str, Any], role: str, **action: Any
) -> Any:
    """Return the raw answer to a server's action."""
    return nova.request(
        "POST",
        f"/v2.1/servers/{server['id']}/action",
        OURS,
        headers={"X-Roles": f"{role},member,reader"},
        json=action,
    )


# Rotation would delete more: the harness' Glance lists all of its images as
# backups of this server.
BACKUP = {"name": "b", "backup_type": "daily", "rotation": 1000}


def test_snapshots(
    protected: OneHostOfOurs, glance: list[dict[str, Any]]
) -> None:
    """What the caller may not create stays out; the rest is inherited."""
    server = protected.boot(OVERRIDES)
    actions: list[dict[str, Any]] = [
        {"createImage": {"name": "s"}},
        {"createBackup": BACKUP},
    ]
    for role, bus in (("member", None), ("admin", "scsi")):
        for action in actions:
            answer = act(protected, server, role, **action)
            assert answer.status_code == 202, answer.text
            properties = glance[-1]["properties"]
            assert properties.get("hw_disk_bus") == bus
            assert properties["hw_boot_menu"] == "true"
            assert not [n for n in properties if n.startswith("os_glance")]
            protected._wait_for_server_parameter(
                server, {"OS-EXT-STS:task_state": None}
            )


def test_what_the_caller_asks_for(
    protected: OneHostOfOurs, glance: list[dict[str, Any]]
) -> None:
    """A property that the request itself names is Glance's to refuse."""
    server = protected.boot(OVERRIDES)
    metadata = {"hw_disk_bus": "ide"}
    answer = act(
        protected,
        server,
        "member",
        createImage={"name": "s", "metadata": metadata},
    )
    assert answer.status_code == 403
    assert not glance


def test_volume_backed(
    protected: OneHostOfOurs, glance: list[dict[str, Any]]
) -> None:
    """The snapshot of a server on a volume has no such property either."""
    root = {
        "boot_index": 0,
        "destination_type": "volume",
        "source_type": "image",
        "uuid": IMAGE,
        "volume_size": 20,
    }
    server = protected.boot(
        OVERRIDES, imageRef=None, block_device_mapping_v2=[root]
    )
    answer = act(protected, server, "member", createImage={"name": "s"})
    assert answer.status_code == 202, answer.text
    assert "hw_disk_bus" not in glance[-1]["properties"]
    assert glance[-1]["properties"]["hw_boot_menu"] == "true"


def test_shelve(
    protected: OneHostOfOurs, glance: list[dict[str, Any]]
) -> None:
    """A shelved server comes back with what its snapshot does not have."""
    server = protected.boot(OVERRIDES)
    assert act(protected, server, "member", shelve=None).status_code == 202
    protected._wait_for_state_change(server, "SHELVED_OFFLOADED")
    assert "hw_disk_bus" not in glance[-1]["properties"]
    assert act(protected, server, "member", unshelve=None).status_code == 202
    after = protected._wait_for_state_change(server, "ACTIVE")
    assert after["image_props_override"] == OVERRIDES
    assert protected.in_guest(server, "hw_disk_bus") == {"hw_disk_bus": "scsi"}


def test_without_the_file(
    nova: NovaInProcess, glance: list[dict[str, Any]]
) -> None:
    """Nova by itself runs into Glance's refusal."""
    server = nova.boot(OVERRIDES)
    answer = act(nova, server, "member", createImage={"name": "s"})
    assert answer.status_code == 403
    assert not glance
