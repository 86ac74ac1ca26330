# SPDX-License-Identifier: Apache-2.0
"""Nova's compute API, which merges the overrides into the image of a boot.

The context of the request carries the overrides from the controller to the
one place where Nova knows image and flavor, and what happens to them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from http import HTTPStatus
from typing import Any

from nova import exception
from nova.context import RequestContext

from image_props_override.core.attempt import Attempt
from image_props_override.core.boot.kernel import problem_of_image
from image_props_override.core.boot.plan import BootPlan, plan_boot
from image_props_override.core.boot.record import without_record
from image_props_override.core.problems import (
    Problem,
    ProblemCode,
    refusal_status,
    render,
)
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.definition import PropertyKind
from image_props_override.nova_plugin.boot.host_reports import HostReports
from image_props_override.nova_plugin.boot.nova_constraints import (
    default_machine_type,
    flavor_conflicts,
    ignored_overrides,
)
from image_props_override.nova_plugin.nova_privates import compute_api as novas
from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)
from image_props_override.nova_plugin.rules.glance_protections import (
    GlanceProtections,
)


class OverridesDoNotFit(exception.FlavorImageConflict):
    """Image or flavor cannot take overrides; Nova's controllers answer 400.

    Those of create, rebuild and resize know this one, and show its message.
    """

    code = HTTPStatus.BAD_REQUEST
    msg_fmt = "%(reason)s"


class ForbiddenByRules(exception.Forbidden):
    """Rules refuse, Glance's among them; Nova's controllers answer 403."""

    msg_fmt = "%(reason)s"


_REFUSALS: Mapping[HTTPStatus, type[exception.NovaException]] = {
    HTTPStatus.BAD_REQUEST: OverridesDoNotFit,
    HTTPStatus.FORBIDDEN: ForbiddenByRules,
}


def overriding(
    context: RequestContext, attempt: Attempt
) -> AbstractContextManager[None]:
    """Let the boot inside the block use overrides, and record it.

    Args:
        context: The context of the request that boots.
        attempt: Has the overrides. Gets the image's and the effective
            properties, the problems and the servers.
    """
    return carrying(context, Carried.ATTEMPT, attempt)


class ComputeAPI(novas.ComputeAPI):
    """Nova's compute API with overrides of image properties."""

    def __init__(
        self,
        catalogue: PropertyCatalogue,
        protections: GlanceProtections | None,
        host_reports: HostReports,
    ) -> None:
        """Build Nova's API.

        Args:
            catalogue: The image properties that exist.
            protections: What Glance lets users do to properties, if known.
            host_reports: What the hosts of this cloud support.
        """
        super().__init__()
        self.catalogue = catalogue
        self.protections = protections
        self.host_reports = host_reports

    def create(self, context: RequestContext, *args: Any, **kw: Any) -> Any:
        """Create servers as Nova does, and note which in the attempt."""
        instances, reservation_id = super().create(context, *args, **kw)
        if attempt := attempt_of(context):
            attempt.server_ids = tuple(each.uuid for each in instances)
        return instances, reservation_id

    def prepare_boot_image(
        self,
        context: RequestContext,
        flavor: Any,
        boot_meta: dict[str, Any],
    ) -> None:
        """Merge the overrides into the image metadata of a boot, in place.

        In place, because Nova hands this very dictionary on to the request
        specification, to the system metadata and to nova-compute.

        Raises:
            OverridesDoNotFit: If image or flavor cannot take them.
            ForbiddenByRules: If the caller may not do that to the image.
        """
        attempt = attempt_of(context)
        if attempt is None:
            strip_record(boot_meta)
            return
        if not attempt.request.asked and not attempt.problems:
            attempt.is_planned = True
            strip_record(boot_meta)
            return
        self.plan(context, flavor, boot_meta, attempt)
        refuse(attempt.problems)
        if not boot_meta:
            # A blank root volume. Once there are properties, Nova takes the
            # metadata for an image's and reads these too.
            boot_meta.update(status="active", size=0, min_ram=0, min_disk=0)
        boot_meta["properties"] = dict(attempt.after)

    def before_provisioning(self, context: RequestContext) -> None:
        """Let no boot go on with problems, or without its overrides.

        Raises:
            OverridesDoNotFit: There are problems.
            ForbiddenByRules: The problems are rules.
        """
        attempt = attempt_of(context)
        if attempt is None:
            return
        refuse(attempt.problems)
        if not attempt.is_planned:
            raise RuntimeError("Nova has not asked for the overrides")

    def plan(
        self,
        context: RequestContext,
        flavor: Any,
        image: Mapping[str, Any],
        attempt: Attempt,
    ) -> None:
        """Find out what the overrides make of an image, and what forbids it.

        Args:
            context: The caller's.
            flavor: The server's.
            image: The metadata of the image, volume or snapshot.
            attempt: Has the overrides. Gets the image's and the effective
                properties, and all problems.
        """
        image_properties = image.get("properties", {})
        attempt.request = attempt.request.completed_by(image_properties)
        overrides = attempt.request.overrides
        plan = plan_boot(
            image_properties,
            overrides,
            flavor.extra_specs,
            self.catalogue,
            attempt.request.unread,
            default_machine_type(),
        )
        effective = {**image, "properties": plan.properties}
        problems = (
            *attempt.request.problems,
            *plan.problems,
            *attempt.request.late_denials,
            *self._problems_of_images(context, overrides),
            *ignored_overrides(flavor, effective, overrides),
            *flavor_conflicts(flavor, effective),
            *self.host_reports.problems(overrides),
            *self._long_line_problems(plan, overrides),
        )
        if self.protections:
            problems += self.protections.problems(
                context,
                overrides,
                without_record(image_properties),
                without_record(plan.properties),
            )
        attempt.before = image_properties
        attempt.after = plan.properties
        attempt.problems = problems
        attempt.is_planned = True

    def _long_line_problems(
        self, plan: BootPlan, overrides: Mapping[str, str | None]
    ) -> tuple[Problem, ...]:
        if any(
            problem.code is ProblemCode.VALUE_TOO_LONG
            for problem in plan.problems
        ):
            # No host would help.
            return ()
        return self.host_reports.long_line_problems(plan.properties, overrides)

    def _problems_of_images(
        self, context: RequestContext, overrides: Mapping[str, str | None]
    ) -> Iterator[Problem]:
        """Return which overrides name an image that cannot be booted.

        What rules deny is not among the overrides, so Glance is not asked
        for it.
        """
        for name, value in overrides.items():
            definition = self.catalogue.get(name)
            if value is None or definition is None:
                continue
            if definition.kind is not PropertyKind.IMAGE:
                continue
            image: Mapping[str, Any] | None = None
            with suppress(
                exception.ImageNotFound, exception.ImageNotAuthorized
            ):
                image = self.image_api.get(context, value)
            if problem := problem_of_image(name, value, image):
                yield problem


def strip_record(image: dict[str, Any]) -> None:
    """Take out of image metadata, in place, what pretends to be a record."""
    if image.get("properties"):
        image["properties"] = without_record(image["properties"])


def refuse(problems: Sequence[Problem], advice: str = "") -> None:
    """Let pass what has no problems.

    Args:
        problems: All that is wrong.
        advice: Appended to them.

    Raises:
        OverridesDoNotFit: The request, image or flavor is at fault.
        ForbiddenByRules: Only rules forbid it.
    """
    if problems:
        refusal = _REFUSALS[refusal_status(problems)]
        raise refusal(reason=f"{render(problems)}{advice}")


def attempt_of(context: RequestContext) -> Attempt | None:
    """Return what the request of a context overrides, or None."""
    attempt: Attempt | None = carried_by(context, Carried.ATTEMPT)
    return attempt
