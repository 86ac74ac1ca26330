# SPDX-License-Identifier: Apache-2.0
"""REST views for the browser, below ``/api/image_props_override/``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.views import generic
from openstack_dashboard.api.rest import urls
from openstack_dashboard.api.rest import utils as rest_utils

from image_props_override.clients.compute_requests import PREVIEW_PATH
from image_props_override.core.override_request import KEY
from image_props_override.horizon_plugin.compute import (
    RefusedError,
    feature_or_none,
    required_feature,
    send,
)
from image_props_override.horizon_plugin.server_body import create_body
from image_props_override.horizon_plugin.server_view import view_of_server

View = Callable[..., Any]


def _with_the_words_of_the_api(view: View) -> View:
    """Answer with the API's status and sentence where it refuses."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except RefusedError as error:
            raise rest_utils.AjaxError(error.status, str(error)) from error
        except KeyError as error:
            raise rest_utils.AjaxError(
                400, f"missing required parameter {error}"
            ) from error

    return answer


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
    """What a boot or a change would use, and what it is refused for."""

    url_regex = r"image_props_override/preview/$"

    @rest_utils.ajax(data_required=True)
    @_with_the_words_of_the_api
    def post(self, request: Any) -> Any:
        """Return the API's preview."""
        answer = send(
            request,
            "POST",
            PREVIEW_PATH,
            required_feature(request).microversion,
            {"preview": request.DATA},
        )
        return answer["preview"]


@urls.register
class Servers(generic.View):
    """Servers with overrides."""

    url_regex = r"image_props_override/servers/$"

    @rest_utils.ajax(data_required=True)
    @_with_the_words_of_the_api
    def post(self, request: Any) -> Any:
        """Create servers, and return what the API answers."""
        body = create_body(request.DATA)
        microversion = required_feature(request).microversion
        return send(request, "POST", "/servers", microversion, body)["server"]


@urls.register
class Server(generic.View):
    """One server, and what it overrides."""

    url_regex = r"image_props_override/servers/(?P<server_id>[\w-]+)/$"

    @rest_utils.ajax()
    @_with_the_words_of_the_api
    def get(self, request: Any, server_id: str) -> dict[str, Any]:
        """Return the server's properties, see ``view_of_server``."""
        return view_of_server(request, required_feature(request), server_id)

    @rest_utils.ajax(data_required=True)
    @_with_the_words_of_the_api
    def put(self, request: Any, server_id: str) -> dict[str, Any]:
        """Replace the overrides of a stopped server, and return them."""
        answer = send(
            request,
            "PUT",
            f"/servers/{server_id}",
            required_feature(request).microversion,
            {"server": {KEY: request.DATA[KEY]}},
        )
        return {KEY: answer["server"][KEY]}
