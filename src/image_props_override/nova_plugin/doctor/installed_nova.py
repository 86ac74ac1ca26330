# SPDX-License-Identifier: Apache-2.0
"""Is the installed Nova one that this project knows?"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable

from nova import version
from oslo_upgradecheck.upgradecheck import Code
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from image_props_override.core.properties.facts import FACTS
from image_props_override.nova_plugin.api.microversion import after_novas_last
from image_props_override.nova_plugin.doctor.api_host import ApiHost
from image_props_override.nova_plugin.doctor.findings import Finding

_DISTRIBUTION = "nova-image-props-override"


def check_installed_nova(host: ApiHost) -> Finding:
    """Return whether release and image properties are known."""
    return judge_nova(
        version.version_string(), host.catalogue, tried_releases()
    )


def tried_releases() -> SpecifierSet:
    """Return the releases of Nova that the installed package asks for."""
    requirements = map(
        Requirement, importlib.metadata.requires(_DISTRIBUTION) or ()
    )
    return next(each.specifier for each in requirements if each.name == "nova")


def judge_nova(
    nova_version: str, properties: Iterable[str], tried: SpecifierSet
) -> Finding:
    """Return what is to be said of a Nova.

    Args:
        nova_version: Its version, like ``34.0.0``.
        properties: Its image properties.
        tried: The releases that this project is tried with.
    """
    details = [
        f"Nova {nova_version}; overrides come with microversion "
        f"{after_novas_last()}"
    ]
    is_tried = tried.contains(nova_version, prereleases=True)
    if not is_tried:
        details.append(
            f"This version of {_DISTRIBUTION} is tested with nova{tried}. "
            "Install the version for this Nova."
        )
    undescribed = sorted(set(properties) - set(FACTS))
    if undescribed:
        details.append(
            "This version does not know the effect of overriding these: "
            f"{', '.join(undescribed)}. Add them to deny in nova.conf, or "
            f"install a newer {_DISTRIBUTION}."
        )
    code = Code.SUCCESS if is_tried and not undescribed else Code.WARNING
    return Finding(code, tuple(details))
