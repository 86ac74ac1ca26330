# SPDX-License-Identifier: Apache-2.0
"""Any request body: never a 5xx, and nothing accepted is changed on the way.

See tests/functional/request_bodies.py for how many are tried.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from nova import objects
from nova.conductor.api import ComputeTaskAPI

from tests.functional.api.previewing import send
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.request.request_bodies import (
    AROUND,
    EXAMPLES,
    FUZZED,
    IMAGE_PROPERTIES,
    OVERRIDES,
)


@pytest.fixture
def image(nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an image's id; what is accepted is not built."""
    monkeypatch.setattr(
        ComputeTaskAPI, "schedule_and_build_instances", lambda *_, **__: None
    )
    return nova.kernel_image_with(**IMAGE_PROPERTIES)


def test_any_body(nova: NovaInProcess, image: str) -> None:
    """No body causes a 5xx; no accepted value changes on its way."""

    @FUZZED
    @given(overrides=OVERRIDES, around=AROUND)
    def try_body(overrides: Any, around: Any) -> None:
        body = nova.body(imageRef=image)
        body["server"]["image_props_override"] = overrides
        if isinstance(around, dict):
            body["server"] |= around
        elif around is not None:
            body = around
        answer = nova.answer_to(body)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 202:
            accepted.append(overrides)
            _check_kept(nova, answer.json()["server"], overrides)

    accepted: list[object] = []
    try_body()
    assert len(accepted) > EXAMPLES / 20, "hardly any body was accepted"


def _check_kept(
    nova: NovaInProcess, server: dict[str, Any], asked: dict[str, str | None]
) -> None:
    """Check what Nova would build against what was asked."""
    recorded = nova.api.get_server(server["id"])["image_props_override"]
    instance = nova.instance_to_build(server)
    kept = instance.system_metadata
    wanted = nova.request_spec(server).image.properties
    for name, value in recorded.items():
        if value is None:
            assert not [key for key in kept if key == f"image_{name}"]
            continue
        effective = value.replace(
            "%default%",
            IMAGE_PROPERTIES["os_command_line"]
            if name == "os_command_line"
            else "%default%",
        )
        assert kept[f"image_{name}"] == effective
        if name in objects.ImageMetaProps.fields:
            expected = objects.ImageMetaProps.from_dict({name: effective})
            for properties in (wanted, instance.image_meta.properties):
                assert properties.get(name) == getattr(expected, name)
    # As many as were asked, if under other names; one legacy name means two.
    assert len(recorded) >= len(asked)
    nova.api.delete_server(server["id"])


def test_any_body_of_a_preview(nova: NovaInProcess, image: str) -> None:
    """No body causes a 5xx; what is bootable is what a create accepts."""

    # Each body is previewed, and then sent to create.
    @settings(FUZZED, max_examples=EXAMPLES // 10)
    @given(overrides=OVERRIDES, around=AROUND)
    def try_body(overrides: Any, around: Any) -> None:
        fields = {"imageRef": image, "flavorRef": nova.flavor}
        asked = {**fields, "image_props_override": overrides}
        if around is not None:
            answer = send(nova, {"preview": around})
            assert answer.status_code < 500, answer.text
        # As the harness creates.
        answer = send(nova, {"preview": asked}, "admin,member,reader")
        assert answer.status_code < 500, answer.text
        created = nova.answer_to(nova.body(overrides, imageRef=image))
        if answer.status_code == 200:
            bootable = answer.json()["preview"]["bootable"]
            assert bootable is (created.status_code == 202), created.text
            outcomes.append(bootable)
        else:
            assert created.status_code == 400 or overrides is None
        if created.status_code == 202:
            nova.api.delete_server(created.json()["server"]["id"])

    outcomes: list[bool] = []
    try_body()
    assert set(outcomes) == {True, False}
