# SPDX-License-Identifier: Apache-2.0
"""REST views for the browser, below ``/api/image_props_override/``."""

from __future__ import annotations

from typing import Any

from django.views import generic
from openstack_dashboard.api.rest import urls
from openstack_dashboard.api.rest import utils as rest_utils

from image_props_override.clients.compute_requests import (
    NOT_OFFERED,
    PREVIEW_PATH,
    words_of,
)
from image_props_override.horizon_plugin.compute import (
    adapter_of,
    feature_or_none,
)
from image_props_override.horizon_plugin.server_body import create_body


@urls.register
class Catalogue(generic.View):
    """Which properties this user may override."""

    url_regex = r"image_props_override/catalogue/$"

    @rest_utils.ajax()
    def get(self, request: Any) -> dict[str, Any]:
        """Return the catalogue; empty where there is no such feature."""
        feature = feature_or_none(request)
        return {"properties": feature.properties if feature else []}


@urls.register
class Preview(generic.View):
    """What a boot would use, and what it would be refused for."""

    url_regex = r"image_props_override/preview/$"

    @rest_utils.ajax(data_required=True)
    def post(self, request: Any) -> Any:
        """Return the API's preview."""
        return _forward(
            request, PREVIEW_PATH, {"preview": request.DATA}, "preview"
        )


@urls.register
class Servers(generic.View):
    """Servers with overrides."""

    url_regex = r"image_props_override/servers/$"

    @rest_utils.ajax(data_required=True)
    def post(self, request: Any) -> Any:
        """Create servers, and return what the API answers."""
        try:
            body = create_body(request.DATA)
        except KeyError as error:
            raise rest_utils.AjaxError(
                400, f"missing required parameter {error}"
            ) from error
        return _forward(request, "/servers", body, "server")


def _forward(
    request: Any, path: str, body: dict[str, Any], key: str
) -> dict[str, Any]:
    """Send a request at the feature's microversion.

    Raises:
        AjaxError: The API refuses; with its status and its own sentence.
    """
    feature = feature_or_none(request)
    if feature is None:
        raise rest_utils.AjaxError(404, NOT_OFFERED)
    answer = adapter_of(request).post(
        path, json=body, microversion=feature.microversion, raise_exc=False
    )
    if not answer.ok:
        raise rest_utils.AjaxError(answer.status_code, words_of(answer))
    found: dict[str, Any] = answer.json()[key]
    return found
