# SPDX-License-Identifier: Apache-2.0
"""The REST views: each passes on the API's answer, and its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import resolve

from tests.horizon_plugin.recorded_nova import MICROVERSION, RecordedNova

KEY = "image_props_override"
ROOT = "/api/image_props_override/"
CATALOGUE = ("GET", "/os-image-props-override")
PREVIEW = "/os-image-props-override/preview"
SERVER = f"{ROOT}servers/9168b536-cd40-4630-b43f-b259807c6e87/"
SERVER_PATH = "/servers/9168b536-cd40-4630-b43f-b259807c6e87"
FORM = {
    "name": "n",
    "flavor_id": "f",
    "source_id": "i",
    KEY: {"hw_disk_bus": "scsi"},
}
WORDS = "hw_disk_bus: 'x' is not one of ide, scsi [value_invalid]"
REFUSED = (400, {"badRequest": {"code": 400, "message": WORDS}})

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def ask(make_request: Callable[..., Any]) -> Ask:
    """Asks Horizon by a URL, and returns status and document."""

    def ask(method: str, path: str, data: Any = None) -> tuple[int, Any]:
        request = make_request(method, path, data)
        view, arguments, keywords = resolve(path)
        # Horizon's own checks of the token are those of its middleware.
        answer = view(request, *arguments, **keywords)
        return answer.status_code, json.loads(answer.content)

    return ask


def test_catalogue(nova: RecordedNova, ask: Ask) -> None:
    """It is the cloud's, for this user."""
    properties = [{"name": "hw_disk_bus"}]
    nova.answers[CATALOGUE] = (
        200,
        {"microversion": MICROVERSION, "properties": properties},
    )
    assert ask("GET", f"{ROOT}catalogue/") == (200, {"properties": properties})


@pytest.mark.parametrize("status", [403, 404, 406, 500])
def test_catalogue_of_other_clouds(
    nova: RecordedNova, ask: Ask, status: int
) -> None:
    """It is empty without the feature, and for who may not have it."""
    nova.answers[CATALOGUE] = (status, {"error": {"message": "no"}})
    assert ask("GET", f"{ROOT}catalogue/") == (200, {"properties": []})


@pytest.mark.parametrize(
    ("method", "url", "data"),
    [
        ("POST", f"{ROOT}preview/", {"serverId": "s"}),
        ("POST", f"{ROOT}servers/", FORM),
        ("GET", SERVER, None),
        ("PUT", SERVER, {KEY: {}}),
    ],
)
def test_without_the_feature(
    nova: RecordedNova, ask: Ask, method: str, url: str, data: Any
) -> None:
    """What needs it says that the cloud does not have it."""
    nova.answers[CATALOGUE] = (404, {})
    status, words = ask(method, url, data)
    assert status == 404
    assert "does not offer image_props_override" in words


@pytest.mark.parametrize(
    ("method", "url", "data", "path"),
    [
        ("POST", f"{ROOT}preview/", {"serverId": "s"}, PREVIEW),
        ("POST", f"{ROOT}servers/", FORM, "/servers"),
        ("GET", SERVER, None, SERVER_PATH),
        ("PUT", SERVER, {KEY: {"hw_disk_bus": "x"}}, SERVER_PATH),
    ],
)
def test_refusals(
    nova: RecordedNova, ask: Ask, method: str, url: str, data: Any, path: str
) -> None:
    """The user gets the API's status and its own sentence."""
    nova.answers[method, path] = REFUSED
    assert ask(method, url, data) == (400, WORDS)
    assert nova.sent(method, path).microversion == MICROVERSION


def test_change(nova: RecordedNova, ask: Ask) -> None:
    """A change sends the whole set, and nothing else of the server."""
    overrides = {"hw_vif_model": None}
    nova.answers["PUT", SERVER_PATH] = (200, {"server": {KEY: overrides}})
    assert ask("PUT", SERVER, {KEY: overrides}) == (200, {KEY: overrides})
    sent = nova.sent("PUT", SERVER_PATH).body
    assert sent == {"server": {KEY: overrides}}


@pytest.mark.parametrize(
    ("method", "url", "data", "name"),
    [
        ("POST", f"{ROOT}servers/", {"name": "n"}, "flavor_id"),
        ("PUT", SERVER, {"other": 1}, KEY),
    ],
)
def test_incomplete_requests(
    ask: Ask, method: str, url: str, data: Any, name: str
) -> None:
    """They are refused by name."""
    status, words = ask(method, url, data)
    assert (status, name in words) == (400, True)


def test_server_on_a_volume(nova: RecordedNova, ask: Ask) -> None:
    """Origins come from the preview where there is no image to read."""
    property_of = {"supported": None, "image_value": None}
    nova.answers["GET", SERVER_PATH] = (
        200,
        {
            "server": {
                KEY: {"hw_disk_bus": "scsi"},
                "status": "SHUTOFF",
                "flavor": {"id": "f"},
                "image": {
                    "properties": {
                        "hw_disk_bus": "scsi",
                        "hw_cpu_policy": "shared",
                        "os_distro": "debian",
                    }
                },
            }
        },
    )
    nova.answers["POST", PREVIEW] = (
        200,
        {
            "preview": {
                "properties": [
                    {
                        **property_of,
                        "name": "hw_cpu_policy",
                        "value": "dedicated",
                        "origin": "flavor",
                        "image_value": "shared",
                    },
                    {
                        **property_of,
                        "name": "os_distro",
                        "value": "debian",
                        "origin": "image",
                        "image_value": "debian",
                    },
                ]
            }
        },
    )
    status, view = ask("GET", SERVER)
    assert status == 200
    assert view["is_changeable"]
    assert {
        row["name"]: (row["value"], row["origin"])
        for row in view["properties"]
    } == {
        "hw_cpu_policy": ("dedicated", "flavor"),
        "hw_disk_bus": ("scsi", "override"),
        "os_distro": ("debian", "image"),
    }
