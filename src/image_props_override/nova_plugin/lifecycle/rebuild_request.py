# SPDX-License-Identifier: Apache-2.0
"""A rebuild that keeps, sets or drops overrides, on its way through Nova.

Nova's compute API reads the image, saves what becomes of the server, and
sends the task to conductor. One ``Rebuild`` goes along on the context, and
Nova's steps ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from nova import exception, objects
from nova.context import RequestContext

from image_props_override.core.attempt import Attempt, Purpose
from image_props_override.core.boot.checks import check_rebuild
from image_props_override.core.boot.record import (
    effective_properties,
    recorded_overrides,
)
from image_props_override.core.override_request import Asked, OverrideRequest
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import (
    PropertyName,
    list_member,
    resolve_name,
)
from image_props_override.nova_plugin.boot.compute_api import refuse
from image_props_override.nova_plugin.lifecycle.conflicts import (
    AnotherOperationFirst,
)
from image_props_override.nova_plugin.nova_privates import compute_api as novas
from image_props_override.nova_plugin.request.admission import Admission
from image_props_override.nova_plugin.request.context import (
    Carried,
    carried_by,
    carrying,
)

# Of HTTP.
_SERVER_ERRORS = 500

_RECORD_ADVICE = (
    "\nThese are the overrides that the server was booted with; to rebuild "
    "it with others, give image_props_override ({} drops them all)"
)


@dataclass
class Rebuild:
    """One rebuild.

    Attributes:
        instance: The server, as Nova's API has it.
        attempt: The overrides, and what becomes of them.
        recorded: The server's record before the rebuild.
        is_recorded: Whether the overrides come from it, and not from the
            request.
        image: The image with the overrides in it, once it is known.
    """

    instance: Any
    attempt: Attempt
    recorded: Mapping[str, str | None]
    is_recorded: bool
    image: dict[str, Any] | None = None

    def drop(self) -> None:
        """Go on without overrides."""
        self.attempt.request = OverrideRequest({}, ())

    def note_done(self, catalogue: PropertyCatalogue) -> None:
        """Note, for the audit trail, what the server has now and has not."""
        self.attempt.dropped = held_overrides(
            self.recorded, self.attempt.request.overrides, catalogue
        )
        self.attempt.server_ids = (self.instance.uuid,)

    def refuse_problems(self) -> None:
        """Let pass what has no problems, and say where the others come from.

        Raises:
            OverridesDoNotFit: The request, image or flavor is at fault.
            ForbiddenByRules: Only rules forbid it.
        """
        if self.is_recorded:
            # Another image need not have what is to be removed.
            self.attempt.problems = tuple(
                problem
                for problem in self.attempt.problems
                if problem.code is not ProblemCode.REMOVAL_OF_ABSENT
            )
        refuse(
            self.attempt.problems, _RECORD_ADVICE if self.is_recorded else ""
        )

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Record why the rebuild inside the block is refused.

        Where Nova refuses it before it reads the image, the problems with
        the overrides are reported, too.

        Raises:
            AnotherOperationFirst: The server is busy with something else.
        """
        try:
            yield
        except exception.InstanceUpdateConflict as error:
            raise AnotherOperationFirst from error
        except exception.NovaException as error:
            if not self.attempt.problems or self.attempt.is_planned:
                raise
            if not _is_about_the_request(error):
                raise
            words = error.format_message()
            self.attempt.problems += (
                Problem("", words, ProblemCode.NOVA_REFUSES),
            )
            self.refuse_problems()

    def check_change(self, effective: Mapping[str, Any]) -> None:
        """Note what of the change Nova would not make.

        Args:
            effective: The properties of the rebuilt server.
        """
        metadata = self.instance.system_metadata
        overridden = {
            *recorded_overrides(metadata),
            *self.attempt.request.overrides,
        }
        self.attempt.problems += check_rebuild(
            effective_properties(metadata), effective, overridden
        )

    def schedule_if_changed(self, task: dict[str, Any]) -> None:
        """Let the scheduler check the server's host against what is new.

        Nova does so, and saves the request specification, only for another
        image. Overrides can change as much with the same one.

        Args:
            task: The arguments of conductor's task; changed in place.
        """
        assert self.image is not None
        # Nova names no host where it has done all this itself.
        if task["host"] is None or not self._changes(
            task["orig_sys_metadata"]
        ):
            return
        image = objects.ImageMeta.from_dict(self.image)
        novas.let_scheduler_check_host(task, self.instance, image)

    def _changes(self, system_metadata: Mapping[str, Any]) -> bool:
        """Return whether Nova reads other properties than of the old server.

        Where the set of overrides is the same, the properties are those of
        the image. That is the same, too, or Nova asks the scheduler itself.

        Args:
            system_metadata: The old server's.
        """
        assert self.image is not None
        now = self.attempt.request.overrides
        changed = {
            name
            for name in {*self.recorded, *now}
            if self.recorded.get(name, "") != now.get(name, "")
        }
        before = effective_properties(system_metadata)
        after = self.image["properties"]
        return _read(before, changed) != _read(after, changed)


