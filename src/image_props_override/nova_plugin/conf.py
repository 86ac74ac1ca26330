# SPDX-License-Identifier: Apache-2.0
"""The options in ``nova.conf [image_props_override]``."""

from __future__ import annotations

from oslo_config import cfg

from image_props_override.core.property_definition import PropertyClass
from image_props_override.core.property_facts import FACTS

GROUP = cfg.OptGroup(
    "image_props_override",
    title="Overriding image properties at boot",
)

# Refused rather than ignored: Nova would not read them.
DEFAULT_DENY = [
    name
    for name, facts in FACTS.items()
    if facts.property_class is PropertyClass.NO_EFFECT
]

OPTIONS: list[cfg.Opt] = [
    cfg.ListOpt(
        "allow",
        default=["*"],
        help=(
            "Image properties that users may override at boot: exact names, "
            "or patterns in which ``*`` stands for any characters. What no "
            "pattern matches is refused."
        ),
    ),
    cfg.ListOpt(
        "deny",
        default=DEFAULT_DENY,
        help=(
            "Image properties that users may not override at boot, whatever "
            "``allow`` says: exact names, or patterns in which ``*`` stands "
            "for any characters. The default names the properties that have "
            "no effect at boot, or that name somebody else's secret; to deny "
            "more, repeat them."
        ),
    ),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register the options; twice is harmless."""
    conf.register_group(GROUP)
    conf.register_opts(OPTIONS, group=GROUP)


def list_opts() -> list[tuple[cfg.OptGroup, list[cfg.Opt]]]:
    """Return the options for ``oslo-config-generator``."""
    return [(GROUP, OPTIONS)]
