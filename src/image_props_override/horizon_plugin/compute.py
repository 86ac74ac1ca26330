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
    DiscoveryError,
    Feature,
    find_feature,
)


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
