# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of request bodies that Nova does not know."""

from __future__ import annotations

from typing import Any

from image_props_override.core.override_request import KEY

# Which of imageRef, volumeId and serverId is given, and whether a flavor, the
# controller checks in words, and the overrides core.override_request.
PREVIEW: dict[str, Any] = {
    "type": "object",
    "properties": {
        "preview": {
            "type": "object",
            "properties": {
                "imageRef": {"type": "string", "format": "uuid"},
                "volumeId": {"type": "string", "format": "uuid"},
                "serverId": {"type": "string", "format": "uuid"},
                # The characters that Nova takes for a flavor's id.
                "flavorRef": {
                    "type": ["string", "integer"],
                    "pattern": r"^[\w.\- ]{1,255}\Z",
                },
                KEY: {
                    "type": "object",
                    "properties": {},
                    "additionalProperties": True,
                },
            },
            "additionalProperties": False,
        }
    },
    "required": ["preview"],
    "additionalProperties": False,
}
