# SPDX-License-Identifier: Apache-2.0
"""The feature is one microversion after Nova's last, and only there."""

from __future__ import annotations

import pytest

from tests.functional.nova_in_process import (
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)

HEADER = "OpenStack-API-Version"
LEGACY_HEADER = "X-OpenStack-Nova-API-Version"
TOO_NEW = f"2.{int(OURS.split('.')[1]) + 1}"


@pytest.mark.parametrize(
    "path", ["/", "/v2.1", "/v2.1/", "/v2.1/versions/v2.1"]
)
def test_version_documents(nova: NovaInProcess, path: str) -> None:
    """Every version document tells our microversion as the greatest."""
    document = nova.request("GET", path).json()
    versions = document.get("versions") or [document["version"]]
    found = {version["id"]: version for version in versions}
    assert found["v2.1"]["version"] == OURS
    assert found["v2.1"]["min_version"] == "2.1"
    if "v2.0" in found:
        assert found["v2.0"]["version"] == ""


def test_legacy_version_document(nova: NovaInProcess) -> None:
    """/v2 has no microversions."""
    version = nova.request("GET", "/v2/").json()["version"]
    assert (version["id"], version["version"]) == ("v2.0", "")


@pytest.mark.parametrize("asked", ["latest", OURS])
@pytest.mark.parametrize(
    "header", [f"{HEADER}: compute ", f"{LEGACY_HEADER}: "]
)
def test_ours_is_answered(
    nova: NovaInProcess, asked: str, header: str
) -> None:
    """Our microversion, or the latest, is told in both headers."""
    name, _, prefix = header.partition(": ")
    answer = nova.request(
        "GET", "/v2.1/servers", headers={name: prefix + asked}
    )
    assert answer.status_code == 200
    assert answer.headers[HEADER] == f"compute {OURS}"
    assert answer.headers[LEGACY_HEADER] == OURS
    assert HEADER in answer.headers["Vary"]


def test_ours_among_other_services(nova: NovaInProcess) -> None:
    """The header may name versions of other services too."""
    answer = nova.request(
        "GET",
        "/v2.1/servers",
        headers={HEADER: f"volume 3.60, compute {OURS}"},
    )
    assert answer.headers[HEADER] == f"compute {OURS}"


@pytest.mark.parametrize("asked", [NOVAS_LAST, "2.1", "2.60"])
def test_older_ones_are_novas(nova: NovaInProcess, asked: str) -> None:
    """Older microversions are answered as without the plug-in."""
    answer = nova.request("GET", "/v2.1/servers", asked)
    assert answer.status_code == 200
    assert answer.headers[HEADER] == f"compute {asked}"


@pytest.mark.parametrize(
    "path", ["/v2.1/servers", "/v2.1/", "/v2.1/os-image-props-override"]
)
def test_too_new(nova: NovaInProcess, path: str) -> None:
    """A 406 names our microversion as the maximum."""
    answer = nova.request("GET", path, TOO_NEW)
    assert answer.status_code == 406
    assert answer.json() == {
        "computeFault": {
            "code": 406,
            "message": f"Version {TOO_NEW} is not supported by the API. "
            f"Minimum is 2.1 and maximum is {OURS}.",
        }
    }


def test_malformed(nova: NovaInProcess) -> None:
    """A version that is none is Nova's own 400."""
    answer = nova.request("GET", "/v2.1/servers", "2.x")
    assert answer.status_code == 400
    assert "invalid" in answer.json()["badRequest"]["message"]


@pytest.mark.parametrize("asked", [NOVAS_LAST, "2.1", "2.60", None])
def test_key_is_refused_before_ours(
    nova: NovaInProcess, asked: str | None
) -> None:
    """Below our microversion the key gets Nova's own 400."""
    body = nova.body({"hw_numa_nodes": "1"})
    if asked in ("2.1", None):
        del body["server"]["networks"]
    answer = nova.request("POST", "/v2.1/servers", asked, json=body)
    assert answer.status_code == 400
    message = answer.json()["badRequest"]["message"]
    assert "Additional properties are not allowed" in message
    assert "image_props_override" in message


def test_key_is_not_shown_before_ours(nova: NovaInProcess) -> None:
    """Below our microversion no answer has the key."""
    server = nova.boot({"hw_numa_nodes": "1"})
    one = f"/v2.1/servers/{server['id']}"
    rename = {"server": {"name": "renamed"}}
    for answer in (
        nova.request("GET", one, NOVAS_LAST),
        nova.request("PUT", one, NOVAS_LAST, json=rename),
        nova.request("GET", "/v2.1/servers/detail", NOVAS_LAST),
    ):
        assert answer.status_code == 200
        assert "image_props_override" not in answer.text


def test_key_is_shown_from_ours_on(nova: NovaInProcess) -> None:
    """From our microversion on, show, detail and update have the key."""
    server = nova.boot({"hw_numa_nodes": "1"})
    plain = nova.boot()
    one = f"/v2.1/servers/{server['id']}"
    rename = {"server": {"name": "renamed"}}
    overrides = {"hw_numa_nodes": "1"}

    shown = nova.request("GET", one, OURS).json()["server"]
    assert shown["image_props_override"] == overrides
    updated = nova.request("PUT", one, OURS, json=rename).json()["server"]
    assert updated["image_props_override"] == overrides
    detail = nova.request("GET", "/v2.1/servers/detail", OURS).json()
    assert {
        each["id"]: each["image_props_override"] for each in detail["servers"]
    } == {server["id"]: overrides, plain["id"]: {}}


def test_legacy_v2_ignores_the_key(nova: NovaInProcess) -> None:
    """Legacy /v2 drops keys that it does not know, and ours with them."""
    body = nova.body({"hw_numa_nodes": "1"})
    del body["server"]["networks"]
    answer = nova.request("POST", "/v2/servers", OURS, json=body)
    assert answer.status_code == 202
    server = answer.json()["server"]
    nova._wait_for_state_change(server, "ACTIVE")
    assert "image_hw_numa_nodes" not in nova.system_metadata(server)
