# SPDX-License-Identifier: Apache-2.0
"""The record of what was overridden, kept beside the merged properties.

Nova keeps a server's image properties as system metadata ``image_<name>``.
The record is further image properties of the reserved form
``os_glance_override:<name>``, so Nova stores, wipes and rolls it back with
the rest. It leaves the ``os_glance`` namespace out of snapshots and of
``server.image.properties``, and Glance lets no user write there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PREFIX = "os_glance_override:"
SYSTEM_METADATA_PREFIX = f"image_{PREFIX}"

# instance_system_metadata.key is VARCHAR(255).
LONGEST_NAME_CHARACTERS = 255 - len(SYSTEM_METADATA_PREFIX)

# system_metadata.value is VARCHAR(255); Nova cuts longer values, counted in
# bytes of UTF-8, without a word (nova.utils.get_system_metadata_from_image).
LONGEST_VALUE_BYTES = 255

# No override may be empty, so the empty text is free to say "removed".
_REMOVED = ""


def record_of(overrides: Mapping[str, str | None]) -> dict[str, str]:
    """Return the record as image properties.

    Args:
        overrides: Canonical name to value; None removes the property.
    """
    return {
        f"{PREFIX}{name}": _REMOVED if value is None else value
        for name, value in overrides.items()
    }


def without_record(image_properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy without the keys of a record.

    What comes from an image, a volume or a snapshot must not be believed:
    only Nova's own database holds records.
    """
    return {
        name: value
        for name, value in image_properties.items()
        if not name.startswith(PREFIX)
    }


def recorded_overrides(
    system_metadata: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Return what was overridden for a server, by canonical name.

    Args:
        system_metadata: The server's, as Nova keeps it.
    """
    return {
        key.removeprefix(SYSTEM_METADATA_PREFIX): value or None
        for key, value in sorted(system_metadata.items())
        if key.startswith(SYSTEM_METADATA_PREFIX)
    }
