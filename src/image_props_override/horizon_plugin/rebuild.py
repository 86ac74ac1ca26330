# SPDX-License-Identifier: Apache-2.0
"""What **Rebuild Instance** does with overrides.

The only module that knows Horizon's form: a field is added to it, while the
form and its view stay Horizon's own.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from horizon import messages
from openstack_dashboard import exceptions
from openstack_dashboard.api import nova
from openstack_dashboard.dashboards.project.instances import (
    forms as instance_forms,
)
from openstack_dashboard.dashboards.project.instances import views

from image_props_override.core.override_request import KEY
from image_props_override.horizon_plugin.compute import (
    RefusedError,
    feature_or_none,
    required_feature,
    send,
)
from image_props_override.horizon_plugin.server_body import rebuild_body


def extend_horizon() -> None:
    """Let Horizon's view of a rebuild use our form."""
    views.RebuildView.form_class = RebuildForm


class OverridesWidget(forms.Widget):
    """The choice between keep, change and drop, which the browser draws."""

    def __init__(self, server_id: str) -> None:
        """Belong to a server."""
        super().__init__()
        self._server_id = server_id

    def render(
        self,
        name: str,
        value: Any,
        attrs: Any = None,  # noqa: ARG002
        renderer: Any = None,  # noqa: ARG002
    ) -> str:
        """Return the element; `value` is what was sent before."""
        # Quoted: AngularJS would evaluate braces.
        element: str = format_html(
            '<image-props-rebuild server-id="{}" name="{}" value="{}">'
            "</image-props-rebuild>",
            quote(self._server_id),
            name,
            quote(value or ""),
        )
        return element


class OverridesField(forms.Field):
    """JSON; None where nothing is sent: the server keeps its overrides."""

    def to_python(self, value: Any) -> dict[str, str | None] | None:
        """Return the overrides that are sent."""
        if not value:
            return None
        try:
            overrides = json.loads(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if not isinstance(overrides, dict):
            raise ValidationError(_("This is not a set of overrides."))
        return overrides


class RebuildForm(instance_forms.RebuildInstanceForm):
    """Horizon's form, with what becomes of the overrides."""

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Have the field where the cloud offers the feature to the user."""
        super().__init__(request, *args, **kwargs)
        if feature_or_none(request) is not None:
            server_id = self.initial["instance_id"]
            self.fields[KEY] = OverridesField(
                label=_("Image Properties"),
                required=False,
                widget=OverridesWidget(server_id),
            )

    def handle(self, request: Any, data: dict[str, Any]) -> bool:
        """Rebuild the server.

        Returns:
            Whether the API accepted it. If not, the form is shown again,
            with the API's own sentence.
        """
        if KEY not in self.fields:
            done: bool = super().handle(request, data)
            return done
        rebuild = _keep if data[KEY] is None else _replace
        try:
            rebuild(request, data)
        except (RefusedError, *exceptions.RECOVERABLE) as error:
            self.api_error(str(error))
            return False
        messages.info(
            request, _("Rebuilding instance %s.") % data["instance_id"]
        )
        return True


def _keep(request: Any, data: dict[str, Any]) -> None:
    """Send stock Horizon's request: the server keeps its overrides."""
    nova.server_rebuild(
        request,
        data["instance_id"],
        data["image"],
        data.get("password") or None,
        data.get("disk_config"),
        description=data.get("description"),
    )


def _replace(request: Any, data: dict[str, Any]) -> None:
    """Let the server override what is given, and nothing else."""
    send(
        request,
        "POST",
        f"/servers/{quote(data['instance_id'], safe='')}/action",
        required_feature(request).microversion,
        rebuild_body(data, data[KEY]),
    )
