# SPDX-License-Identifier: Apache-2.0
"""Image properties at launch, in an instance's details and at a rebuild."""

FEATURE = "image_props_override"
ADD_INSTALLED_APPS = ["image_props_override.horizon_plugin"]
ADD_ANGULAR_MODULES = ["horizon.image-props-override"]
ADD_SCSS_FILES = [
    "dashboard/image-props-override/image-props-override.scss",
]
AUTO_DISCOVER_STATIC_FILES = True
EXTRA_TABS = {
    "openstack_dashboard.dashboards.project.instances.tabs"
    ".InstanceDetailTabs": (
        "image_props_override.horizon_plugin.tabs.ImagePropertiesTab",
    ),
}
