# SPDX-License-Identifier: Apache-2.0
"""Glance's property protections, held against overrides.

An operator can configure who may create, read, update and delete which
image properties (``property_protection_file``). An override must not get
around that, so the same file is read here with the same meaning: each
section is a regular expression, searched for anywhere in a property's name;
the first section in the file that is found decides; where none is found,
nobody may (``glance.common.property_utils``).

Two kinds of file that Glance takes are refused: see ``compile_expression``
and ``_granted_policy``.
"""

from __future__ import annotations

import configparser
import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from image_props_override.core.problems import shortened
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.rules.expressions import (
    ExpressionError,
    compile_expression,
)
from image_props_override.core.str_enum import StrEnum

_EVERYONE = "@"
_NOBODY = "!"

# Glance's image_properties.name is VARCHAR(255): no image has a longer one.
LONGEST_NAME_CHARACTERS = 255

# Glance, since 33, drops such sections from the file and puts its own, which
# lets everyone do everything, before the first. It does no harm here, nor
# with an older Glance: no canonical name of an override begins so.
_GLANCE_SECTION = "os_glance"

_POLICY_NAME = re.compile(r"[^\s,:()]+")


class Operation(StrEnum):
    """What is done to a property of an image; the values are Glance's."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


class RuleFormat(StrEnum):
    """Glance's ``property_protection_rule_format``."""

    ROLES = "roles"
    POLICIES = "policies"


class ProtectionFileError(ValueError):
    """The file cannot be used; the message has line, cause and remedy."""


@dataclass(frozen=True)
class ProtectionDecision:
    """Whether the caller may do it, and which section says so.

    Attributes:
        name: The property that was asked about.
        operation: What was to be done to it.
        allowed: Whether the caller may.
        reason: File, section and what it asks for, for user and auditor.
    """

    name: str
    operation: Operation
    allowed: bool
    reason: str


@dataclass(frozen=True)
class ProtectionSection:
    """One section of the file.

    Attributes:
        where: File, section and line, for messages.
        pattern: Searched for in names.
        granted: To whom each operation is granted: roles as written or one
            policy, ``@`` for everyone, ``!`` or nothing for nobody.
    """

    where: str
    pattern: re.Pattern[str]
    granted: Mapping[Operation, tuple[str, ...]]


@dataclass(frozen=True)
class PropertyProtections:
    """A property protection file.

    Attributes:
        source: The file's name, for messages.
        rule_format: Whether operations are granted to roles or by policies.
        sections: In the order in which they are tried.
    """

    source: str
    rule_format: RuleFormat
    sections: tuple[ProtectionSection, ...]

    def permits(
        self,
        name: str,
        operation: Operation,
        roles: Collection[str],
        policy_check: Callable[[str], bool],
    ) -> ProtectionDecision:
        """Return whether the caller may do this to a property, and why.

        Args:
            name: The property as the image has it or is to have it.
            operation: What is to be done to it.
            roles: The caller's roles in any case; Glance counts those of
                the service token as the caller's, too.
            policy_check: Answers whether the caller passes a policy, as
                Glance's enforcer answers ``rule:<name>``. Called only with
                ``RuleFormat.POLICIES``, at most once; what it raises is not
                caught.
        """
        section = self._first_match(name)
        act = f"{operation.value} of {shortened(name)}"
        if section is None:
            reason = f"{_file(self.source)}, {act}: no section matches"
            return ProtectionDecision(name, operation, False, reason)
        granted = section.granted[operation]
        reason = f"{section.where}, {act}: {self._asks_for(granted)}"
        allowed = self._is_granted(granted, roles, policy_check)
        return ProtectionDecision(name, operation, allowed, reason)

    def _first_match(self, name: str) -> ProtectionSection | None:
        # With compile_expression, this bounds what a pattern can cost.
        if len(name) > LONGEST_NAME_CHARACTERS:
            return None
        return next(
            (each for each in self.sections if each.pattern.search(name)),
            None,
        )

    def _is_granted(
        self,
        granted: tuple[str, ...],
        roles: Collection[str],
        policy_check: Callable[[str], bool],
    ) -> bool:
        if not granted or _NOBODY in granted:
            return False
        if _EVERYONE in granted:
            return True
        if self.rule_format is RuleFormat.POLICIES:
            return policy_check(granted[0])
        # Glance lowers both: the file's here, the caller's when it reads
        # the token (glance.api.middleware.context).
        return not {role.lower() for role in granted}.isdisjoint(
            role.lower() for role in roles
        )

    def _asks_for(self, granted: tuple[str, ...]) -> str:
        if not granted:
            return "nobody (it is empty)"
        if _NOBODY in granted:
            return f"nobody ({_NOBODY})"
        if _EVERYONE in granted:
            return f"everyone ({_EVERYONE})"
        if self.rule_format is RuleFormat.POLICIES:
            return f"policy {granted[0]}"
        noun = "role" if len(granted) == 1 else "roles"
        return f"{noun} {', '.join(granted)}"


