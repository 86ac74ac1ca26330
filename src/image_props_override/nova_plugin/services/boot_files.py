# SPDX-License-Identifier: Apache-2.0
"""Kernel and RAM disk of a stopped guest, fetched again when they change.

libvirt's driver fetches them only where they are not there yet, so a guest
would go on with the old kernel for as long as it stays on its host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import oslo_messaging
from nova.context import RequestContext
from oslo_log import log as logging

from image_props_override.nova_plugin.lifecycle.service_support import (
    NAMESPACE,
    VERSION,
)
from image_props_override.nova_plugin.nova_privates import instance_files

LOG = logging.getLogger(__name__)

_FILES = ("kernel", "ramdisk")


class BootFilesEndpoint:
    """What nova-compute does for a change of kernel; an endpoint of RPC."""

    target: ClassVar = oslo_messaging.Target(
        namespace=NAMESPACE, version=VERSION
    )

    def forget_boot_files(
        self, context: RequestContext, instance: Any
    ) -> None:
        """Have the driver fetch kernel and RAM disk at the next start.

        Args:
            context: The caller's.
            instance: The server, which is stopped.
        """
        del context
        for name in _FILES:
            path = Path(instance_files.instance_folder(instance), name)
            path.unlink(missing_ok=True)
        LOG.info("Its kernel is fetched at the next start", instance=instance)
