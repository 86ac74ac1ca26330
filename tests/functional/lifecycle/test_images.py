# SPDX-License-Identifier: Apache-2.0
"""Images that Nova makes of a server have its effective properties.

They are properties like any other there: a server that boots from such an
image has them too, and nothing was overridden for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.functional.lifecycle import walk as lifecycle
from tests.functional.lifecycle.walk import EFFECTIVE, Server
from tests.functional.services.two_hosts import TwoHosts

HARNESS = TwoHosts

MakeImage = Callable[[TwoHosts, Server], str]


def _server(nova: TwoHosts) -> Server:
    return lifecycle.active_server(nova)


def _volume_backed_server(nova: TwoHosts) -> Server:
    image = nova.kernel_image_with(**lifecycle.IMAGE_PROPERTIES)
    root = {
        "boot_index": 0,
        "source_type": "image",
        "destination_type": "volume",
        "uuid": image,
        "volume_size": 20,
    }
    return lifecycle.boot(nova, imageRef=None, block_device_mapping_v2=[root])


def _snapshot(nova: TwoHosts, server: Server) -> str:
    answer = nova.api.post_server_action(
        server["id"], {"createImage": {"name": "snapshot"}}
    )
    image: str = answer["image_id"]
    return image


def _backup(nova: TwoHosts, server: Server) -> str:
    # Rotation would delete more: the harness' Glance lists all of its images
    # as backups of this server.
    backup = {"name": "backup", "backup_type": "daily", "rotation": 1000}
    answer = nova.api.post_server_action(
        server["id"], {"createBackup": backup}
    )
    image: str = answer["image_id"]
    return image


OPERATIONS: dict[str, tuple[Callable[[TwoHosts], Server], MakeImage]] = {
    "snapshot, boot from it": (_server, _snapshot),
    "backup, boot from it": (_server, _backup),
    "snapshot of a volume-backed server, boot from it": (
        _volume_backed_server,
        _snapshot,
    ),
}


@pytest.mark.parametrize(
    ("boot", "make_image"), OPERATIONS.values(), ids=OPERATIONS
)
def test_image_has_the_effective_properties(
    started_nova: TwoHosts,
    boot: Callable[[TwoHosts], Server],
    make_image: MakeImage,
) -> None:
    """And no record, so that nothing is claimed for servers made of it."""
    nova = started_nova
    server = boot(nova)
    image = make_image(nova, server)
    nova._wait_for_server_parameter(
        server, {"OS-EXT-STS:task_state": None, "status": "ACTIVE"}
    )
    lifecycle.assert_in_force(nova, server)

    properties: dict[str, Any] = nova.glance.show(None, image)["properties"]
    assert {name: properties.get(name) for name in EFFECTIVE} == EFFECTIVE
    assert not [name for name in properties if "override" in name]

    made_of_it = nova.boot(None, imageRef=image)
    assert lifecycle.told(nova, made_of_it) == {}
    assert lifecycle.in_domain(nova, made_of_it) == EFFECTIVE
    assert lifecycle.in_system_metadata(nova, made_of_it) == EFFECTIVE
    assert lifecycle.in_request_spec(nova, made_of_it) == EFFECTIVE
    nova._delete_server(made_of_it)
