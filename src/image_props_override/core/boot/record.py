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
from typing import Any, TypeVar

from image_props_override.core.boot.long_values import joined
from image_props_override.core.properties.limits import (
    IMAGE_PREFIX,
    PART_PREFIX,
    RECORD_PREFIX,
)

_Value = TypeVar("_Value")

SYSTEM_METADATA_PREFIX = f"{IMAGE_PREFIX}{RECORD_PREFIX}"

# No override may be empty, so the empty text is free to say "removed".
_REMOVED = ""

# In os_command_line, stands for the image's own value; the token is the one
# of Ironic's kernel_append_params.
DEFAULT_TOKEN = "%default%"

# What libvirt's driver writes into a server's system metadata by itself,
# where the image says nothing (nova.virt.libvirt.driver,
# REGISTER_IMAGE_PROPERTY_DEFAULTS): to have a value does not mean that
# somebody set it.
PINNED_BY_NOVA = frozenset(
    {
        "hw_cdrom_bus",
        "hw_disk_bus",
        "hw_input_bus",
        "hw_machine_type",
        "hw_pointer_model",
        "hw_video_model",
        "hw_vif_model",
    }
)


def record_of(overrides: Mapping[str, str | None]) -> dict[str, str]:
    """Return the record as image properties.

    Args:
        overrides: Canonical name to value; None removes the property.
    """
    return {
        f"{RECORD_PREFIX}{name}": _REMOVED if value is None else value
        for name, value in overrides.items()
    }


def without_record(image_properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy without the keys of a record, or of its long lines.

    What comes from an image, a volume or a snapshot must not be believed:
    only Nova's own database holds records.
    """
    return {
        name: value
        for name, value in image_properties.items()
        if not name.startswith((RECORD_PREFIX, PART_PREFIX))
    }


def recorded_overrides(
    system_metadata: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Return what was overridden for a server and still holds, by name.

    An operator may have changed the effective property since (``nova-manage
    image_property set``, ``nova-manage libvirt update_machine_type``). The
    record knows nothing of that and does not claim what is no longer so.

    Args:
        system_metadata: The server's, as Nova keeps it.
    """
    system_metadata = joined(system_metadata, IMAGE_PREFIX)
    recorded = {
        key.removeprefix(SYSTEM_METADATA_PREFIX): value or None
        for key, value in sorted(system_metadata.items())
        if key.startswith(SYSTEM_METADATA_PREFIX)
    }
    return {
        name: value
        for name, value in recorded.items()
        if _still_holds(name, value, system_metadata)
    }


def effective_properties(
    system_metadata: Mapping[str, _Value],
) -> dict[str, _Value | str]:
    """Return the image properties that a server has now, without a record.

    Args:
        system_metadata: The server's, as Nova keeps it.
    """
    return without_record(
        {
            key.removeprefix(IMAGE_PREFIX): value
            for key, value in joined(system_metadata, IMAGE_PREFIX).items()
            if key.startswith(IMAGE_PREFIX)
        }
    )


def _still_holds(
    name: str, value: str | None, system_metadata: Mapping[str, str | None]
) -> bool:
    key = f"{IMAGE_PREFIX}{name}"
    effective = system_metadata.get(key)
    if value is None:
        # Where Nova pins a default, nobody can tell it from what an operator
        # set; that the image's own value is not used is true of both.
        return name in PINNED_BY_NOVA or (
            effective is None and not _has_members(key, system_metadata)
        )
    if name == "os_command_line" and DEFAULT_TOKEN in value:
        return effective is not None and _is_resolved(value, effective)
    return effective == value


def _has_members(key: str, system_metadata: Mapping[str, str | None]) -> bool:
    return any(each.startswith(f"{key}.") for each in system_metadata)


def _is_resolved(value: str, effective: str) -> bool:
    """Return whether some text in the place of the token gives the other."""
    before, *rest = value.split(DEFAULT_TOKEN)
    characters = len(effective) - len(value.replace(DEFAULT_TOKEN, ""))
    # A text of that length each time: the first place tells which.
    default = effective[len(before) :][: max(characters, 0) // len(rest)]
    return value.replace(DEFAULT_TOKEN, default) == effective
