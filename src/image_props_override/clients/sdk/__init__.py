# SPDX-License-Identifier: Apache-2.0
"""openstacksdk that can override image properties: ``enable(connection)``.

Or, in ``clouds.yaml``, beside a cloud's ``auth``::

    vendor_hook: image_props_override.clients.sdk:enable

``install_server`` runs an operating system's installer to its end.
"""

from image_props_override.clients.sdk.connection import enable
from image_props_override.clients.sdk.installation import (
    InstallationError,
    Watcher,
    install_server,
)
from image_props_override.core.boot.installation import Installer

__all__ = [
    "InstallationError",
    "Installer",
    "Watcher",
    "enable",
    "install_server",
]
