# SPDX-License-Identifier: Apache-2.0
"""Nova's own create, as far as it changes nothing: what would it refuse?

A boot ends with the first refusal; a preview reports them all. So Nova's
checks are called one by one first, and then its create, which decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from nova import exception, objects
from nova.context import RequestContext
from oslo_log import log as logging

from image_props_override.core.attempt import Attempt
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.nova_plugin.boot.compute_api import (
    ComputeAPI,
    strip_record,
)
from image_props_override.nova_plugin.boot.nova_constraints import novas_words
from image_props_override.nova_plugin.nova_privates import compute_api as novas
from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)

LOG = logging.getLogger(__name__)

# What Nova says where there is no such image or volume, or the caller may not
# see it.
NOT_FOUND = (
    exception.ImageNotFound,
    exception.ImageNotAuthorized,
    exception.InvalidBDMVolume,
)
UNREACHABLE = (
    exception.CinderConnectionFailed,
    exception.GlanceConnectionFailed,
    exception.KeystoneConnectionFailed,
)
# What Nova's functions raise where an image has properties of an odd form,
# a list that is none, say. A create would be answered with 500.
_ODD_IMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)


@dataclass
class DryBoot:
    """A boot that does not happen.

    Attributes:
        attempt: The overrides. Gets the image's and the effective
            properties, and all problems.
        flavor: The flavor that would be booted.
        image_id: The image, or None where a volume would be booted.
        block_devices: The volume, as Nova's API has it; none for an image.
        is_image_known: Whether the image or volume was found.
        refusals: Why Nova refuses, in its own words, each once.
    """

    attempt: Attempt
    flavor: objects.Flavor
    image_id: str | None
    block_devices: tuple[dict[str, Any], ...] = ()
    is_image_known: bool = False
    refusals: dict[str, None] = field(default_factory=dict)


class DryRun(ComputeAPI, novas.CheckingComputeAPI):
    """Nova's compute API, whose create only checks."""

    def check(self, context: RequestContext, boot: DryBoot) -> None:
        """Find out what a boot would use, and what it is refused for.

        Args:
            context: The caller's.
            boot: Its attempt gets the properties and all problems.

        Raises:
            nova.exception.NovaException: One of ``NOT_FOUND`` for the image
                or volume, or of ``UNREACHABLE``.
        """
        no_network = objects.NetworkRequest(network_id="none")
        try:
            with carrying(context, Carried.DRY_BOOT, boot):
                self.create(
                    context,
                    boot.flavor,
                    boot.image_id,
                    block_device_mapping=list(boot.block_devices),
                    # As Nova's controller: of a plain image boot, Nova makes
                    # the block device itself.
                    legacy_bdm=not boot.block_devices,
                    requested_networks=objects.NetworkRequestList(
                        objects=[no_network]
                    ),
                )
        except novas.AllCheckedError:
            pass
        except UNREACHABLE:
            raise
        except (exception.NovaException, *_ODD_IMAGE) as error:
            if isinstance(error, NOT_FOUND) and not boot.is_image_known:
                raise
            _note(boot, error)
        told = {problem.message for problem in boot.attempt.problems}
        boot.attempt.problems += tuple(
            Problem("", words, ProblemCode.NOVA_REFUSES)
            for words in boot.refusals
            if words not in told
        )

    def prepare_boot_image(
        self,
        context: RequestContext,
        flavor: objects.Flavor,
        boot_meta: dict[str, Any],
    ) -> None:
        """Merge as for a boot, and go on where a boot would be refused."""
        boot: DryBoot = carried_by(context, Carried.DRY_BOOT)
        attempt = boot.attempt
        boot.is_image_known = True
        strip_record(boot_meta)
        # Some of Nova's messages name the image, and a volume has no name:
        # the check itself would fail.
        boot_meta.setdefault("name", "")
        self.plan(context, flavor, boot_meta, attempt)
        # What is told already Nova need not tell again.
        missing = {
            problem.name
            for problem in attempt.problems
            if problem.code is ProblemCode.IMAGE_NOT_FOUND
        }
        boot_meta["properties"] = {
            name: value
            for name, value in attempt.after.items()
            if name not in missing
        }
        _ask(
            self.image_checks(context, flavor, boot_meta, boot.block_devices),
            boot,
        )


def _ask(checks: Iterable[Callable[[], object]], boot: DryBoot) -> None:
    for check in checks:
        try:
            check()
        except UNREACHABLE:
            raise
        except (exception.NovaException, *_ODD_IMAGE) as error:
            _note(boot, error)


def _note(boot: DryBoot, error: Exception) -> None:
    """Keep what Nova says, once."""
    if isinstance(error, exception.NovaException):
        words = novas_words(error)
    else:
        LOG.warning("Nova cannot check an image", exc_info=error)
        words = f"Nova cannot read the image: {error}"
    boot.refusals[words] = None