def operations_of(
    overrides: Collection[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    catalogue: PropertyCatalogue,
) -> tuple[tuple[str, Operation], ...]:
    """Return what overrides do to an image, as Glance would see it.

    Each name counts by itself, and each must be permitted: the one that the
    image has cannot be got around by the one that it lacks. Overriding
    ``hw_architecture`` of an image that has ``architecture`` updates
    ``architecture`` and creates ``hw_architecture``. Overriding one member
    of a NUMA list replaces the list, so it deletes the members that are
    left out. Overriding with the image's own value is an update as well,
    because the override outlives the image: a rebuild applies it to another.
    A legacy name that the image lacks does not count, for it is not written.

    Args:
        overrides: The canonical names that are overridden or removed.
        before: The properties that the caller sees on the image. Glance
            hides those that the caller may not read, and it, too, takes
            setting one of them for its creation.
        after: The effective properties, merged from ``before``.
        catalogue: The properties that exist, for their legacy names.

    Returns:
        Names and what is done to them, in the order of names; never empty
        if ``overrides`` is not.
    """
    changed = {
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    legacy = {
        alias
        for name in overrides
        if name in catalogue
        for alias in catalogue[name].legacy_aliases
        if alias in before
    }
    return tuple(
        (name, _operation(name, before, after))
        for name in sorted(changed | legacy | set(overrides))
    )


def read_protections(
    text: str, source: str, rule_format: RuleFormat
) -> PropertyProtections:
    """Return the protections that a file's text sets.

    Args:
        text: What the file holds, all of it.
        source: The file's name, for messages.
        rule_format: What the file grants operations to.

    Raises:
        ProtectionFileError: The file is one that Glance does not start
            with, or one of the kinds that are refused besides.
    """
    parser = configparser.ConfigParser()
    # newline=None: "\r" ends a line, as in a file that is opened as text.
    lines = list(io.StringIO(text, newline=None))
    try:
        parser.read_file(lines, source)
    except configparser.Error as error:
        # Its message has the line, and over several lines at that.
        raise ProtectionFileError(
            f"{_file(source)}: {' '.join(str(error).split())}; a line is "
            "'[expression]', 'operation = value' or '# comment', and no "
            "section or operation may occur twice"
        ) from error
    sections = [
        _section(section, where, rule_format)
        for expression, section in parser.items()
        if expression != parser.default_section
        and _counts(expression, where := _where(source, expression, lines))
    ]
    return PropertyProtections(
        source, rule_format, (_glances_own_section(), *sections)
    )


def _operation(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Operation:
    if name not in after:
        return Operation.DELETE
    return Operation.UPDATE if name in before else Operation.CREATE


def _glances_own_section() -> ProtectionSection:
    return ProtectionSection(
        f"Glance's own section [{_GLANCE_SECTION}.*]",
        re.compile(f"{_GLANCE_SECTION}.*"),
        dict.fromkeys(Operation, (_EVERYONE,)),
    )


def _counts(expression: str, where: str) -> bool:
    """Return whether a section is the operator's, not Glance's own.

    Raises:
        ProtectionFileError: It is both, and counts in some Glances.
    """
    if not expression.startswith(_GLANCE_SECTION):
        return True
    if "|" in expression:
        raise ProtectionFileError(
            f"{where}: Glance 33 and newer ignore what begins with "
            f"'{_GLANCE_SECTION}', older ones do not; put what follows '|' "
            "into its own section"
        )
    return False


def _section(
    section: configparser.SectionProxy, where: str, rule_format: RuleFormat
) -> ProtectionSection:
    read = (
        _granted_roles if rule_format is RuleFormat.ROLES else _granted_policy
    )
    try:
        pattern = compile_expression(section.name)
    except ExpressionError as error:
        raise ProtectionFileError(f"{where}: {error}") from error
    return ProtectionSection(
        where,
        pattern,
        {
            operation: read(
                _value(section, operation, where),
                f"{where}, {operation.value}",
            )
            for operation in Operation
        },
    )


def _value(
    section: configparser.SectionProxy, operation: Operation, where: str
) -> str:
    """Return what the section, or else [DEFAULT], says of an operation."""
    try:
        return section.parser.get(section.name, operation.value)
    except configparser.NoOptionError as error:
        raise ProtectionFileError(
            f"{where}, {operation.value}: is missing; a section needs "
            "create, read, update and delete. Leave the value empty to let "
            "nobody do it"
        ) from error
    except configparser.InterpolationError as error:
        raise ProtectionFileError(
            f"{where}, {operation.value}: '%' begins a reference, "
            "%(option)s, which cannot be resolved; a plain '%' is written "
            "'%%'"
        ) from error


def _granted_roles(value: str, where: str) -> tuple[str, ...]:
    if not value:
        return ()
    roles = tuple(role.strip() for role in value.split(","))
    if _EVERYONE in roles and _NOBODY in roles:
        raise ProtectionFileError(
            f"{where}: has both '@' (everyone) and '!' (nobody); keep one"
        )
    return roles


def _granted_policy(value: str, where: str) -> tuple[str, ...]:
    """Return the one policy, "@", "!", or nothing.

    Glance refuses a comma alone. What else is refused here it would read as
    an expression, "name or role:x", or as a reference to the policy that it
    makes of another section, "section:create". Neither is documented, and
    the latter does not exist outside Glance.
    """
    if not value:
        return ()
    if not _POLICY_NAME.fullmatch(value):
        raise ProtectionFileError(
            f"{where}: {shortened(value)!r} is not the name of one policy "
            "(no blank, comma, colon or parenthesis), '@' (everyone), '!' "
            "(nobody) or empty (nobody); combine policies in Glance's "
            "policy file"
        )
    return (value,)


def _file(source: str) -> str:
    return f"property protection file {source}"


def _where(source: str, expression: str, lines: Iterable[str]) -> str:
    """Return the words for a section; ``configparser`` keeps no lines."""
    number = next(
        number
        for number, line in enumerate(lines, start=1)
        if (header := configparser.ConfigParser.SECTCRE.match(line.strip()))
        and header["header"] == expression
    )
    return f"{_file(source)}, section [{expression}] (line {number})"
