# SPDX-License-Identifier: Apache-2.0
"""Which requests for a preview are answered, and for whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from nova import exception

from image_props_override.nova_plugin.rules import policies
from tests.functional.api.previewing import (
    ABSENT,
    PATH,
    ask,
    codes,
    preview,
    send,
)
from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)


@pytest.mark.parametrize("what", ["imageRef", "flavorRef", "volumeId"])
def test_not_found(
    nova: NovaInProcess, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what does not exist there is no preview."""

    def no_volume(*_args: Any, **_kwargs: Any) -> None:
        raise exception.VolumeNotFound(volume_id=ABSENT)

    monkeypatch.setattr("nova.volume.cinder.API.get", no_volume)
    fields = {"imageRef": None} if what == "volumeId" else {}
    answer = ask(nova, {}, **{**fields, what: ABSENT})
    assert answer.status_code == 404
    assert ABSENT in answer.json()["itemNotFound"]["message"]


def test_flavor_of_others(nova: NovaInProcess) -> None:
    """A flavor that the caller may not see does not exist for them."""
    created = nova.api.post_flavor(
        {
            "flavor": {
                "name": "private",
                "ram": 1024,
                "vcpus": 1,
                "disk": 10,
                "os-flavor-access:is_public": False,
            }
        }
    )
    assert ask(nova, flavorRef=created["id"]).status_code == 404


def test_service_that_is_away(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another service cannot be reached, nothing is said of the boot."""

    def away(*_args: Any, **_kwargs: Any) -> None:
        raise exception.GlanceConnectionFailed(server="glance", reason="x")

    monkeypatch.setattr("nova.image.glance.API.get", away)
    assert ask(nova).status_code == 503


MALFORMED: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "no preview": {},
    "a preview that is a list": {"preview": []},
    "no flavor": {"preview": {"imageRef": IMAGE}},
    "neither image nor volume": {"preview": {"flavorRef": "1"}},
    "both": {
        "preview": {"flavorRef": "1", "imageRef": IMAGE, "volumeId": IMAGE}
    },
    "no UUID": {"preview": {"flavorRef": "1", "imageRef": "x"}},
    "an empty image": {"preview": {"flavorRef": "1", "imageRef": ""}},
    "null": {"preview": {"flavorRef": "1", "imageRef": None}},
    "a flavor that is a list": {
        "preview": {"flavorRef": ["1"], "imageRef": IMAGE}
    },
    "a flavor that no id can be": {
        "preview": {"flavorRef": "\ud800", "imageRef": IMAGE}
    },
    "an unknown key": {
        "preview": {"flavorRef": "1", "imageRef": IMAGE, "name": "x"}
    },
    "a key around": {
        "preview": {"flavorRef": "1", "imageRef": IMAGE},
        "image_props_override": {},
    },
    "overrides that are a list": {
        "preview": {
            "flavorRef": "1",
            "imageRef": IMAGE,
            "image_props_override": [],
        }
    },
    "overrides that are null": {
        "preview": {
            "flavorRef": "1",
            "imageRef": IMAGE,
            "image_props_override": None,
        }
    },
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed(nova: NovaInProcess, body: Any) -> None:
    """A body that is no request for a preview is refused."""
    answer = send(nova, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["badRequest"]["message"]


@pytest.mark.parametrize("text", ["", "{", "[" * 50_000, "\0"])
def test_no_json(nova: NovaInProcess, text: str) -> None:
    """What is no JSON, or nested without end, is refused."""
    answer = nova.request(
        "POST",
        PATH,
        OURS,
        data=text,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400, answer.text


OVERRIDDEN = (
    f'{{"preview": {{"imageRef": "{IMAGE}", "flavorRef": "1", '
    '"image_props_override": OVERRIDES}}'
)
# what stands for the overrides, the status, the codes of the problems
TEXTS: dict[str, tuple[str, int, set[str]]] = {
    "a key twice, the bad one first": (
        '{"hw_disk_bus": "x", "hw_disk_bus": "ide"}',
        200,
        set(),
    ),
    "a key twice, the bad one last": (
        '{"hw_disk_bus": "ide", "hw_disk_bus": "x"}',
        200,
        {"value_invalid"},
    ),
    "overrides twice": (
        '{"x": "y"}, "image_props_override": {}',
        200,
        set(),
    ),
    "an escaped key": ('{"hw_disk\\u005fbus": "x"}', 200, {"value_invalid"}),
    "half a surrogate pair": ('{"\\ud800": "x"}', 200, {"name_unknown"}),
    "a nested value": (
        '{"hw_disk_bus": ' + "[" * 400 + "]" * 400 + "}",
        200,
        {"value_not_a_string"},
    ),
    "a value nested without end": ('{"a": ' * 9_000, 400, set()),
    "too many": (
        json.dumps({str(n): "" for n in range(513)}),
        200,
        {"request_too_many"},
    ),
    "a huge name": (json.dumps({"x" * 50_000: "y"}), 200, {"name_unknown"}),
}


@pytest.mark.parametrize(
    ("overrides", "status", "expected"), TEXTS.values(), ids=TEXTS
)
def test_odd_texts(
    nova: NovaInProcess, overrides: str, status: int, expected: set[str]
) -> None:
    """Whatever JSON can carry is answered, as a create reads it."""
    answer = nova.request(
        "POST",
        PATH,
        OURS,
        data=OVERRIDDEN.replace("OVERRIDES", overrides),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == status, answer.text
    if status == 200:
        assert {
            code for _, code in codes(answer.json()["preview"])
        } == expected


@pytest.mark.parametrize("asked", [NOVAS_LAST, "2.1", None])
@pytest.mark.parametrize("body", [{}, {"preview": {}}])
def test_not_before_ours(
    nova: NovaInProcess, asked: str | None, body: Any
) -> None:
    """Below our microversion the path does not exist."""
    assert nova.request("POST", PATH, asked, json=body).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post(nova: NovaInProcess, method: str) -> None:
    """A preview is made for each request anew and kept nowhere."""
    assert nova.request(method, PATH, OURS).status_code in (404, 405)


@pytest.mark.usefixtures("new_defaults")
def test_readers_are_denied(nova: NovaInProcess) -> None:
    """By default, who may not boot may not preview."""
    body = {"preview": {"imageRef": IMAGE, "flavorRef": nova.flavor}}
    answer = send(nova, body, roles="reader")
    assert answer.status_code == 403
    assert policies.PREVIEW in answer.json()["forbidden"]["message"]


def test_policy_denies(
    nova: NovaInProcess, set_policies: Callable[[dict[str, str]], None]
) -> None:
    """The operator's policy file decides who may preview."""
    set_policies({policies.PREVIEW: "!"})
    assert ask(nova, {"hw_boot_menu": "true"}).status_code == 403


def test_policy_of_the_boot(
    nova: NovaInProcess, set_policies: Callable[[dict[str, str]], None]
) -> None:
    """Who may not override at boot is told so, and boots without."""
    set_policies({policies.CREATE: "!"})
    told = preview(nova, {"hw_boot_menu": "true"})
    assert codes(told) == [(None, "rule_denies")]
    assert policies.CREATE in told["problems"][0]["message"]
    assert preview(nova)["bootable"] is True
