# SPDX-License-Identifier: Apache-2.0
"""The field that Rebuild Instance has, and what the form sends with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from openstack_dashboard.dashboards.project.instances.views import RebuildView

from image_props_override.horizon_plugin.rebuild import (
    OverridesField,
    OverridesWidget,
    RebuildForm,
)
from tests.horizon_plugin.recorded_nova import MICROVERSION, RecordedNova

KEY = "image_props_override"
ACTION = "/servers/some-id/action"
DATA = {"instance_id": "some-id", "image": "i", "disk_config": "AUTO"}


@pytest.fixture
def form(
    make_request: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> RebuildForm:
    """The form of a server, filled in as far as the field goes."""
    # Of Glance, which is not what this is about.
    monkeypatch.setattr(
        "openstack_dashboard.dashboards.project.instances.forms"
        ".image_utils.get_available_images",
        lambda *_arguments: [],
    )
    request = make_request("POST", "/")
    form = RebuildForm(request, {}, initial={"instance_id": "some-id"})
    form.cleaned_data = {}
    return form


def test_horizon_has_it() -> None:
    """Horizon's own view uses the form."""
    assert RebuildView.form_class is RebuildForm


@pytest.mark.parametrize(
    ("sent", "overrides"),
    [
        ("", None),
        ("{}", {}),
        ('{"hw_disk_bus": null}', {"hw_disk_bus": None}),
    ],
)
def test_field(sent: str, overrides: Any) -> None:
    """It holds JSON; nothing means that overrides are kept."""
    assert OverridesField(required=False).clean(sent) == overrides


@pytest.mark.parametrize("sent", ["{", "[]", '"text"'])
def test_field_refuses(sent: str) -> None:
    """It refuses what is no set of overrides."""
    with pytest.raises(ValidationError):
        OverridesField(required=False).clean(sent)


def test_widget_cannot_be_a_template() -> None:
    """AngularJS finds no expression in what was sent before."""
    drawn = OverridesWidget("s").render(KEY, '{"a": "{$ 1+1 $}\\"><b>"}')
    assert not set("{$<>") & set(drawn.split('value="')[1].split('"')[0])


@pytest.mark.parametrize("overrides", [None, {}, {"a": "b"}])
def test_handle(
    nova: RecordedNova,
    form: RebuildForm,
    overrides: Any,
) -> None:
    """Only a change or a drop carries the key, at its microversion."""
    nova.answers["POST", ACTION] = (202, {"server": {"id": "some-id"}})
    assert form.handle(form.request, {**DATA, KEY: overrides})
    sent = nova.sent("POST", ACTION)
    assert sent.body["rebuild"].get(KEY) == overrides
    assert (sent.microversion == MICROVERSION) is (overrides is not None)


@pytest.mark.parametrize("overrides", [None, {}])
def test_refused(
    nova: RecordedNova, form: RebuildForm, overrides: Any
) -> None:
    """The form is shown again, with the API's own sentence."""
    words = "hw_disk_bus: not with this image [no_effect]"
    nova.answers["POST", ACTION] = (
        400,
        {"badRequest": {"code": 400, "message": words}},
    )
    assert not form.handle(form.request, {**DATA, KEY: overrides})
    assert words in str(form.errors)


def test_without_the_feature(
    nova: RecordedNova, make_request: Callable[..., Any], form: RebuildForm
) -> None:
    """The form is stock Horizon's."""
    nova.answers["GET", "/os-image-props-override"] = (404, {})
    stock = RebuildForm(
        make_request("POST", "/"), {}, initial={"instance_id": "some-id"}
    )
    assert list(form.fields) == [*stock.fields, KEY]
