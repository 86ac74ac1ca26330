# SPDX-License-Identifier: Apache-2.0
"""The compute service as the user of a Horizon request reaches it.

The only module that knows how Horizon keeps tokens and endpoints.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from keystoneauth1.adapter import Adapter
from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token
from openstack_dashboard.api import base

from image_props_override.clients.compute_requests import (
    NOT_OFFERED,
    DiscoveryError,
    Feature,
    find_feature,
    words_of,
)


class RefusedError(Exception):
    """The API refuses a request; the text is the API's own sentence.

    Attributes:
        status: Of the API's answer.
    """

    def __init__(self, status: int, words: str) -> None:
        """Hold the API's status and its sentence."""
        super().__init__(words)
        self.status = status


def adapter_of(request: Any, service_type: str = "compute") -> Adapter:
    """Return an adapter that acts as the user of a request."""
    verify = (
        not settings.OPENSTACK_SSL_NO_VERIFY
        and (settings.OPENSTACK_SSL_CACERT or True)
    )  # fmt: skip
    endpoint = base.url_for(request, service_type)
    session = Session(
        auth=Token(endpoint, request.user.token.id), verify=verify
    )
    return Adapter(session, service_type=service_type)


def feature_or_none(request: Any) -> Feature | None:
    """Return the feature; None where the cloud or the user lacks it."""
    try:
        return find_feature(adapter_of(request))
    except DiscoveryError:
        return None


def required_feature(request: Any) -> Feature:
    """Return the feature.

    Raises:
        RefusedError: The cloud or the user lacks it.
    """
    feature = feature_or_none(request)
    if feature is None:
        raise RefusedError(404, NOT_OFFERED)
    return feature


def send(
    request: Any,
    method: str,
    path: str,
    microversion: str | None = None,
    body: dict[str, Any] | None = None,
) -> Any:
    """Return the API's answer to a request of the user.

    Args:
        request: The user's to Horizon.
        method: Of HTTP.
        path: Below the endpoint of the compute service.
        microversion: The feature's; None for the lowest one.
        body: What is sent, as JSON.

    Raises:
        RefusedError: The API refuses.
    """
    answer = adapter_of(request).request(
        path, method, json=body, microversion=microversion, raise_exc=False
    )
    if not answer.ok:
        raise RefusedError(answer.status_code, words_of(answer))
    return answer.json()
