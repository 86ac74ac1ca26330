# SPDX-License-Identifier: Apache-2.0
"""Keystone, Glance and Neutron, as far as the clients ask them, in-process.

Nova's functional harness has no Keystone, and of Glance and Neutron only what
Nova calls; this serves its images and networks to the clients.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import webob
import webob.dec
import webob.exc
from wsgi_intercept.interceptor import RequestsInterceptor

from tests.functional.nova_in_process import NovaInProcess

IDENTITY = "http://identity.invalid:80"
IMAGES = "http://image.invalid:80"
COMPUTE = "http://compute.invalid:80"
NETWORKS = "http://network.invalid:80"

Application = Callable[[dict[str, Any], Any], Any]


@contextmanager
def served(url: str, application: Application) -> Iterator[None]:
    """Answer the requests to a host by an application."""
    intercept = RequestsInterceptor(lambda: application, url=url)
    intercept.install_intercept()
    try:
        yield
    finally:
        intercept.uninstall_intercept()


def identity(nova: NovaInProcess) -> Application:
    """Return a Keystone that gives everybody a token for Nova's project."""
    endpoints = {
        "identity": f"{IDENTITY}/v3",
        "image": IMAGES,
        "network": NETWORKS,
        "compute": f"{COMPUTE}/v2.1",
    }
    token = {
        "user": {"id": "admin", "name": "admin", "domain": _DOMAIN},
        "project": {
            "id": nova.api.project_id,
            "name": "demo",
            "domain": _DOMAIN,
        },
        "roles": [{"id": role, "name": role} for role in ("admin", "member")],
        "methods": ["password"],
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "expires_at": "2126-01-01T00:00:00.000000Z",
        "catalog": [
            {
                "id": uuid.uuid4().hex,
                "name": service,
                "type": service,
                "endpoints": [
                    {
                        "id": uuid.uuid4().hex,
                        "interface": "public",
                        "region": "RegionOne",
                        "region_id": "RegionOne",
                        "url": url,
                    }
                ],
            }
            for service, url in endpoints.items()
        ],
    }
    version = {
        "id": "v3.14",
        "status": "stable",
        "links": [{"rel": "self", "href": f"{IDENTITY}/v3/"}],
    }

    def answer(request: webob.Request) -> webob.Response:
        if request.path == "/v3/auth/tokens":
            given = webob.Response(json_body={"token": token}, status=201)
            given.headers["X-Subject-Token"] = "a-token"
            return given
        return webob.Response(json_body={"version": version})

    application: Application = webob.dec.wsgify(answer)
    return application


def images(nova: NovaInProcess) -> Application:
    """Return a Glance that shows the harness' images."""

    def answer(request: webob.Request) -> webob.Response:
        if request.path in ("", "/"):
            version = {
                "id": "v2.16",
                "status": "CURRENT",
                "links": [{"rel": "self", "href": f"{IMAGES}/v2/"}],
            }
            return webob.Response(json_body={"versions": [version]})
        if request.path == "/v2/schemas/image":
            return webob.Response(
                json_body={"name": "image", "properties": {}}
            )
        shown = [_image(each) for each in nova.glance.detail(None)]
        if request.path != "/v2/images":
            for image in shown:
                if request.path == f"/v2/images/{image['id']}":
                    return webob.Response(json_body=image)
            raise webob.exc.HTTPNotFound()
        name = request.GET.get("name")
        found = [each for each in shown if name in (None, each["name"])]
        return webob.Response(json_body={"images": found})

    application: Application = webob.dec.wsgify(answer)
    return application


def networks(nova: NovaInProcess) -> Application:
    """Return a Neutron that lists the harness' networks, also by name."""

    def answer(request: webob.Request) -> webob.Response:
        if request.path in ("", "/"):
            version = {
                "id": "v2.0",
                "status": "CURRENT",
                "links": [{"rel": "self", "href": f"{NETWORKS}/v2.0/"}],
            }
            return webob.Response(json_body={"versions": [version]})
        if request.path != "/v2.0/networks":
            raise webob.exc.HTTPNotFound()
        name = {key: request.GET[key] for key in request.GET if key == "name"}
        found = nova.neutron.list_networks(**name)
        return webob.Response(json_body=found)

    application: Application = webob.dec.wsgify(answer)
    return application


_DOMAIN = {"id": "default", "name": "Default"}


def _image(image: dict[str, Any]) -> dict[str, Any]:
    """Return an image as Glance's API shows it: properties side by side."""
    fields = {
        name: image[name]
        for name in ("id", "name", "status", "size", "min_ram", "min_disk")
    }
    # openstacksdk breaks on an image without an owner.
    fields |= {"owner": "a-project", "visibility": "public"}
    return {**fields, **image["properties"]}
