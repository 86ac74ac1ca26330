# SPDX-License-Identifier: Apache-2.0
"""Image properties in Launch Instance and in an instance's details."""

FEATURE = "image_props_override"
ADD_INSTALLED_APPS = ["image_props_override.horizon_plugin"]
ADD_ANGULAR_MODULES = ["horizon.image-props-override"]
AUTO_DISCOVER_STATIC_FILES = True
EXTRA_TABS = {
    "openstack_dashboard.dashboards.project.instances.tabs"
    ".InstanceDetailTabs": (
        "image_props_override.horizon_plugin.tabs.ImagePropertiesTab",
    ),
}
