# SPDX-License-Identifier: Apache-2.0
"""Clients of the compute API that know ``image_props_override``.

Tempest's own check each answer against schemas that refuse keys they do not
know, and take one microversion for all compute clients of a process. These
have a microversion and schemas of their own, and change nothing of others.
"""

import copy
from types import SimpleNamespace
from typing import Any, Final

from oslo_serialization import jsonutils
from tempest.lib.common import (
    api_version_request,
    api_version_utils,
    rest_client,
)
from tempest.lib.services.compute import base_compute_client, servers_client

KEY: Final = "image_props_override"
CATALOGUE: Final = "os-image-props-override"

# Schemas of answers that show a server.
_SERVER_SCHEMAS: Final = (
    "get_server",
    "update_server",
    "rebuild_server",
    "rebuild_server_with_admin_pass",
)
_RECORD: Final = {
    "type": "object",
    # A removal is null.
    "additionalProperties": {"type": ["string", "null"]},
}


class _AtOneMicroversion(base_compute_client.BaseComputeClient):
    """Asks all at one microversion, whatever other clients ask at."""

    def __init__(
        self, *arguments: Any, microversion: str, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.microversion = microversion

    def get_headers(self) -> dict[str, str]:
        """Return Tempest's own headers, and the microversion."""
        return {
            **super().get_headers(),
            self.api_microversion_header_name: self.microversion,
        }

    def request(self, *arguments: Any, **options: Any) -> Any:
        """Send a request; the answer must be of this client's microversion.

        Tempest's own check is of the microversion that all clients share.
        """
        response, body = rest_client.RestClient.request(
            self, *arguments, **options
        )
        if self.microversion != api_version_utils.LATEST_MICROVERSION:
            api_version_utils.assert_version_header_matches_request(
                self.api_microversion_header_name, self.microversion, response
            )
        return response, body


class ServersClient(_AtOneMicroversion, servers_client.ServersClient):
    """Tempest's client of ``/servers`` at one microversion."""

    def __init__(
        self,
        *arguments: Any,
        microversion: str,
        overrides_from: str,
        **options: Any,
    ) -> None:
        """Ask at a microversion.

        Args:
            *arguments: As Tempest's client takes them.
            microversion: Which one.
            overrides_from: The first microversion whose answers have what
                was overridden. Below it, an answer that does is refused.
            **options: As Tempest's client takes them.
        """
        super().__init__(*arguments, microversion=microversion, **options)
        self._shows_overrides = at_least(microversion, overrides_from)

    def get_schema(self, schema_versions_info: list[dict[str, Any]]) -> Any:
        """Return Tempest's schemas of this client's microversion.

        They demand the overrides of every server where this microversion
        has them.
        """
        # From the oldest to the newest.
        schemas = next(
            info["schema"]
            for info in schema_versions_info
            if info["max"] is None or at_least(info["max"], self.microversion)
        )
        return _with_overrides(schemas) if self._shows_overrides else schemas


class OverridesClient(_AtOneMicroversion):
    """Asks the catalogue and the preview of overrides."""

    def show_catalogue(self) -> rest_client.ResponseBody:
        """Return the image properties that exist, and the microversion."""
        response, body = self.get(CATALOGUE)
        self.expected_success(200, response.status)
        return rest_client.ResponseBody(response, jsonutils.loads(body))

    def preview(self, **wish: Any) -> rest_client.ResponseBody:
        """Return what a boot would be like.

        Args:
            **wish: ``imageRef`` or ``volumeId``, ``flavorRef`` and
                ``image_props_override``.
        """
        response, body = self.post(
            f"{CATALOGUE}/preview", jsonutils.dumps({"preview": wish})
        )
        self.expected_success(200, response.status)
        return rest_client.ResponseBody(response, jsonutils.loads(body))


def at_least(version: str, minimum: str) -> bool:
    """Return whether a microversion is not older than another."""
    asked = api_version_request.APIVersionRequest(version)
    return bool(asked >= api_version_request.APIVersionRequest(minimum))


def _with_overrides(schemas: Any) -> SimpleNamespace:
    """Return copies of Tempest's schemas that demand our key."""
    extended = SimpleNamespace(**vars(schemas))
    for name in _SERVER_SCHEMAS:
        schema = copy.deepcopy(getattr(schemas, name))
        _demand_key(schema["response_body"]["properties"]["server"])
        setattr(extended, name, schema)
    detail = copy.deepcopy(schemas.list_servers_detail)
    _demand_key(detail["response_body"]["properties"]["servers"]["items"])
    extended.list_servers_detail = detail
    return extended


def _demand_key(server: dict[str, Any]) -> None:
    server["properties"][KEY] = _RECORD
    server["required"] = [*server["required"], KEY]
