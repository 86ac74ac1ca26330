# SPDX-License-Identifier: Apache-2.0
"""Where libvirt's driver keeps a guest's files; for nova-compute alone.

It imports the driver, which nova-api must not.
"""

from __future__ import annotations

from typing import Any

from nova.virt.libvirt import utils as libvirt_utils


def instance_folder(instance: Any) -> str:
    """Return the folder of a guest's files on its host."""
    folder: str = libvirt_utils.get_instance_path(instance)
    return folder
