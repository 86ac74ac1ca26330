# SPDX-License-Identifier: Apache-2.0
"""Whether a value is one that the property can have.

Stricter than Nova's own fields, which take any word for a boolean (and read
it as false), a NUL in a text, or a UUID that is none.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from image_props_override.core.problems import Problem, ProblemCode, quoted
from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.limits import too_long

# The words of oslo_utils.strutils.bool_from_string(strict=True).
TRUE_WORDS = ("1", "on", "t", "true", "y", "yes")
FALSE_WORDS = ("0", "f", "false", "n", "no", "off")

_INTEGER = re.compile(r"-?[0-9]{1,10}")
# Where no bound is known: libvirt and most integer columns hold 32 bits.
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**31), 2**31 - 1
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# oslo_utils.versionutils.VersionPredicate, for plain dotted versions.
_VERSION_PREDICATE = re.compile(
    r"(<=|>=|<|>|==|!=) ?[0-9]{1,9}(\.[0-9]{1,9}){0,5}"
    r"(, ?(<=|>=|<|>|==|!=) ?[0-9]{1,9}(\.[0-9]{1,9}){0,5}){0,9}"
)
# nova.virt.hardware._get_numa_pagesize_constraint: words, KiB, or a size in
# bytes with a unit (oslo_utils.strutils.string_to_bytes, IEC).
PAGE_SIZE_WORDS = ("any", "large", "small")
LARGEST_PAGE_KIB = 999_999_999 * 1024**3
_PAGE_SIZE = re.compile(
    rf"{'|'.join(PAGE_SIZE_WORDS)}|(?P<number>[1-9][0-9]{{0,8}})((?P<unit>[KMGT])i?B)?"
)
# nova.virt.hardware.parse_cpu_spec.
_CPU = r"[0-9]{1,4}"
_CPU_RULE = rf"\^? *{_CPU}( *- *{_CPU})? *"
_CPU_SPEC = re.compile(rf"{_CPU_RULE}(, *{_CPU_RULE})*")

# Nova turns a range into a set in memory: an unbounded one could exhaust the
# API service. QEMU's largest machine has 4096 CPUs.
_LAST_CPU = 4095

# nova.scheduler.request_filter.compute_status_filter forbids it.
_TRAIT_OF_DISABLED_HOSTS = "trait:COMPUTE_STATUS_DISABLED"

# Machines of QEMU's that people know, as libvirt names them. Other machines
# have capitals in their names (SPARC's "LX", "SS-5"), these have none.
_KNOWN_MACHINE = re.compile(
    r"(microvm|pc|pseries|q35|s390-ccw-virtio|virt)(-[a-z0-9._-]+)?"
)

# The character set of Nova's MySQL tables is utf8mb3 in many clouds.
_LAST_CHARACTER = "\uffff"


def check_value(
    spelling: str,
    definition: PropertyDefinition,
    value: str,
) -> Problem | None:
    """Return why the property cannot have the value, or None.

    Args:
        spelling: The property as the user wrote it, for the message.
        definition: The property; for a list's member, the list's.
        value: What the user wants.
    """
    return _check_text(spelling, definition, value) or _CHECKS[
        definition.kind
    ](spelling, definition, value)


def canonical_value(definition: PropertyDefinition, value: str) -> str:
    """Return one spelling for values that mean the same to Nova.

    It is the one that is merged, recorded and shown. An enum's is Nova's own
    word, a boolean's is "true" or "false"; an integer has no leading zeros,
    and a set of CPUs no blanks. Other kinds, and what is no value of the
    kind, stay as they are.

    Args:
        definition: The property; for a list's member, the list's.
        value: Any text.
    """
    if definition.kind is PropertyKind.ENUM:
        return _canonical_word(definition, value)
    respell = _CANONICAL.get(definition.kind)
    return respell(value) if respell else value


def comparable_value(definition: PropertyDefinition, value: str) -> str:
    """Return what is the same for values that mean the same to Nova.

    As ``canonical_value``; and a page size is a word or a number of KiB,
    which Nova keeps as it is written.

    Args:
        definition: The property; for a list's member, the list's.
        value: Any text.
    """
    if definition.kind is PropertyKind.PAGE_SIZE:
        return _page_size_in_kib(value)
    return canonical_value(definition, value)


def _canonical_word(definition: PropertyDefinition, value: str) -> str:
    if value in definition.legal_values:
        return value
    word = value.lower() if definition.ignores_case else value
    if word in definition.legal_values:
        return word
    return definition.other_spellings.get(word, value)


def _canonical_boolean(value: str) -> str:
    word = value.lower()
    if word in TRUE_WORDS:
        return "true"
    return "false" if word in FALSE_WORDS else value


def _canonical_integer(value: str) -> str:
    return str(int(value)) if _INTEGER.fullmatch(value) else value


def _page_size_in_kib(value: str) -> str:
    size = _PAGE_SIZE.fullmatch(value)
    if not size or not size["unit"]:
        return value
    return str(int(size["number"]) * 1024 ** "KMGT".index(size["unit"]))


def _canonical_cpus(value: str) -> str:
    return value.replace(" ", "") if _CPU_SPEC.fullmatch(value) else value


_CANONICAL: dict[PropertyKind, Callable[[str], str]] = {
    PropertyKind.BOOLEAN: _canonical_boolean,
    PropertyKind.INTEGER: _canonical_integer,
    PropertyKind.INTEGER_LIST: _canonical_integer,
    # Glance finds ids in any case where its database does.
    PropertyKind.IMAGE: str.lower,
    PropertyKind.CPU_SET_LIST: _canonical_cpus,
    PropertyKind.CPU_MASK: _canonical_cpus,
}


def _check_text(
    spelling: str, definition: PropertyDefinition, value: str
) -> Problem | None:
    """Check what holds for the values of all properties."""
    if not value:
        return Problem(
            spelling,
            "an empty value is not allowed; null removes the image's property",
            ProblemCode.VALUE_EMPTY,
        )
    if not value.isprintable() or max(value) > _LAST_CHARACTER:
        odd = next(
            c for c in value if not c.isprintable() or c > _LAST_CHARACTER
        )
        return Problem(
            spelling,
            f"contains the character U+{ord(odd):04X}; only printable "
            "characters up to U+FFFF are allowed",
            ProblemCode.VALUE_NOT_PRINTABLE,
        )
    words = too_long(definition.name, len(value.encode()))
    if words:
        return Problem(spelling, words, ProblemCode.VALUE_TOO_LONG)
    return None


def _invalid(spelling: str, value: str, rule: str) -> Problem:
    return Problem(
        spelling, f"{quoted(value)} {rule}", ProblemCode.VALUE_INVALID
    )


def _check_boolean(
    spelling: str, _definition: PropertyDefinition, value: str
) -> Problem | None:
    if value.lower() in TRUE_WORDS + FALSE_WORDS:
        return None
    words = f"{', '.join(TRUE_WORDS)} or {', '.join(FALSE_WORDS)}"
    return _invalid(spelling, value, f"is not a boolean; use one of {words}")


def _check_integer(
    spelling: str, definition: PropertyDefinition, value: str
) -> Problem | None:
    if not _INTEGER.fullmatch(value):
        return _invalid(spelling, value, "is not an integer (digits only)")
    low, high = definition.minimum, definition.maximum
    low = SMALLEST_INTEGER if low is None else low
    high = LARGEST_INTEGER if high is None else high
    if low <= int(value) <= high:
        return None
    return Problem(
        spelling,
        f"{value} is out of range; the valid range is {low} to {high}",
        ProblemCode.VALUE_OUT_OF_RANGE,
    )


def _check_enum(
    spelling: str, definition: PropertyDefinition, value: str
) -> Problem | None:
    if _canonical_word(definition, value) in definition.legal_values:
        return None
    rule = f"is not one of {', '.join(definition.legal_values)}"
    nearest = difflib.get_close_matches(
        value.lower(), definition.legal_values, n=1
    )
    if nearest:
        rule += f". Did you mean '{nearest[0]}'?"
    return _invalid(spelling, value, rule)


def _check_trait(
    spelling: str, _definition: PropertyDefinition, value: str
) -> Problem | None:
    if value != "required":
        return _invalid(
            spelling,
            value,
            "is not 'required', the only value that Nova reads",
        )
    if spelling == _TRAIT_OF_DISABLED_HOSTS:
        return _invalid(
            spelling,
            value,
            "can never be met: hosts that are disabled have this trait, and "
            "Nova places no server there",
        )
    return None


def _check_cpu_set(
    spelling: str, _definition: PropertyDefinition, value: str
) -> Problem | None:
    sets = _cpu_sets(value)
    if sets is None:
        return _invalid(
            spelling, value, "is not a CPU set; write it like 0-3,^2,6"
        )
    wanted, rejected = sets
    if not wanted - rejected:
        return _invalid(spelling, value, "does not contain a CPU")
    return None


def _check_cpu_mask(
    spelling: str, _definition: PropertyDefinition, value: str
) -> Problem | None:
    sets = _cpu_sets(value)
    if sets is not None:
        wanted, rejected = sets
        # Nova puts all of the flavor's CPUs before a mask that begins with
        # an exclusion (nova.virt.hardware.get_realtime_cpu_constraint).
        if value.startswith("^"):
            is_empty = len(rejected) > _LAST_CPU
        else:
            is_empty = not wanted - rejected
        if not is_empty:
            return None
    return _invalid(
        spelling, value, "is not a CPU mask; write it like ^0-1 or 2-3"
    )


def _cpu_sets(spec: str) -> tuple[set[int], set[int]] | None:
    """Return the CPUs that are wanted and rejected.

    None if that is no CPU set: a range runs down, or ends beyond the last.
    """
    if not _CPU_SPEC.fullmatch(spec):
        return None
    wanted: set[int] = set()
    rejected: set[int] = set()
    for rule in spec.split(","):
        first, _, last = rule.strip().removeprefix("^").partition("-")
        low, high = int(first), int(last or first)
        if low > high or high > _LAST_CPU:
            return None
        target = rejected if rule.strip().startswith("^") else wanted
        target.update(range(low, high + 1))
    return wanted, rejected


def _matches(
    pattern: re.Pattern[str], rule: str
) -> Callable[[str, PropertyDefinition, str], Problem | None]:
    def check(
        spelling: str, _definition: PropertyDefinition, value: str
    ) -> Problem | None:
        if pattern.fullmatch(value):
            return None
        return _invalid(spelling, value, rule)

    return check


def _check_free_text(
    spelling: str, definition: PropertyDefinition, value: str
) -> Problem | None:
    if definition.name != "hw_machine_type" or value.islower():
        return None
    name = value.lower()
    if not _KNOWN_MACHINE.fullmatch(name):
        return None
    return _invalid(
        spelling,
        value,
        "is not a machine type of libvirt, which writes it in lower case. Did "
        f"you mean '{name}'?",
    )


_CHECKS: dict[
    PropertyKind, Callable[[str, PropertyDefinition, str], Problem | None]
] = {
    PropertyKind.BOOLEAN: _check_boolean,
    PropertyKind.INTEGER: _check_integer,
    PropertyKind.ENUM: _check_enum,
    PropertyKind.TEXT: _check_free_text,
    PropertyKind.UUID: _matches(
        _UUID,
        "is not a UUID; write it like 12345678-1234-1234-1234-123456789abc",
    ),
    PropertyKind.IMAGE: _matches(
        _UUID, "is not the id of an image; null removes the image's own"
    ),
    PropertyKind.VERSION_PREDICATE: _matches(
        _VERSION_PREDICATE,
        "is not a version predicate; write it like >=2.6,<5",
    ),
    PropertyKind.PAGE_SIZE: _matches(
        _PAGE_SIZE,
        "is not a page size; use any, large, small, a number of KiB like "
        "2048, or a size like 2MB or 1GB",
    ),
    PropertyKind.CPU_MASK: _check_cpu_mask,
    PropertyKind.CPU_SET_LIST: _check_cpu_set,
    PropertyKind.INTEGER_LIST: _check_integer,
    PropertyKind.TRAIT_LIST: _check_trait,
}
