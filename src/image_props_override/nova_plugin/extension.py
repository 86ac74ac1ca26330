# SPDX-License-Identifier: Apache-2.0
"""What the parts of the plug-in share, built once for a service."""

from __future__ import annotations

from dataclasses import dataclass

from oslo_config import cfg

from image_props_override.core.override_rules import (
    OverrideRules,
    rules_from_patterns,
)
from image_props_override.core.property_catalogue import PropertyCatalogue
from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.microversion import (
    Microversion,
    after_novas_last,
)


@dataclass(frozen=True)
class Extension:
    """The state of the extension; nothing in it changes.

    Attributes:
        catalogue: The image properties of the installed Nova.
        rules: What the operator lets users override.
        microversion: The one that brings ``image_props_override``.
    """

    catalogue: PropertyCatalogue
    rules: OverrideRules
    microversion: Microversion


def load_extension(conf: cfg.ConfigOpts) -> Extension:
    """Return the extension as ``nova.conf`` configures it.

    Args:
        conf: Nova's configuration, parsed.
    """
    options.register(conf)
    catalogue = catalogue_from_nova()
    section = conf[options.GROUP.name]
    return Extension(
        catalogue=catalogue,
        rules=rules_from_patterns(section.allow, section.deny, catalogue),
        microversion=after_novas_last(),
    )
