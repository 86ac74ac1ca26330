# SPDX-License-Identifier: Apache-2.0
"""Horizon's settings in the sandbox; nothing is written into Horizon."""

import importlib.util
import os
import sys
from pathlib import Path

import openstack_dashboard
from openstack_dashboard.local import enabled

_ROOT = Path(openstack_dashboard.__file__).parent
_HERE = Path(__file__).resolve().parent
# Horizon reads its local settings as a module of this package.
sys.path.append(str(_ROOT))
import local  # noqa: E402

local.__path__.insert(0, str(_HERE / "dashboard_local"))
if os.environ["DASHBOARD_PLUGIN"] == "1":
    _plugin = importlib.util.find_spec("image_props_override.horizon_plugin")
    assert _plugin is not None
    assert _plugin.origin is not None
    # Instead of a copy of the enabled file in Horizon's folder.
    enabled.__path__.append(str(Path(_plugin.origin).parent / "enabled"))

from openstack_dashboard.settings import *  # noqa: E402, F403
