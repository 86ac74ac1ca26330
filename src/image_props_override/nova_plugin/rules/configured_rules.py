# SPDX-License-Identifier: Apache-2.0
"""The operator's rules as ``nova.conf`` sets them, in the order they count."""

from __future__ import annotations

from pathlib import Path

from nova.context import RequestContext
from oslo_config import cfg

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.name_patterns import (
    canonical_patterns,
    exact_names,
)
from image_props_override.core.rules.isolation import IsolationRule
from image_props_override.core.rules.ordered_rules import (
    Caller,
    OverrideRules,
    RuleSource,
    allow_list,
    deny_list,
)
from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.rules.aggregate_keys import (
    AggregateKeys,
    is_isolating,
)
from image_props_override.nova_plugin.rules.yaml_file import RulesFile

_SECTION = f"nova.conf [{options.GROUP.name}]"


def load_rules(
    conf: cfg.ConfigOpts, catalogue: PropertyCatalogue
) -> OverrideRules:
    """Return the rules that do not need to know the image.

    Args:
        conf: Nova's configuration, with our options registered.
        catalogue: The image properties that exist.

    Raises:
        RulesFileError: The rules file cannot be used; nova-api must not
            start.
    """
    section = conf[options.GROUP.name]
    allowed = canonical_patterns(section.allow, catalogue)
    denied = canonical_patterns(section.deny, catalogue)
    for option, patterns in (("allow", allowed), ("deny", denied)):
        options.warn_of_unknown(option, patterns, catalogue)
    sources: list[RuleSource] = [
        deny_list(section.deny, catalogue, f"{_SECTION} deny")
    ]
    if section.protect_isolation and is_isolating(conf):
        keys = AggregateKeys(catalogue, section.isolation_refresh_seconds)
        sources.append(IsolationRule(keys, exact_names(allowed)))
    if section.rules_file:
        sources.append(RulesFile(Path(section.rules_file), catalogue))
    sources.append(allow_list(section.allow, catalogue, f"{_SECTION} allow"))
    return OverrideRules(tuple(sources))


def caller_of(context: RequestContext) -> Caller:
    """Return who is asking."""
    return Caller(
        project_id=context.project_id or "",
        roles=frozenset(role.lower() for role in context.roles),
    )
