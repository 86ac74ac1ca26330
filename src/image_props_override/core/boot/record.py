# SPDX-License-Identifier: Apache-2.0
"""The record of what was overridden, kept beside the merged properties.

Nova keeps a server's image properties as system metadata ``image_<name>``.
The record is further image properties of the reserved form
``os_glance_override:...``, so Nova stores, wipes and rolls it back with the
rest. It leaves the ``os_glance`` namespace out of snapshots and of
``server.image.properties``, and Glance lets no user write there.

Each image property is a row of Nova's database, which each list of servers
reads. So the record is one JSON object in as few rows as hold it,
``os_glance_override:0`` and so on. A command line has a row of its own,
``os_glance_override:os_command_line``, because it may be long
(``long_values``). Servers from before have such a row for each override; it
is read, and no longer written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from image_props_override.core.boot.long_values import joined
from image_props_override.core.properties.limits import (
    COMMAND_LINE,
    IMAGE_PREFIX,
    LONGEST_VALUE_BYTES,
    PART_PREFIX,
    RECORD_PREFIX,
)

_Value = TypeVar("_Value")

SYSTEM_METADATA_PREFIX = f"{IMAGE_PREFIX}{RECORD_PREFIX}"

# In a row of its own, no override may be empty: this says "removed".
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
    packed = dict(overrides)
    record = {}
    if COMMAND_LINE in packed:
        line = packed.pop(COMMAND_LINE)
        record[f"{RECORD_PREFIX}{COMMAND_LINE}"] = line or _REMOVED
    if packed:
        # ASCII, so that characters are bytes.
        text = json.dumps(packed, separators=(",", ":"), sort_keys=True)
        for number, start in enumerate(
            range(0, len(text), LONGEST_VALUE_BYTES)
        ):
            # No property's name is a number.
            record[f"{RECORD_PREFIX}{number}"] = text[
                start : start + LONGEST_VALUE_BYTES
            ]
    return record


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
    return {
        name: value
        for name, value in sorted(as_written(system_metadata).items())
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


def as_written(
    system_metadata: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Return what was overridden, whether it still holds or not.

    Rows that are not whole, because somebody has changed them, say nothing.

    Args:
        system_metadata: The server's, with long lines whole.
    """
    rows = {
        key.removeprefix(SYSTEM_METADATA_PREFIX): value or _REMOVED
        for key, value in system_metadata.items()
        if key.startswith(SYSTEM_METADATA_PREFIX)
    }
    recorded = {
        name: value or None
        for name, value in rows.items()
        if not name.isdecimal()
    }
    numbers = sorted(filter(str.isdecimal, rows), key=int)
    if not numbers or numbers != [str(n) for n in range(len(numbers))]:
        return recorded
    try:
        packed = json.loads("".join(rows[number] for number in numbers))
    except ValueError:
        return recorded
    if isinstance(packed, dict) and all(
        value is None or isinstance(value, str) for value in packed.values()
    ):
        recorded.update(packed)
    return recorded


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
    """Return whether some text instead of the token gives the other."""
    before, *rest = value.split(DEFAULT_TOKEN)
    characters = len(effective) - len(value.replace(DEFAULT_TOKEN, ""))
    # A text of that length each time: the first place tells which.
    default = effective[len(before) :][: max(characters, 0) // len(rest)]
    return value.replace(DEFAULT_TOKEN, default) == effective
