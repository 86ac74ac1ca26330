# SPDX-License-Identifier: Apache-2.0
"""What the tasks of our modules for Ansible share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

import openstack

from image_props_override.clients.sdk import enable
from image_props_override.clients.sdk.server import Server
from image_props_override.core.override_request import KEY

# The arguments that say which cloud; cloud and auth exclude each other.
CLOUD: Final[dict[str, dict[str, Any]]] = {
    "cloud": {"type": "str"},
    "auth": {"type": "dict", "no_log": True},
    "region_name": {"type": "str"},
}

# What sets `image` and the like is an option of its own, under any name that
# the SDK or Nova has for it; and the task is about one server.
_OF_THE_MODULE: Final = frozenset(
    {
        *("id", "name", KEY, "min_count", "max_count"),
        *("image", "image_id", "imageRef"),
        *("flavor", "flavor_id", "flavorRef"),
    }
)


def connect(params: Mapping[str, Any]) -> Any:
    """Return a connection to the task's cloud that can override."""
    connection = openstack.connect(
        **{name: params[name] for name in CLOUD if params[name] is not None}
    )
    enable(connection)
    return connection


def required(params: Mapping[str, Any], name: str) -> Any:
    """Return an argument that the task cannot do without here.

    Raises:
        ValueError: It is lacking.
    """
    if params[name] is None:
        raise ValueError(f"{name} is required here")
    return params[name]


def check_server_fields(names: Iterable[str]) -> None:
    """Refuse what the SDK would drop, or the module sets itself.

    Args:
        names: Of the task's argument ``server``.

    Raises:
        ValueError: There are such names.
    """
    if problems := "; ".join(_problems_with_fields(names)):
        raise ValueError(f"server: {problems}")


def _problems_with_fields(names: Iterable[str]) -> Iterator[str]:
    none = Server.new()
    known = {
        name
        # The SDK's own names, and Nova's for the same.
        for original in (False, True)
        for name in none.to_dict(
            headers=False, computed=False, original_names=original
        )
    }
    for name in names:
        if name in _OF_THE_MODULE:
            yield f"{name} is set by the module itself; leave it out"
        elif name not in known:
            near = get_close_matches(name, sorted(known), 1)
            meant = f", did you mean {near[0]!r}?" if near else ""
            yield f"openstacksdk's servers have no field {name!r}{meant}"


def server_document(
    server: Any, admin_password: str | None = None
) -> dict[str, Any]:
    """Return a server as tasks return it.

    Args:
        server: The SDK's.
        admin_password: From the answer to the request, where it is shown
            only once.
    """
    document: dict[str, Any] = server.to_dict(computed=False)
    # Nothing of the connection.
    document.pop("location", None)
    return document | {"admin_password": admin_password}
