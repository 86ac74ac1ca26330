# SPDX-License-Identifier: Apache-2.0
"""Whether a command can use the feature, or why it cannot."""

from __future__ import annotations

from typing import Any

from keystoneauth1 import discover
from osc_lib import exceptions

from image_props_override.clients.compute_requests import (
    CloudFeature,
    Feature,
)

# Below the help text of every command of ours.
EPILOG = (
    "Requires nova-image-props-override in the cloud. Its compute API "
    "microversion differs between releases of Nova (2.105 on Nova 34). The "
    "command finds it, unless you choose one with --os-compute-api-version; "
    "it refuses an older one."
)


def required_feature(compute: Any, needed_by: str) -> Feature:
    """Return the feature for a command that cannot do without.

    Args:
        compute: openstackclient's client of the compute service.
        needed_by: What the user asked for, to be named in the message.

    Raises:
        osc_lib.exceptions.CommandError: The cloud lacks it, the user chose
            an older microversion, or the cloud cannot say.
    """
    feature = CloudFeature(
        compute, lambda error: exceptions.CommandError(f"{needed_by}: {error}")
    ).required()
    if _is_beyond_the_users_choice(compute, feature):
        raise exceptions.CommandError(
            f"--os-compute-api-version {feature.microversion} or greater is "
            f"required to support {needed_by}"
        )
    return feature


def usable_feature(compute: Any) -> Feature | None:
    """Return the feature for a command that works without it, too.

    Args:
        compute: openstackclient's client of the compute service.
    """
    feature = CloudFeature(compute).if_known()
    if feature and _is_beyond_the_users_choice(compute, feature):
        return None
    return feature


def _is_beyond_the_users_choice(compute: Any, feature: Feature) -> bool:
    """Return whether --os-compute-api-version names an older one."""
    chosen = compute.default_microversion
    if not chosen:
        return False
    # It may be "latest" or "2.latest", too.
    limit = discover.normalize_version_number(chosen)
    need = discover.normalize_version_number(feature.microversion)
    return bool(limit < need)
