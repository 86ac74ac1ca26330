# SPDX-License-Identifier: Apache-2.0
"""A server that a user named, with its overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openstack import exceptions as sdk_exceptions
from osc_lib import exceptions

from image_props_override.core.override_request import KEY


def overridden_server(
    compute: Any, name_or_id: str, microversion: str
) -> Mapping[str, Any]:
    """Return a server as the API shows it, its overrides included.

    Args:
        compute: openstackclient's client of the compute service.
        name_or_id: What the user wrote.
        microversion: The feature's.

    Raises:
        osc_lib.exceptions.CommandError: The overrides cannot be read now.
        openstack.exceptions.SDKException: There is no such server, or more
            than one.
    """
    found = compute.find_server(
        name_or_id, ignore_missing=False, details=False
    )
    answer = compute.get(f"/servers/{found.id}", microversion=microversion)
    sdk_exceptions.raise_from_response(answer)
    server: Mapping[str, Any] = answer.json()["server"]
    if KEY not in server:
        raise exceptions.CommandError(
            "cannot read the overrides now: the server's status is "
            f"{server['status']}"
        )
    return server
