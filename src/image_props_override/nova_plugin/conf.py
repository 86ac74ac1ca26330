# SPDX-License-Identifier: Apache-2.0
"""The options in ``nova.conf [image_props_override]``."""

from __future__ import annotations

from collections.abc import Iterable

from oslo_config import cfg
from oslo_log import log as logging

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.name_patterns import unknown_patterns

LOG = logging.getLogger(__name__)

GROUP = cfg.OptGroup(
    "image_props_override",
    title="Overriding image properties at boot",
)

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
        default=[],
        help=(
            "Image properties that users may not override at boot, whatever "
            "``allow`` says: exact names, or patterns in which ``*`` stands "
            "for any characters."
        ),
    ),
    cfg.StrOpt(
        "rules_file",
        help=(
            "YAML file of ordered rules, for what two lists cannot say: by "
            "value, role, project or removal. It counts after ``deny`` and "
            "before ``allow``, and is read again when it changes. A file "
            "that cannot be used stops nova-api at its start."
        ),
    ),
    cfg.StrOpt(
        "property_protection_file",
        help=(
            "Copy of the property protection file of Glance, so that an "
            "override gets nobody around it: who overrides a property must "
            "be permitted to update it on the image, or to create it if the "
            "image lacks it, and who removes one, to delete it. A file that "
            "cannot be used stops nova-api at its start."
        ),
    ),
    cfg.StrOpt(
        "property_protection_rule_format",
        default="roles",
        choices=[
            ("roles", "Operations are granted to roles"),
            ("policies", "Operations are granted by a policy of Glance"),
        ],
        help="The format of that file, as in Glance's configuration.",
    ),
    cfg.StrOpt(
        "property_protection_policy_file",
        help=(
            "Glance's effective policy, as ``oslopolicy-policy-generator "
            "--namespace glance`` writes it; needed for the format "
            "``policies`` only. A policy that it does not have is refused."
        ),
    ),
    cfg.BoolOpt(
        "protect_isolation",
        default=True,
        help=(
            "Refuse to override a property or trait that the metadata of a "
            "host aggregate names, while the scheduler isolates hosts by "
            "them: with the filter AggregateImagePropertiesIsolation, or "
            "with ``[scheduler] enable_isolated_aggregate_filtering``. Set "
            "these options for nova-api as for nova-scheduler. A property "
            "whose exact name ``allow`` has is not refused."
        ),
    ),
    cfg.IntOpt(
        "isolation_refresh_seconds",
        default=60,
        min=1,
        help=(
            "Seconds after which a changed aggregate is noticed at the "
            "latest. Aggregates are read at most that often, and only when "
            "an override is asked for."
        ),
    ),
    cfg.BoolOpt(
        "refuse_unsupported",
        default=True,
        help=(
            "Refuse an override to a value that no host of this cloud "
            "supports, as hosts tell in Placement by their traits, and in "
            "Nova's database by the kinds of guests that they run and, from "
            "``nova-compute-image-props``, by libvirt's machine types. "
            "Nothing is refused of which some host does not tell. If false, "
            "such a server ends in ERROR; catalogue and preview tell of it "
            "in any case."
        ),
    ),
    cfg.IntOpt(
        "supported_refresh_seconds",
        default=300,
        min=1,
        help=(
            "Seconds after which a change of what hosts support is noticed "
            "at the latest. Placement and the cells' databases are asked at "
            "most that often, and only when an override is asked for."
        ),
    ),
    cfg.BoolOpt(
        "require_services",
        default=True,
        help=(
            "Refuse to rebuild or rescue a server with overrides, or to "
            "shelve one whose snapshot cannot hold them all, where its "
            "nova-compute, or nova-conductor, would lose them, because it "
            "does not run as ``nova-compute-image-props`` or "
            "``nova-conductor-image-props``, or does not answer. If false, "
            "a rebuild there drops the overrides, a rescued server runs "
            "without them until it is unrescued (and without an overridden "
            "hw_machine_type for good), and an unshelved one lacks "
            "those that its snapshot lacks."
        ),
    ),
    cfg.BoolOpt(
        "audit_notifications",
        default=False,
        help=(
            "Send a notification for each override that a request to boot "
            "asks for: ``image_props_override.accepted``, "
            "``image_props_override.refused``, "
            "``image_props_override.dropped`` or "
            "``image_props_override.failed``. The log has the same in any "
            "case, as lines of the logger ``image_props_override.audit``. "
            "Driver and topics are those of "
            "``[oslo_messaging_notifications]``; without a driver nothing is "
            "sent."
        ),
    ),
    cfg.ListOpt(
        "audit_mask",
        default=[],
        help=(
            "Image properties whose values log and notifications do not "
            "tell: exact names, or patterns in which ``*`` stands for any "
            "characters. If there are any, values of properties that Nova "
            "does not know are not told either. The answer to the user, "
            "which Nova logs, may still quote a value that is refused."
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


def warn_of_unknown(
    option: str, patterns: Iterable[str], catalogue: PropertyCatalogue
) -> None:
    """Log each pattern of an option that matches no image property.

    Args:
        option: The option's name.
        patterns: Canonical patterns.
        catalogue: The image properties that exist.
    """
    for pattern in unknown_patterns(
        patterns, catalogue, matches_legacy=option != "allow"
    ):
        LOG.warning(
            "nova.conf [%s] %s: '%s' matches no image property of this Nova",
            GROUP.name,
            option,
            pattern,
        )
