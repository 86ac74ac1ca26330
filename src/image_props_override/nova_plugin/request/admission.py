# SPDX-License-Identifier: Apache-2.0
"""What a caller asks to override, read, and whether the caller may at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nova import exception
from nova.context import RequestContext

from image_props_override.core.attempt import Attempt, Purpose
from image_props_override.core.override_request import read_override_request
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.rules.ordered_rules import OverrideRules
from image_props_override.nova_plugin.rules import policies
from image_props_override.nova_plugin.rules.configured_rules import caller_of


@dataclass(frozen=True)
class Admission:
    """Reads requests by the same properties and rules for all operations.

    Attributes:
        catalogue: The image properties that exist.
        rules: What the operator lets users override, whatever the image.
    """

    catalogue: PropertyCatalogue
    rules: OverrideRules

    def read(
        self, context: RequestContext, raw: object, purpose: Purpose
    ) -> Attempt:
        """Return what a set of overrides asks for, and what is wrong with it.

        Args:
            context: The caller's.
            raw: The value of ``image_props_override``, or a server's record.
            purpose: What the overrides are for.
        """
        caller = caller_of(context)
        request = read_override_request(
            raw,
            self.catalogue,
            lambda name, value: self.rules.decide(name, value, caller),
        )
        return Attempt(
            context.request_id,
            context.user_id,
            context.project_id,
            purpose,
            request,
            request.problems,
        )


def refuse_unless_authorized(
    context: RequestContext,
    attempt: Attempt,
    rule: str,
    target: dict[str, Any] | None = None,
) -> None:
    """Let the caller pass whom the policy lets override.

    Args:
        context: The caller's.
        attempt: Gets the refusal.
        rule: The policy's name.
        target: User and project of the server; None: the caller's own.

    Raises:
        nova.exception.PolicyNotAuthorized: Nova's answer is 403.
    """
    try:
        policies.authorize(context, rule, target)
    except exception.PolicyNotAuthorized as error:
        # All that counts, and all that the caller is told.
        attempt.problems = (Problem("", str(error), ProblemCode.RULE_DENIES),)
        raise
