# SPDX-License-Identifier: Apache-2.0
"""The operations that faults interrupt, with overrides and without."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

import requests

from sandbox import processes
from tests.sandbox.faults.faulty_cloud import Api

KEY: Final = "image_props_override"
BOOTED: Final = {"hw_vif_model": "e1000", "hw_boot_menu": "true"}
NEW: Final = {"hw_vif_model": "rtl8139", "hw_watchdog_action": "reset"}
NONE: Final[Mapping[str, str]] = {}

_ANSWER_SECONDS = 150


@dataclasses.dataclass(frozen=True)
class Operation:
    """One operation of a server.

    Attributes:
        name: What the table calls it.
        prepare: What the server goes through before, and the status then.
        request: From the overrides asked for to method, path below the
            server and body.
        done: The status that it ends in.
        replaces: Whether it is a new set of overrides.
        creates: Whether it makes the server.
        needs_volumes: Whether it asks Cinder.
    """

    name: str
    prepare: tuple[tuple[dict[str, Any], str], ...]
    request: Callable[[Api, Mapping[str, str] | None], tuple[str, str, Any]]
    done: str
    replaces: bool = False
    creates: bool = False
    needs_volumes: bool = False


def _create(
    api: Api, overrides: Mapping[str, str] | None
) -> tuple[str, str, Any]:
    server: dict[str, Any] = {
        "name": "created",
        "imageRef": api.image,
        "flavorRef": api.flavor,
        "networks": [{"uuid": api.network}],
    }
    return "POST", "", {"server": server | _key(overrides)}


def _create_on_volume(
    api: Api, overrides: Mapping[str, str] | None
) -> tuple[str, str, Any]:
    method, path, body = _create(api, overrides)
    server = body["server"]
    root = {
        "boot_index": 0,
        "source_type": "image",
        "destination_type": "volume",
        "uuid": server.pop("imageRef"),
        "volume_size": 1,
        "delete_on_termination": True,
    }
    server["block_device_mapping_v2"] = [root]
    return method, path, body


def _update(
    _api: Api, overrides: Mapping[str, str] | None
) -> tuple[str, str, Any]:
    return "PUT", "", {"server": {"name": "renamed"} | _key(overrides)}


def _rebuild(
    api: Api, overrides: Mapping[str, str] | None
) -> tuple[str, str, Any]:
    # From its own image and without overrides Nova would schedule nothing.
    image = api.other_image if overrides is None else api.image
    body = {"imageRef": image} | _key(overrides)
    return "POST", "/action", {"rebuild": body}


def _rescue(
    _api: Api, _overrides: Mapping[str, str] | None
) -> tuple[str, str, Any]:
    return "POST", "/action", {"rescue": {}}


def _unshelve(
    _api: Api, _overrides: Mapping[str, str] | None
) -> tuple[str, str, Any]:
    return "POST", "/action", {"unshelve": None}


def _key(overrides: Mapping[str, str] | None) -> dict[str, Any]:
    return {} if overrides is None else {KEY: dict(overrides)}


OPERATIONS: Final = (
    Operation("create", (), _create, "ACTIVE", replaces=True, creates=True),
    Operation(
        "create on a volume",
        (),
        _create_on_volume,
        "ACTIVE",
        replaces=True,
        creates=True,
        needs_volumes=True,
    ),
    Operation(
        "update",
        (({"os-stop": None}, "SHUTOFF"),),
        _update,
        "SHUTOFF",
        replaces=True,
    ),
    Operation("rebuild", (), _rebuild, "ACTIVE", replaces=True),
    Operation("rescue", (), _rescue, "RESCUE"),
    Operation(
        "unshelve",
        (({"shelve": None}, "SHELVED_OFFLOADED"),),
        _unshelve,
        "ACTIVE",
    ),
)


def send(
    api: Api, method: str, path: str, body: Any = None
) -> requests.Response:
    """Send one request on a connection of its own.

    Args:
        api: Nova's.
        method: HTTP's.
        path: Below ``/servers``.
        body: What becomes the JSON.
    """
    return requests.request(
        method,
        f"{api.url}/servers{path}",
        json=body,
        headers={
            "X-Auth-Token": api.token,
            "OpenStack-API-Version": f"compute {api.microversion}",
        },
        timeout=_ANSWER_SECONDS,
    )


def show(api: Api, server: str) -> dict[str, Any]:
    """Return a server as the API shows it; empty if it is not there."""
    answer = send(api, "GET", f"/{server}")
    if answer.status_code == 404:
        return {}
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()["server"]
    return shown


def wait_for(api: Api, server: str, status: str) -> None:
    """Return when a server has a status and nothing is under way."""

    def is_there() -> bool:
        shown = show(api, server)
        assert shown["status"] != "ERROR", shown.get("fault")
        return (shown["status"], shown["OS-EXT-STS:task_state"]) == (
            status,
            None,
        )

    processes.wait_until(
        is_there, deadline_seconds=90, what=f"server {server} is {status}"
    )


def act(api: Api, server: str, action: dict[str, Any], status: str) -> None:
    """Have a server do something, and wait until that is done."""
    answer = send(api, "POST", f"/{server}/action", action)
    assert answer.status_code in (200, 202), answer.text
    wait_for(api, server, status)


def new_server(api: Api, overrides: Mapping[str, str] | None) -> str:
    """Return the id of a new server that runs."""
    return created(api, *_create(api, overrides))


def created(api: Api, method: str, path: str, body: Any) -> str:
    """Return the id of the server that a request makes, once it runs."""
    answer = send(api, method, path, body)
    assert answer.status_code == 202, answer.text
    server: str = answer.json()["server"]["id"]
    wait_for(api, server, "ACTIVE")
    return server
