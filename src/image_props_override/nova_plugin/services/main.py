# SPDX-License-Identifier: Apache-2.0
"""Nova's own services, run with our managers.

Each is the console script of Nova, but for the name of a class. Nothing of
Nova may be imported before ``nova.cmd``: its first line decides between
threads and eventlet.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_PACKAGE = "image_props_override.nova_plugin.services"

# By the name of Nova's service: the class that runs instead of Nova's.
MANAGERS: Final = {
    "nova-compute": f"{_PACKAGE}.compute_manager.ComputeManager",
    "nova-conductor": f"{_PACKAGE}.conductor_manager.ConductorManager",
}


def nova_compute() -> None:
    """Run nova-compute: the command ``nova-compute-image-props``."""
    from nova.cmd import compute

    _become("nova-compute")
    compute.main()


def nova_conductor() -> None:
    """Run nova-conductor: the command ``nova-conductor-image-props``."""
    from nova.cmd import conductor

    _become("nova-conductor")
    conductor.main()


def _become(binary: str) -> None:
    from image_props_override.nova_plugin.nova_privates import services

    services.run_with_manager(binary, MANAGERS[binary])
    # oslo.config looks for /etc/nova/<name of the program>.conf, too.
    sys.argv[0] = str(Path(sys.argv[0]).with_name(binary))
