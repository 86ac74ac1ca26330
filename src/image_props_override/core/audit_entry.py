# SPDX-License-Identifier: Apache-2.0
"""Entries of the audit trail: who overrode what, and why it was allowed.

A request is accepted or refused as a whole, but has one entry for each
property that it overrides. Nothing that a user sends can break an entry: every
text is bounded, and its line is ASCII without line breaks.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from image_props_override.core.attempt import Attempt
from image_props_override.core.override_request import Asked
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.limits import longest_value_bytes
from image_props_override.core.properties.name_patterns import name_matches
from image_props_override.core.properties.names import (
    PropertyName,
    legacy_names,
    list_member,
    list_members,
)
from image_props_override.core.str_enum import StrEnum

MASKED = "***"

# Whose words are the operator's, or the catalogue's.
_QUOTES_NO_VALUE = (ProblemCode.RULE_DENIES, ProblemCode.NO_EFFECT)

# Room for every name and value that a server can have; an image's own values
# may be longer, and so may what is refused.
_NAME_CHARACTERS = 255
# Room for a few problems in words.
_REASON_CHARACTERS = 1000


class Outcome(StrEnum):
    """What became of one override."""

    # Servers were created or rebuilt with it.
    ACCEPTED = "accepted"
    # A server was rebuilt without it, and had it overridden before.
    DROPPED = "dropped"
    # A rule, or a check of value, image or flavor, refused it.
    REFUSED = "refused"
    # Nothing is wrong with it, but no server has it: another property of
    # the request was refused, or Nova refused the request (a quota, say).
    FAILED = "failed"


@dataclass(frozen=True)
class AuditEntry:
    """What became of one property of one request.

    Attributes:
        request_id: As Nova's own logs have it.
        user_id: Who asked.
        project_id: Where the servers belong.
        operation: What the overrides were for.
        server_ids: The servers that have it now; else empty.
        property: The canonical name; as the user spelled it where Nova knows
            no such property; None where the request named none.
        old: The image's value; None where it has none, and where the request
            was refused before the image was looked at. Of what was dropped,
            the value that was asked for at boot.
        new: The effective value, or the requested one if not accepted; None
            where the property is removed.
        outcome: The value of an ``Outcome``.
        code: Of a refusal, the (first) ``ProblemCode``.
        reason: The rule that allows it, or what is wrong.
    """

    request_id: str | None
    user_id: str | None
    project_id: str | None
    operation: str
    server_ids: tuple[str, ...]
    property: str | None
    old: str | None
    new: str | None
    outcome: str
    code: str | None
    reason: str

    def payload(self) -> dict[str, Any]:
        """Return the entry as JSON knows it: texts, one list, None."""
        return {**asdict(self), "server_ids": list(self.server_ids)}

    def line(self) -> str:
        """Return the entry as one line of JSON, in ASCII."""
        return json.dumps(self.payload())


def audit_entries(
    attempt: Attempt, mask: Sequence[str] = ()
) -> tuple[AuditEntry, ...]:
    """Return one entry for each property that was asked for, or dropped.

    A request that names no property, and drops none, has an entry only if it
    is refused.

    Args:
        attempt: The request, when it has been answered.
        mask: Patterns of canonical names whose values are not recorded, nor
            the messages of problems, which may quote them. With any pattern,
            the values of unknown properties are not recorded either: the
            name may be a masked one, misspelled.
    """
    telling = _Telling(attempt, mask)
    if attempt.request.asked or attempt.dropped:
        return (
            *map(telling.entry, attempt.request.asked),
            *map(telling.dropped_entry, attempt.dropped),
        )
    return (telling.nameless_entry(),) if attempt.problems else ()


class _Telling:
    """What the entries of one request have in common."""

    def __init__(self, attempt: Attempt, mask: Sequence[str]) -> None:
        self._attempt = attempt
        self._mask = mask
        asked = attempt.request.asked
        self._hides_words = any(map(self._is_masked, asked))
        self._problems: dict[str, list[Problem]] = {}
        for problem in attempt.problems:
            self._problems.setdefault(problem.name, []).append(problem)
        named = {name for each in asked for name in _names(each)}
        self._shared = [p for p in attempt.problems if p.name not in named]

    def entry(self, asked: Asked) -> AuditEntry:
        accepted = bool(self._attempt.server_ids)
        old, new = None, asked.value
        if asked.name:
            old = _old_value(asked.name, self._attempt.before)
            if accepted:
                new = self._attempt.after.get(asked.name.canonical)
        return self._entry_of(asked, old, new, *self._verdict(asked))

    def dropped_entry(self, asked: Asked) -> AuditEntry:
        new = self._attempt.after.get(_name(asked))
        reason = f"the {self._attempt.purpose.value} does not request it"
        return self._entry_of(
            asked, asked.value, new, Outcome.DROPPED, None, reason
        )

    def nameless_entry(self) -> AuditEntry:
        return self._entry(None, None, None, *self._refusal(self._shared))

    def _entry_of(
        self, asked: Asked, old: Any, new: Any, *verdict: Any
    ) -> AuditEntry:
        if self._is_masked(asked):
            old, new = (v if v is None else MASKED for v in (old, new))
        return self._entry(_name(asked), old, new, *verdict)

    def _entry(
        self,
        name: str | None,
        old: Any,
        new: Any,
        outcome: Outcome,
        code: ProblemCode | None,
        reason: str,
    ) -> AuditEntry:
        longest = longest_value_bytes(name or "")
        return AuditEntry(
            request_id=self._attempt.request_id,
            user_id=self._attempt.user_id,
            project_id=self._attempt.project_id,
            operation=self._attempt.purpose.value,
            server_ids=self._attempt.server_ids,
            property=_text(name, _NAME_CHARACTERS),
            old=_text(old, longest),
            new=_text(new, longest),
            outcome=outcome.value,
            code=code.value if code else None,
            reason=_bounded(reason, _REASON_CHARACTERS),
        )

    def _verdict(
        self, asked: Asked
    ) -> tuple[Outcome, ProblemCode | None, str]:
        if self._attempt.server_ids:
            rule = asked.decision.reason if asked.decision else ""
            return Outcome.ACCEPTED, None, rule
        own = [p for name in _names(asked) for p in self._problems_of(name)]
        if own or self._shared:
            return self._refusal(own or self._shared)
        if self._attempt.problems:
            reason = "another property of the request was refused"
        else:
            # In words, Nova's errors can quote any part of the request,
            # passwords too.
            reason = (
                f"Nova ended the request with {self._attempt.failure}; its "
                "log has the reason, under the request id"
            )
        return Outcome.FAILED, None, reason

    def _problems_of(self, name: str) -> list[Problem]:
        return self._problems.get(name, [])

    def _refusal(
        self, problems: Sequence[Problem]
    ) -> tuple[Outcome, ProblemCode, str]:
        reason = "; ".join(map(self._words, problems))
        return Outcome.REFUSED, problems[0].code, reason

    def _words(self, problem: Problem) -> str:
        if self._hides_words and problem.code not in _QUOTES_NO_VALUE:
            return f"{MASKED} [{problem.code.value}]"
        return str(problem)

    def _is_masked(self, asked: Asked) -> bool:
        if asked.name is None:
            return bool(self._mask)
        names = [asked.name.canonical, asked.name.definition.name]
        names += legacy_names(asked.name.definition)
        if asked.name.is_whole_list:
            names += list_members(asked.name.canonical)
        return any(name_matches(each, names) for each in self._mask)


def _name(asked: Asked) -> str:
    """Return the canonical name; the user's spelling if there is none."""
    return asked.name.canonical if asked.name else asked.spelling


