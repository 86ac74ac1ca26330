# SPDX-License-Identifier: Apache-2.0
"""Ways to ask for a preview, and to read it."""

from __future__ import annotations

import json
from typing import Any

from tests.functional.nova_in_process import IMAGE, OURS, NovaInProcess

PATH = "/v2.1/os-image-props-override/preview"
ABSENT = "00000000-0000-0000-0000-000000000000"


def ask(nova: NovaInProcess, overrides: Any = None, **fields: Any) -> Any:
    """Return the raw answer for an image with overrides."""
    preview = {"imageRef": IMAGE, "flavorRef": nova.flavor, **fields}
    if overrides is not None:
        preview["image_props_override"] = overrides
    given_fields = {k: v for k, v in preview.items() if v is not None}
    return send(nova, {"preview": given_fields})


def send(nova: NovaInProcess, body: Any, roles: str = "member,reader") -> Any:
    """Return the raw answer to a body, sent by a plain user."""
    return nova.request(
        "POST",
        PATH,
        OURS,
        data=json.dumps(body),
        headers={"Content-Type": "application/json", "X-Roles": roles},
    )


def preview(
    nova: NovaInProcess, overrides: Any = None, **fields: Any
) -> dict[str, Any]:
    """Return a preview."""
    answer = ask(nova, overrides, **fields)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()["preview"]
    return document


def codes(document: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Return property and code of each problem."""
    return [(each["property"], each["code"]) for each in document["problems"]]
