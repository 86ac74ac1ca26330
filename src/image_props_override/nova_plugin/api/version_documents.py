# SPDX-License-Identifier: Apache-2.0
"""Nova's version documents, with our microversion as the maximum."""

from __future__ import annotations

from typing import Any

from nova.api.openstack import wsgi
from nova.api.openstack.compute import versions, versionsV21

from image_props_override.nova_plugin.api.microversion import Microversion


def _advertising(
    document: dict[str, Any], ours: Microversion
) -> dict[str, Any]:
    """Return the document with our microversion as that of v2.1."""

    def advertise(version: dict[str, Any]) -> dict[str, Any]:
        if version["id"] != "v2.1":
            return version
        return {**version, "version": str(ours)}

    if "versions" in document:
        shown = [advertise(version) for version in document["versions"]]
        return {**document, "versions": shown}
    return {**document, "version": advertise(document["version"])}


class Versions(versions.Versions):
    """``GET /``: all versions of the API."""

    def __init__(self, ours: Microversion) -> None:
        """Name our microversion."""
        super().__init__()
        self._ours = ours

    def index(self, req: wsgi.Request, body: Any = None) -> dict[str, Any]:
        """Return all versions."""
        return _advertising(super().index(req=req, body=body), self._ours)


class VersionsV2(versions.VersionsV2):
    """``GET /v2.1`` and ``GET /v2``: one version of the API."""

    def __init__(self, ours: Microversion) -> None:
        """Name our microversion."""
        super().__init__()
        self._ours = ours

    def index(self, req: wsgi.Request, body: Any = None) -> dict[str, Any]:
        """Return the version that the path names."""
        return _advertising(super().index(req=req, body=body), self._ours)


class VersionsController(versionsV21.VersionsController):
    """``GET /v2.1/`` behind the token: one version of the API."""

    def __init__(self, ours: Microversion) -> None:
        """Name our microversion."""
        super().__init__()
        self._ours = ours

    @wsgi.expected_errors(404)
    def show(self, req: wsgi.Request, id: str = "v2.1") -> dict[str, Any]:
        """Return the version that the path names."""
        return _advertising(super().show(req=req, id=id), self._ours)
