# SPDX-License-Identifier: Apache-2.0
"""What ``api-paste.ini`` names; its paths are an interface for operators."""

from image_props_override.nova_plugin.api.applications import (
    compute_app as compute_app,
)
from image_props_override.nova_plugin.api.applications import (
    version_app as version_app,
)
from image_props_override.nova_plugin.api.applications import (
    versions_app as versions_app,
)
