# SPDX-License-Identifier: Apache-2.0
"""Ways to rebuild a server, and to look at what Nova has of it then."""

from __future__ import annotations

from typing import Any

import requests

from tests.functional.nova_in_process import IMAGE, OURS, NovaInProcess

Overrides = dict[str, "str | None"]


def answer_to_rebuild(
    nova: NovaInProcess,
    server: dict[str, Any],
    overrides: object = None,
    image: str = IMAGE,
    microversion: str = OURS,
    roles: str = "member,reader",
) -> requests.Response:
    """Return the raw answer to a rebuild.

    Args:
        nova: Where the server is.
        server: The server.
        overrides: The value of the key; None leaves it out.
        image: The image to rebuild from.
        microversion: The request's.
        roles: The caller's.
    """
    arguments: dict[str, Any] = {"imageRef": image}
    if overrides is not None:
        arguments["image_props_override"] = overrides
    return nova.request(
        "POST",
        f"/v2.1/servers/{server['id']}/action",
        microversion,
        headers={"X-Roles": roles},
        json={"rebuild": arguments},
    )


def rebuilt(
    nova: NovaInProcess, server: dict[str, Any], *args: Any, **kwargs: Any
) -> dict[str, Any]:
    """Return a server that was rebuilt and is ACTIVE again."""
    answer = answer_to_rebuild(nova, server, *args, **kwargs)
    assert answer.status_code == 202, answer.text
    active: dict[str, Any] = nova._wait_for_state_change(server, "ACTIVE")
    return active


def refusal(
    nova: NovaInProcess, server: dict[str, Any], *args: Any, **kwargs: Any
) -> tuple[int, str]:
    """Return status and message of a rebuild that is refused."""
    answer = answer_to_rebuild(nova, server, *args, **kwargs)
    (fault,) = answer.json().values()
    return answer.status_code, fault.get("message", "")


def kept(nova: NovaInProcess, server: dict[str, Any]) -> dict[str, Any]:
    """Return all that Nova keeps of what a server was booted with."""
    instance = nova.instance(server)
    spec = nova.request_spec(server)
    return {
        "system metadata": dict(instance.system_metadata),
        "request specification": spec.image.obj_to_primitive(),
        **{
            name: getattr(instance, name)
            for name in (
                "image_ref",
                "kernel_id",
                "ramdisk_id",
                "os_type",
                "architecture",
                "vm_mode",
                "auto_disk_config",
                "vm_state",
                "task_state",
            )
        },
    }


def check_agreement(
    nova: NovaInProcess, server: dict[str, Any], effective: Overrides
) -> None:
    """Check that system metadata and RequestSpec agree on properties.

    Args:
        nova: Where the server is.
        server: The server.
        effective: Field of ``ImageMetaProps`` to text; None: absent.
    """
    instance = nova.instance(server)
    wanted = nova.request_spec(server).image.properties
    for name, value in effective.items():
        assert instance.system_metadata.get(f"image_{name}") == value, name
        in_spec = wanted.get(name)
        if in_spec is not None:
            in_spec = str(in_spec).lower()
        assert in_spec == value, name
