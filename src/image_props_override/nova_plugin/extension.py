# SPDX-License-Identifier: Apache-2.0
"""What the parts of the plug-in share, built once for a service."""

from __future__ import annotations

from dataclasses import dataclass

from oslo_config import cfg

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.rules.ordered_rules import OverrideRules
from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.api.microversion import (
    Microversion,
    after_novas_last,
)
from image_props_override.nova_plugin.lifecycle.service_support import (
    ServiceSupport,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.request.audit import (
    Auditor,
    load_auditor,
)
from image_props_override.nova_plugin.rules.configured_rules import load_rules
from image_props_override.nova_plugin.rules.glance_protections import (
    GlanceProtections,
    load_protections,
)


@dataclass(frozen=True)
class Extension:
    """The state of the extension; nothing in it changes.

    Attributes:
        catalogue: The image properties of the installed Nova.
        rules: What the operator lets users override, whatever the image.
        protections: What Glance lets users do to an image's properties, or
            None where nova.conf names no property protection file.
        auditor: Tells who overrode what.
        service_support: Tells whether the services of a server re-apply its
            overrides.
        require_services: Whether to refuse what would lose overrides.
        microversion: The one that brings ``image_props_override``.
    """

    catalogue: PropertyCatalogue
    rules: OverrideRules
    protections: GlanceProtections | None
    auditor: Auditor
    service_support: ServiceSupport
    require_services: bool
    microversion: Microversion


def load_extension(conf: cfg.ConfigOpts) -> Extension:
    """Return the extension as ``nova.conf`` configures it.

    Args:
        conf: Nova's configuration, parsed.

    Raises:
        RulesFileError: The rules file cannot be used.
        ProtectionFileError: The property protection file cannot be used.
    """
    options.register(conf)
    catalogue = catalogue_from_nova()
    return Extension(
        catalogue=catalogue,
        rules=load_rules(conf, catalogue),
        protections=load_protections(conf[options.GROUP.name], catalogue),
        auditor=load_auditor(conf, catalogue),
        service_support=ServiceSupport(),
        require_services=conf[options.GROUP.name].require_services,
        microversion=after_novas_last(),
    )