def _names(asked: Asked) -> dict[str, None]:
    """Return, in order and once each, what problems may call a property."""
    in_image = _names_in_image(asked.name) if asked.name else ()
    return dict.fromkeys((asked.spelling, *in_image))


def _names_in_image(name: PropertyName) -> Iterable[str]:
    yield name.canonical
    if name.canonical == name.definition.name:
        yield from legacy_names(name.definition)


def _old_value(name: PropertyName, before: Mapping[str, Any]) -> Any:
    """Return the image's value, under whichever name it has one."""
    for each in _names_in_image(name):
        if each in before:
            return before[each]
    members = [
        f"{key}={value}"
        for key, value in sorted(before.items())
        if name.is_whole_list
        and (list_member(key) or ("", 0))[0] == name.canonical
    ]
    return " ".join(members) or None


def _text(value: Any, characters: int) -> str | None:
    """Return a value as a bounded text; None stays None."""
    if value is None:
        return None
    # reprlib bounds depth and length of what is no text.
    text = value if isinstance(value, str) else reprlib.repr(value)
    return _bounded(text, characters)


def _bounded(text: str, characters: int) -> str:
    """Return the text, cut, and with what no encoder takes spelled out."""
    cut = text if len(text) <= characters else f"{text[:characters]}..."
    # JSON can bring half a surrogate pair.
    return cut.encode(errors="backslashreplace").decode()
