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
            "Image properties that users may override: exact names, or "
            "patterns in which ``*`` stands for any characters. The API "
            "refuses a property that no pattern matches."
        ),
    ),
    cfg.ListOpt(
        "deny",
        default=[],
        help=(
            "Image properties that users may not override, whatever "
            "``allow`` says: exact names, or patterns in which ``*`` stands "
            "for any characters."
        ),
    ),
    cfg.StrOpt(
        "rules_file",
        help=(
            "YAML file of ordered rules, which can depend on value, role, "
            "project and removal. The rules apply after ``deny`` and before "
            "``allow``. nova-api reads the file again when it changes, and "
            "does not start if it cannot use the file."
        ),
    ),
    cfg.StrOpt(
        "property_protection_file",
        help=(
            "Copy of Glance's property protection file. With it, users "
            "cannot override what Glance forbids them to set. To override a "
            "property, a user must be permitted to update it on the image, "
            "or to create it if the image lacks it. To remove a property, a "
            "user must be permitted to delete it. nova-api does not start "
            "if it cannot use the file."
        ),
    ),
    cfg.StrOpt(
        "property_protection_rule_format",
        default="roles",
        choices=[
            ("roles", "Operations are granted to roles"),
            ("policies", "Operations are granted by a policy of Glance"),
        ],
        help=(
            "Format of the property protection file, as in Glance's "
            "configuration."
        ),
    ),
    cfg.StrOpt(
        "property_protection_policy_file",
        help=(
            "Glance's effective policy, as ``oslopolicy-policy-generator "
            "--namespace glance`` writes it. It is needed only for the "
            "format ``policies``. A policy that is not in the file is "
            "refused."
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
            "is not refused if ``allow`` contains its exact name."
        ),
    ),
    cfg.IntOpt(
        "isolation_refresh_seconds",
        default=60,
        min=1,
        help=(
            "Seconds after which a changed aggregate takes effect at the "
            "latest. nova-api reads the aggregates at most that often, and "
            "only when a request overrides something."
        ),
    ),
    cfg.BoolOpt(
        "refuse_unsupported",
        default=True,
        help=(
            "Refuse an override to a value that no host of this cloud "
            "supports. Hosts report what they support as traits in "
            "Placement and as kinds of guests in Nova's database; "
            "``nova-compute-image-props`` also reports libvirt's machine "
            "types. If some host does not report a capability, nothing is "
            "refused because of it. If false, a server with such a value "
            "ends in ERROR; catalogue and preview show what is supported in "
            "either case."
        ),
    ),
    cfg.IntOpt(
        "supported_refresh_seconds",
        default=300,
        min=1,
        help=(
            "Seconds after which a change of what hosts support takes "
            "effect at the latest. nova-api reads Placement and the cells' "
            "databases at most that often, and only when a request "
            "overrides something."
        ),
    ),
    cfg.BoolOpt(
        "require_services",
        default=True,
        help=(
            "Refuse an operation that would lose overrides because the "
            "server's nova-compute or a nova-conductor is not "
            "``nova-compute-image-props`` or "
            "``nova-conductor-image-props``, or does not answer. The "
            "operations are rebuild, rescue, and shelving a server whose "
            "snapshot cannot hold all overrides. If false, a rebuild drops "
            "the overrides, a rescued server runs without them until it is "
            "unrescued (and loses an overridden hw_machine_type "
            "permanently), and an unshelved server lacks those that its "
            "snapshot lacks."
        ),
    ),
    cfg.BoolOpt(
        "audit_notifications",
        default=False,
        help=(
            "Send a notification for each override of the audit trail: "
            "``image_props_override.accepted``, "
            "``image_props_override.refused``, "
            "``image_props_override.dropped`` or "
            "``image_props_override.failed``. The log has the same entries "
            "in either case, as lines of the logger "
            "``image_props_override.audit``. Driver and topics are those of "
            "``[oslo_messaging_notifications]``; without a driver nothing "
            "is sent."
        ),
    ),
    cfg.ListOpt(
        "audit_mask",
        default=[],
        help=(
            "Image properties whose values do not appear in log and "
            "notifications: exact names, or patterns in which ``*`` stands "
            "for any characters. If the list is not empty, values of "
            "properties that Nova does not know do not appear either. The "
            "answer to the user, which Nova logs, may still quote a refused "
            "value."
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
