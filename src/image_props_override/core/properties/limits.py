# SPDX-License-Identifier: Apache-2.0
"""How Nova keeps a server's image properties, and what fits there.

They are system metadata ``image_<name>``. The record of what was overridden
is kept the same way, so a name must fit behind the longer prefix.
"""

from __future__ import annotations

from typing import Final

# nova.utils.SM_IMAGE_PROP_PREFIX.
IMAGE_PREFIX: Final = "image_"
# Of an image property that belongs to the record.
RECORD_PREFIX: Final = "os_glance_override:"
# Of a part of a long command line (core.boot.long_values).
PART_PREFIX: Final = "os_glance_override_part:"

# instance_system_metadata.key is VARCHAR(255).
LONGEST_NAME_CHARACTERS: Final = 255 - len(f"{IMAGE_PREFIX}{RECORD_PREFIX}")

# system_metadata.value is VARCHAR(255); Nova cuts longer values, counted in
# bytes of UTF-8, without a word (nova.utils.get_system_metadata_from_image).
LONGEST_VALUE_BYTES: Final = 255

COMMAND_LINE: Final = "os_command_line"
# x86's COMMAND_LINE_SIZE is 2048, a NUL at the end included. What is longer
# than Nova keeps of a value is kept in parts.
LONGEST_COMMAND_LINE_BYTES: Final = 2047


def longest_value_bytes(name: str) -> int:
    """Return how long the value of a property may be, in bytes of UTF-8.

    Args:
        name: The property's canonical name; for a list's member, the list's.
    """
    if name == COMMAND_LINE:
        return LONGEST_COMMAND_LINE_BYTES
    return LONGEST_VALUE_BYTES


def too_long(name: str, size_bytes: int, words: str = "long") -> str | None:
    """Return why no server can have a value of that size, or None.

    Args:
        name: As ``longest_value_bytes`` has it.
        size_bytes: Of UTF-8.
        words: How it is as long as that.
    """
    limit = longest_value_bytes(name)
    if size_bytes <= limit:
        return None
    owner = (
        "a kernel's command line has" if name == COMMAND_LINE else "Nova keeps"
    )
    return (
        f"is {size_bytes} bytes {words}; {owner} at most {limit} bytes (UTF-8)"
    )
