# SPDX-License-Identifier: Apache-2.0
"""Glance's property protections, asked for each override of a boot.

They know an image's properties, so they are asked where the image is known,
after all rules that do not need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova.context import RequestContext
from oslo_config import cfg
from oslo_log import log as logging
from oslo_policy import policy

from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.rules.property_protections import (
    Operation,
    PropertyProtections,
    ProtectionDecision,
    ProtectionFileError,
    RuleFormat,
    operations_of,
    read_protections,
)

LOG = logging.getLogger(__name__)

Enforce = Callable[[RequestContext, str], bool]


@dataclass(frozen=True)
class GlanceProtections:
    """The current protections, and how to check a policy.

    Attributes:
        protections: The file, read.
        enforce: Answers whether a caller passes one of Glance's policies.
        catalogue: The image properties that exist.
    """

    protections: PropertyProtections
    enforce: Enforce
    catalogue: PropertyCatalogue

    def problems(
        self,
        context: RequestContext,
        overrides: Mapping[str, str | None],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> tuple[Problem, ...]:
        """Return what Glance would not let the caller do to the image.

        Args:
            context: The caller's.
            overrides: Canonical name to value; None removes the property.
            before: The image's properties, as the caller sees them.
            after: The effective properties.
        """

        def permits(name: str, operation: Operation) -> ProtectionDecision:
            return self._permits(context, name, operation)

        # Glance hides what the caller may not read, and takes setting it for
        # its creation; what a volume tells of its image is not filtered.
        hidden = {
            name
            for name in before
            if not permits(name, Operation.READ).allowed
        }
        decisions = (
            permits(name, operation)
            for name, operation in operations_of(
                overrides,
                {k: v for k, v in before.items() if k not in hidden},
                {k: v for k, v in after.items() if k not in hidden}
                | {k: after[k] for k in overrides if k in after},
                self.catalogue,
            )
        )
        return tuple(
            Problem(
                decision.name,
                f"may not be overridden: {decision.reason}",
                ProblemCode.RULE_DENIES,
            )
            for decision in decisions
            if not decision.allowed
        )

    def may_create(self, context: RequestContext, name: str) -> bool:
        """Return whether Glance lets the caller create a property."""
        return self._permits(context, name, Operation.CREATE).allowed

    def names_of(self, canonical: str) -> tuple[str, ...]:
        """Return the names that an image can have a property under."""
        definition = self.catalogue.get(canonical)
        return (canonical, *(definition.legacy_aliases if definition else ()))

    def _permits(
        self, context: RequestContext, name: str, operation: Operation
    ) -> ProtectionDecision:
        return self.protections.permits(
            name,
            operation,
            context.roles,
            lambda rule: self.enforce(context, rule),
        )


def load_protections(
    section: Any, catalogue: PropertyCatalogue
) -> GlanceProtections | None:
    """Return the protections that ``nova.conf`` names, or None.

    Args:
        section: ``[image_props_override]``.
        catalogue: The image properties that exist.

    Raises:
        ProtectionFileError: A file cannot be used; nova-api must not start.
    """
    if not section.property_protection_file:
        return None
    path = Path(section.property_protection_file)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ProtectionFileError(
            f"property protection file {path}: cannot be read: {error}"
        ) from error
    rule_format = RuleFormat(section.property_protection_rule_format)
    return GlanceProtections(
        read_protections(text, str(path), rule_format),
        _glances_enforcer(section.property_protection_policy_file)
        if rule_format is RuleFormat.POLICIES
        else _no_policies,
        catalogue,
    )


def _glances_enforcer(policy_file: str | None) -> Enforce:
    """Return the answers of Glance's policy file."""
    if not policy_file or not Path(policy_file).is_file():
        raise ProtectionFileError(
            "property_protection_rule_format is 'policies', so "
            "property_protection_policy_file must name Glance's effective "
            f"policy, which {policy_file!r} is not"
        )
    # A configuration of its own: Nova's would name Nova's policy file.
    enforcer = policy.Enforcer(cfg.ConfigOpts(), policy_file=policy_file)
    enforcer.conf([], default_config_files=[])
    try:
        enforcer.load_rules(force_reload=True)
        enforcer.check_rules(raise_on_violation=True)
    # oslo.policy lets through whatever a wrong file makes its parsers raise.
    except Exception as error:
        raise ProtectionFileError(
            f"property_protection_policy_file {policy_file}: is not a policy "
            f"file: {error}; copy the file from Glance again"
        ) from error

    def enforce(context: RequestContext, rule: str) -> bool:
        try:
            # A rule that the file does not have is refused. Glance would
            # let everybody pass, by its default rule: hence its effective
            # policy is asked for, which has all rules.
            return bool(enforcer.enforce(rule, {}, context.to_policy_values()))
        # It is read again when it changes, and may have turned invalid.
        except Exception:
            LOG.exception("Glance's policy file %s: refused", policy_file)
            return False

    return enforce


def _no_policies(context: RequestContext, rule: str) -> bool:
    del context, rule
    return False
