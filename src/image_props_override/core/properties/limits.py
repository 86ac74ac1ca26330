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

# instance_system_metadata.key is VARCHAR(255).
LONGEST_NAME_CHARACTERS: Final = 255 - len(f"{IMAGE_PREFIX}{RECORD_PREFIX}")

# system_metadata.value is VARCHAR(255); Nova cuts longer values, counted in
# bytes of UTF-8, without a word (nova.utils.get_system_metadata_from_image).
LONGEST_VALUE_BYTES: Final = 255
