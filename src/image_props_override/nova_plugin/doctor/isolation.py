# SPDX-License-Identifier: Apache-2.0
"""Can users override the properties that keep hosts apart?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from oslo_upgradecheck.upgradecheck import Code

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.name_patterns import (
    canonical_patterns,
    exact_names,
)
from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.nova_plugin.doctor.api_host import (
    Aggregates,
    ApiHost,
)
from image_props_override.nova_plugin.doctor.findings import Finding
from image_props_override.nova_plugin.doctor.plain_member import PlainMember
from image_props_override.nova_plugin.rules.aggregate_keys import (
    FILTER,
    is_isolating,
)

_SCHEDULER_OPTIONS = (
    f"{FILTER} in [filter_scheduler] enabled_filters, or [scheduler] "
    "enable_isolated_aggregate_filtering"
)


def check_isolation(host: ApiHost) -> Finding:
    """Return whether aggregates use what users may override.

    Raises:
        RulesFileError: The rules file cannot be used.
    """
    section = host.section
    member = PlainMember(section, host.catalogue)
    is_on = is_isolating(host.conf)
    try:
        aggregates = host.read_aggregates()
    # The database's library may raise anything, and may tell passwords.
    except Exception as error:
        return _unreadable(error, refuses=is_on and section.protect_isolation)
    overridable = {
        name.canonical: users
        for name, users in _isolating(aggregates, host.catalogue).items()
        if member.may_set(name) or member.may_remove(name)
    }
    named = exact_names(canonical_patterns(section.allow, host.catalogue))
    by_name = _only(overridable, overridable.keys() & named)
    by_pattern = _only(overridable, overridable.keys() - named)
    code, introduction = _judgement(is_on, section.protect_isolation)
    details = _told(introduction, by_pattern) + _told(
        "Aggregates use these, and allow has their exact names, so users can "
        "override them:",
        by_name,
    )
    return Finding(
        code if by_pattern else Code.SUCCESS,
        details or ("Users can override nothing that aggregates use",),
    )


def _judgement(is_on: bool, is_protected: bool) -> tuple[Code, str]:
    """Return what it means that patterns allow what aggregates use."""
    if not is_on:
        return Code.WARNING, (
            "Users can override these, which aggregates use. If "
            f"nova-scheduler isolates hosts by them ({_SCHEDULER_OPTIONS}), "
            "set the same options on this host; otherwise nova-api does not "
            "protect them:"
        )
    if not is_protected:
        return Code.FAILURE, (
            "Users can override these, and so bypass the isolation of hosts "
            "by aggregates. Set [image_props_override] protect_isolation = "
            "true, or add them to deny:"
        )
    return Code.SUCCESS, "Refused, because aggregates use them:"


def _unreadable(error: Exception, *, refuses: bool) -> Finding:
    meanwhile = (
        "Until then, overrides are refused. "
        if refuses
        else "It is unknown whether they use what users can override. "
    )
    return Finding(
        Code.WARNING,
        (
            f"Cannot read the host aggregates ({type(error).__name__}). "
            f"{meanwhile}Check [api_database] connection in nova.conf, and "
            "that this host reaches the database.",
        ),
    )


def _isolating(
    aggregates: Aggregates, catalogue: PropertyCatalogue
) -> dict[PropertyName, list[str]]:
    """Return the properties among the keys, with their aggregates."""
    found = defaultdict(list)
    for aggregate, keys in sorted(aggregates.items()):
        for key in sorted(keys):
            name = resolve_name(key, catalogue)
            if isinstance(name, PropertyName):
                found[name].append(aggregate)
    return found


def _only(
    properties: Mapping[str, list[str]], names: Iterable[str]
) -> dict[str, list[str]]:
    return {name: properties[name] for name in sorted(names)}


def _told(
    introduction: str, properties: Mapping[str, list[str]]
) -> tuple[str, ...]:
    if not properties:
        return ()
    lines = (
        f"  {name}: {', '.join(aggregates)}"
        for name, aggregates in properties.items()
    )
    return (introduction, *lines)