def held_overrides(
    recorded: Mapping[str, str | None],
    wanted: Mapping[str, str | None],
    catalogue: PropertyCatalogue,
) -> tuple[Asked, ...]:
    """Return what a server overrode and does no longer, as asked for once.

    Args:
        recorded: What the server overrode.
        wanted: What it overrides from now on.
        catalogue: The image properties that exist.
    """
    gone = sorted(recorded.keys() - wanted.keys())
    return tuple(_held(each, recorded[each], catalogue) for each in gone)


def _held(
    recorded: str, value: str | None, catalogue: PropertyCatalogue
) -> Asked:
    """Return one entry of a record, as it was asked for once."""
    name = resolve_name(recorded, catalogue)
    known = name if isinstance(name, PropertyName) else None
    return Asked(recorded, known, value, decision=None)


def _read(properties: Mapping[str, Any], names: Set[str]) -> dict[str, Any]:
    """Return what Nova reads of some properties, by canonical name."""
    read = objects.ImageMetaProps.from_dict(
        {
            name: value
            for name, value in properties.items()
            if name in names or (list_member(name) or ("",))[0] in names
        }
    )
    return {
        name: getattr(read, name)
        for name in read.fields
        if read.obj_attr_is_set(name)
    }


def _is_about_the_request(error: exception.NovaException) -> bool:
    """Return whether an error is more than that there is no such server."""
    others = (exception.Forbidden, exception.InstanceNotFound)
    return error.code < _SERVER_ERRORS and not isinstance(error, others)


def rebuild_of(
    admission: Admission, context: RequestContext, instance: Any
) -> Rebuild | None:
    """Return the rebuild that a request asks for; None without overrides.

    Args:
        admission: Reads overrides.
        context: The caller's.
        instance: The server.
    """
    recorded = recorded_overrides(instance.system_metadata)
    raw = carried_by(context, Carried.ASKED_OF_REBUILD, recorded)
    if raw == {} and not recorded:
        return None
    attempt = admission.read(context, raw, Purpose.REBUILD)
    return Rebuild(instance, attempt, recorded, is_recorded=raw is recorded)


def asking(
    context: RequestContext, raw: object
) -> AbstractContextManager[None]:
    """Let the rebuild inside the block have a new set of overrides.

    Args:
        context: The context of the request.
        raw: The set, as the request has it.
    """
    return carrying(context, Carried.ASKED_OF_REBUILD, raw)


def rebuilding(
    context: RequestContext, rebuild: Rebuild
) -> AbstractContextManager[None]:
    """Let Nova's steps inside the block know of the rebuild."""
    return carrying(context, Carried.REBUILD, rebuild)


def current_rebuild(context: RequestContext) -> Rebuild | None:
    """Return the rebuild that is on its way, or None."""
    rebuild: Rebuild | None = carried_by(context, Carried.REBUILD)
    return rebuild
