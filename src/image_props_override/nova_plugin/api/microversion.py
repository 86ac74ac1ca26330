# SPDX-License-Identifier: Apache-2.0
"""The microversion after Nova's last one, which brings the feature.

Nova does not know it. The layer here stands around Nova's application, asks
Nova for its own maximum in its place, and marks the request, so that our
controllers know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import microversion_parse
import webob.dec
import webob.exc
from nova import exception
from nova.api.openstack import api_version_request, wsgi

WsgiApplication = Callable[..., Any]

_ENVIRON_MARK = "image_props_override.microversion"
_VERSION_HEADERS = {
    wsgi.API_VERSION_REQUEST_HEADER: "compute {}",
    wsgi.LEGACY_API_VERSION_REQUEST_HEADER: "{}",
}


@dataclass(frozen=True)
class Microversion:
    """A microversion of the compute API."""

    major: int
    minor: int

    def __str__(self) -> str:
        """Return it as headers and documents write it."""
        return f"{self.major}.{self.minor}"


def after_novas_last() -> Microversion:
    """Return the first microversion that the installed Nova lacks."""
    last = api_version_request.max_api_version()
    return Microversion(last.ver_major, last.ver_minor + 1)


def is_requested(req: wsgi.Request) -> bool:
    """Return whether the request is at our microversion."""
    return _ENVIRON_MARK in req.environ


class MicroversionLayer:
    """Nova's application with one microversion more."""

    def __init__(
        self, application: WsgiApplication, ours: Microversion
    ) -> None:
        """Stand around an application.

        Args:
            application: One of Nova's, which negotiates microversions.
            ours: The microversion to add.
        """
        self._application = application
        self._ours = ours

    @webob.dec.wsgify(RequestClass=wsgi.Request)
    def __call__(self, req: wsgi.Request) -> Any:
        """Answer one request."""
        try:
            return self._answer(req)
        except RecursionError:
            # Nova's JSON decoder recurses for each level of a body.
            return wsgi.Fault(
                webob.exc.HTTPBadRequest(
                    explanation="Malformed request body: nested too deeply"
                )
            )

    def _answer(self, req: wsgi.Request) -> Any:
        # /v2 has no microversions; Nova drops their headers on the way here.
        asked = None if req.is_legacy_v2() else _asked_for(req)
        if asked in ("latest", str(self._ours)):
            return self._answer_at_ours(req)
        response = req.get_response(self._application)
        if response.status_int == webob.exc.HTTPNotAcceptable.code:
            return self._not_acceptable(asked)
        return response

    def _answer_at_ours(self, req: wsgi.Request) -> Any:
        for header in _VERSION_HEADERS:
            req.headers.pop(header, None)
        novas_last = api_version_request.max_api_version().get_string()
        req.headers[wsgi.API_VERSION_REQUEST_HEADER] = f"compute {novas_last}"
        req.environ[_ENVIRON_MARK] = str(self._ours)
        response = req.get_response(self._application)
        for header, form in _VERSION_HEADERS.items():
            if header in response.headers:
                response.headers[header] = form.format(self._ours)
        return response

    def _not_acceptable(self, asked: str | None) -> wsgi.Fault:
        """Return Nova's own 406, with the right maximum."""
        refusal = exception.InvalidGlobalAPIVersion(
            req_ver=asked,
            min_ver=api_version_request.min_api_version().get_string(),
            max_ver=str(self._ours),
        )
        return wsgi.Fault(
            webob.exc.HTTPNotAcceptable(explanation=refusal.format_message())
        )


def _asked_for(req: wsgi.Request) -> str | None:
    """Return the version that the headers ask for, as Nova reads them."""
    version: str | None = microversion_parse.get_version(
        req.headers,
        service_type="compute",
        legacy_headers=[wsgi.LEGACY_API_VERSION_REQUEST_HEADER],
    )
    return version
