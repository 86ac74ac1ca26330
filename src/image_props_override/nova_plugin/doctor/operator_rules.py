# SPDX-License-Identifier: Apache-2.0
"""Do the operator's rules say what the operator means?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from oslo_config import cfg
from oslo_upgradecheck.upgradecheck import Code

from image_props_override.core.problems import CATALOGUE_HINT
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.facts import FACTS
from image_props_override.core.properties.name_patterns import (
    canonical_patterns,
    unknown_patterns,
)
from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.doctor.api_host import ApiHost
from image_props_override.nova_plugin.doctor.findings import Finding
from image_props_override.nova_plugin.rules.yaml_file import read_rules

_HINT = f"They are likely to be misspelled; {CATALOGUE_HINT} lists all names."


def check_nova_conf(host: ApiHost) -> Finding:
    """Return whether options and patterns in our section mean something.

    Raises:
        cfg.Error: An option has a value that it cannot have.
    """
    section = host.section
    for option in options.OPTIONS:
        # Options are checked when they are read.
        _ = section[option.dest]
    details = [
        f"{file}: [{options.GROUP.name}] has no option {name}, so the line "
        "has no effect. Correct its name."
        for file, name in _unknown_options(host.conf)
    ]
    unknown = [
        f"{option}: {pattern}"
        for option in ("allow", "deny")
        for pattern in _unknown(
            section[option], host.catalogue, matches_legacy=option == "deny"
        )
    ]
    if unknown:
        details += ["No image property of this Nova matches:"]
        details += [f"  {each}" for each in unknown]
        details += [_HINT]
    if details:
        return Finding(Code.WARNING, tuple(details))
    return Finding(Code.SUCCESS, ("All options and patterns are known",))


def check_rules_file(host: ApiHost) -> Finding:
    """Return whether the patterns of the rules file mean something.

    Raises:
        RulesFileError: nova-api cannot use the file.
    """
    if not host.section.rules_file:
        return Finding(Code.SUCCESS, ("None is configured",))
    path = Path(host.section.rules_file)
    rules = read_rules(path, host.catalogue).rules
    unknown = [
        f"  rule {number}: {pattern}"
        for number, rule in enumerate(rules, start=1)
        for pattern in _unknown(
            rule.properties, host.catalogue, matches_legacy=not rule.allow
        )
    ]
    if unknown:
        return Finding(
            Code.WARNING,
            (
                f"{path}: no image property of this Nova matches:",
                *unknown,
                _HINT,
            ),
        )
    return Finding(Code.SUCCESS, (f"{path}: rules: {len(rules)}",))


def _unknown(
    patterns: Iterable[str],
    catalogue: PropertyCatalogue,
    *,
    matches_legacy: bool,
) -> list[str]:
    canonical = canonical_patterns(patterns, catalogue)
    # A property that only another release of Nova has is not misspelled.
    return [
        each
        for each in unknown_patterns(
            canonical, catalogue, matches_legacy=matches_legacy
        )
        if each not in FACTS
    ]


def _unknown_options(conf: cfg.ConfigOpts) -> Iterator[tuple[str, str]]:
    """Return file and name of each option that oslo.config passes over."""
    folders = conf.config_dir or []
    files = [
        *conf.config_file,
        *(
            file
            for each in folders
            for file in sorted(Path(each).glob("*.conf"))
        ),
    ]
    known = {option.dest for option in options.OPTIONS}
    for file in files:
        sections: dict[str, dict[str, list[str]]] = {}
        cfg.ConfigParser(str(file), sections).parse()
        for section, lines in sections.items():
            if section.lower() == options.GROUP.name:
                yield from ((str(file), name) for name in lines.keys() - known)
