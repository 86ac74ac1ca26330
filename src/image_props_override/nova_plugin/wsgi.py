# SPDX-License-Identifier: Apache-2.0
"""What ``api-paste.ini`` names; these paths are an interface for operators."""

from image_props_override.nova_plugin.api.applications import (
    compute_app,
    version_app,
    versions_app,
)

__all__ = ["compute_app", "version_app", "versions_app"]
