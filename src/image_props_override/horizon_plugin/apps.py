# SPDX-License-Identifier: Apache-2.0
"""What Django loads of the plug-in."""

from __future__ import annotations

import importlib

from django.apps import AppConfig


class HorizonPlugin(AppConfig):
    """The application that the enabled file adds to Horizon."""

    name = "image_props_override.horizon_plugin"
    label = "image_props_override"

    def ready(self) -> None:
        """Extend Horizon, before Django reads its URLs."""
        importlib.import_module(f"{self.name}.rest")
        importlib.import_module(f"{self.name}.rebuild").extend_horizon()
