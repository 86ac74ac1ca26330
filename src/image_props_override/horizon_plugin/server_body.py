# SPDX-License-Identifier: Apache-2.0
"""From what Horizon's forms send to bodies of the compute API."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from image_props_override.core.override_request import KEY

# Horizon's name, and the API's.
_AS_IT_IS = {
    "key_name": "key_name",
    "availability_zone": "availability_zone",
    "admin_pass": "adminPass",
    "disk_config": "OS-DCF:diskConfig",
    "config_drive": "config_drive",
    "meta": "metadata",
    "description": "description",
}
# The form's name for a network that Neutron makes when it is needed.
_AUTO_ALLOCATE = "__auto_allocate__"


def create_body(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body for a form of the Launch Instance dialog.

    Args:
        form: As Horizon's own ``POST /api/nova/servers/`` gets it, with the
            overrides under ``image_props_override``.

    Raises:
        KeyError: The form lacks a required field.
    """
    server: dict[str, Any] = {
        "name": form["name"].strip(),
        # Empty for a boot from a volume, as novaclient has it.
        "imageRef": form.get("source_id") or "",
        "flavorRef": form["flavor_id"],
        "networks": _networks(form.get("nics") or []),
        KEY: form[KEY],
    }
    for ours, theirs in _AS_IT_IS.items():
        if form.get(ours):
            server[theirs] = form[ours]
    if form.get("user_data"):
        text = form["user_data"].encode()
        server["user_data"] = base64.b64encode(text).decode()
    if form.get("security_groups"):
        server["security_groups"] = [
            {"name": each} for each in form["security_groups"]
        ]
    if form.get("block_device_mapping_v2"):
        server["block_device_mapping_v2"] = form["block_device_mapping_v2"]
    count = form.get("instance_count", 1)
    body: dict[str, Any] = {
        "server": {**server, "min_count": count, "max_count": count}
    }
    if form.get("scheduler_hints"):
        body["os:scheduler_hints"] = form["scheduler_hints"]
    return body


def rebuild_body(
    form: Mapping[str, Any], overrides: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return the body of a rebuild for the data of Horizon's form.

    Args:
        form: As Django has cleaned it.
        overrides: All that the server is to override from then on.
    """
    fields = {
        "adminPass": form.get("password"),
        "OS-DCF:diskConfig": form.get("disk_config"),
        "description": form.get("description"),
    }
    given = {name: value for name, value in fields.items() if value}
    return {"rebuild": {"imageRef": form["image"], **given, KEY: overrides}}


def _networks(nics: Sequence[Mapping[str, str]]) -> Any:
    if not nics or any(nic.get("net-id") == _AUTO_ALLOCATE for nic in nics):
        return "auto"
    return list(_each_network(nics))


def _each_network(
    nics: Sequence[Mapping[str, str]],
) -> Iterator[dict[str, str]]:
    for nic in nics:
        if nic.get("port-id"):
            yield {"port": nic["port-id"]}
            continue
        network = {"uuid": nic["net-id"]}
        if nic.get("v4-fixed-ip"):
            network["fixed_ip"] = nic["v4-fixed-ip"]
        yield network
