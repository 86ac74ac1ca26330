# SPDX-License-Identifier: Apache-2.0
"""All that is known of each image property, in one place.

It comes from the installed Nova, which is to be the newest supported one; from
the core's facts and checks; from the snapshots of each supported Nova; and
from the table of what was seen in guests, which a test compares with the code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from image_props_override.core.boot.checks import PARTNERS, READ_AT_BOOT_ONLY
from image_props_override.core.boot.flavor_wins import FLAVOR_WINS
from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
    TakesEffect,
)
from image_props_override.core.properties.facts import NO_FIELDS
from image_props_override.core.properties.limits import longest_value_bytes
from image_props_override.core.properties.values import (
    FALSE_WORDS,
    PAGE_SIZE_WORDS,
    TRUE_WORDS,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

_PROJECT: Final = Path(__file__).parents[2]
_SNAPSHOTS: Final = _PROJECT / "tests" / "nova_contract" / "snapshots_of_nova"
_SEEN: Final = _PROJECT / "docs" / "operator" / "tempest.md"
# What tests have seen beside that table: where, and which test.
SEEN_BY_TESTS: Final = {
    "hw_cpu_policy": (
        "host: CPUs of the guest's thread",
        "tests/sandbox/test_guest_pinning.py",
    ),
    "os_shutdown_timeout": (
        "host: seconds until Nova forces the guest off",
        "tests/sandbox/test_guest_raw_properties.py",
    ),
}

CLASSES: Final = {
    "guest": "affects your own guest only",
    "placement": "uses or chooses shared resources",
    "security": "can lower protection, or reach hosts that are kept apart",
    "no_effect": "cannot be overridden",
}
TAKES_EFFECT: Final = {
    TakesEffect.NEXT_START: "when the stopped server is started",
    TakesEffect.MOVE: "not on a stopped server: the scheduler has to agree",
    TakesEffect.NEVER: "not on a stopped server: fixed when it was created",
}
# A value that shows the form, where the list of values or the bounds do not.
_EXAMPLES: Final = {
    "hw_architecture": "x86_64",
    "hw_cdrom_bus": "sata",
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_scsi_model": "virtio-scsi",
    "hw_video_model": "virtio",
    "hw_video_ram": "16",
    "hw_vif_model": "e1000e",
    "hw_vm_mode": "hvm",
    "hw_watchdog_action": "poweroff",
    "img_hv_type": "qemu",
    "os_admin_user": "admin",
    "os_command_line": "%default% quiet",
    "os_distro": "debian",
    "os_shutdown_timeout": "120",
    "os_type": "linux",
}
_EXAMPLES_OF_KINDS: Final = {
    PropertyKind.BOOLEAN: "true",
    PropertyKind.CPU_MASK: "^0-1",
    PropertyKind.CPU_SET_LIST: "0-1",
    PropertyKind.IMAGE: "00000000-0000-4000-8000-000000000001",
    PropertyKind.INTEGER_LIST: "512",
    PropertyKind.PAGE_SIZE: "2MB",
    PropertyKind.TRAIT_LIST: "required",
    PropertyKind.UUID: "00000000-0000-4000-8000-000000000001",
    PropertyKind.VERSION_PREDICATE: ">=2.6",
}
_TRUE, _FALSE = ", ".join(TRUE_WORDS), ", ".join(FALSE_WORDS)
_FORMS: Final = {
    PropertyKind.BOOLEAN: f"{_TRUE}; or {_FALSE}; in any case",
    PropertyKind.CPU_MASK: "CPUs and ranges, ^ excludes: ^0-1 or 2-3",
    PropertyKind.CPU_SET_LIST: "CPUs and ranges, ^ excludes: 0-3,^2,6",
    PropertyKind.IMAGE: "the id of an active image that you may see",
    PropertyKind.PAGE_SIZE: f"{', '.join(PAGE_SIZE_WORDS)}, a number of KiB "
    "like 2048, or a size like 2MB or 1GB",
    PropertyKind.STRUCTURED: "none: a string cannot represent it",
    PropertyKind.TEXT: "text",
    PropertyKind.TRAIT_LIST: "required",
    PropertyKind.UUID: "a UUID",
    PropertyKind.VERSION_PREDICATE: "comparisons of versions: >=2.6,<5",
}


@dataclass(frozen=True)
class Facts:
    """One property, as a reader wants to know it.

    Attributes:
        definition: What the product knows of it.
        valid_values: The values, or their form and bounds, in words.
        spellings: What else Nova reads as one of the values.
        needs: What must be there as well.
        loses_to: Which extra specs of a flavor win over it.
        takes_effect: When a change of an existing server takes effect.
        releases: Those of OpenStack whose Nova has it.
        seen_in: Where its effect was seen; empty where it was not.
        key: What to write before the equals sign.
        example: A valid value.
    """

    definition: PropertyDefinition
    valid_values: str
    spellings: str
    needs: str
    loses_to: tuple[str, ...]
    takes_effect: str
    releases: tuple[str, ...]
    seen_in: str
    key: str
    example: str

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.definition.name

    @property
    def argument(self) -> str:
        """The option of a command line that overrides it; or nothing."""
        if self.definition.no_effect:
            return ""
        text = f"{self.key}={self.example}"
        quoted = f"'{text}'" if re.search(r"[ <>^%]", text) else text
        return f"--image-prop-override {quoted}"


def all_properties() -> tuple[Facts, ...]:
    """Return every property of the newest supported Nova, by name."""
    known = tuple(releases())
    seen = dict(_seen())
    return tuple(
        Facts(
            definition=each,
            valid_values=_valid_values(each),
            spellings=_spellings(each),
            needs=_needs(each.name),
            loses_to=tuple(_loses_to(each.name)),
            takes_effect=_takes_effect(each),
            releases=tuple(
                release for release, _, names in known if each.name in names
            ),
            seen_in=seen.get(each.name, ""),
            key=_key(each),
            example=_example(each),
        )
        for each in catalogue_from_nova().values()
    )


def releases() -> Iterator[tuple[str, int, set[str]]]:
    """Yield each release of OpenStack, its Nova, and that Nova's properties.

    Yields:
        Such as ``("2026.2", 34, {"hw_disk_bus", ...})``, the oldest first.
    """
    for path in sorted(_SNAPSHOTS.glob("nova_*.json")):
        pins = _PROJECT / "constraints" / f"{path.stem.replace('_', '-')}.txt"
        named = re.search(r"\(OpenStack ([0-9.]+)\)", pins.read_text())
        assert named, pins
        nova = int(path.stem.removeprefix("nova_"))
        yield named[1], nova, {*json.loads(path.read_text()), *NO_FIELDS}


def _seen() -> Iterator[tuple[str, str]]:
    """Yield what the Tempest plug-in checks, and what tests look at."""
    table = _SEEN.read_text().partition("## What is checked how")[2]
    for row in re.findall(r"^\| (`.*?) \| (.*) \|$", table, re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", row[0]):
            # Options and reasons in parentheses are about Tempest.
            yield name, re.sub(r" \([^)]*\)", "", row[1])
    for name, (where, test) in SEEN_BY_TESTS.items():
        yield name, f"{where} (`{test}`)"


def _valid_values(definition: PropertyDefinition) -> str:
    kind, limit = definition.kind, longest_value_bytes(definition.name)
    if kind is PropertyKind.ENUM:
        return ", ".join(definition.legal_values)
    if kind in (PropertyKind.INTEGER, PropertyKind.INTEGER_LIST):
        low, high = definition.minimum, definition.maximum
        if high is None:
            return "an integer" if low is None else f"an integer from {low}"
        return f"an integer from {low} to {high}"
    if kind is PropertyKind.TEXT:
        return f"text of up to {limit:,} bytes"
    return _FORMS[kind]


def _spellings(definition: PropertyDefinition) -> str:
    words = [
        f"{other} (read as {meant})"
        for other, meant in sorted(definition.other_spellings.items())
    ]
    if definition.ignores_case:
        words.insert(0, "any case")
    return ", ".join(words)


def _needs(name: str) -> str:
    partner = PARTNERS.get(name)
    if not partner:
        return ""
    if not partner.needed_by:
        return partner.words
    # One spelling of a boolean is enough.
    values = (
        ("true",) if partner.needed_by == TRUE_WORDS else partner.needed_by
    )
    return f"{partner.words} (for {', '.join(values)})"


def _loses_to(name: str) -> Iterator[str]:
    for win in FLAVOR_WINS:
        if win.image_property == name:
            yield (
                f"the flavor's {win.extra_spec}={_words(win.flavor_values)}"
                f" (over {_words(win.image_values)})"
            )


def _words(values: tuple[str, ...] | None) -> str:
    if values is None:
        return "any value"
    if values in (TRUE_WORDS, FALSE_WORDS):
        return "true" if values == TRUE_WORDS else "false"
    return " or ".join(values)


def _takes_effect(definition: PropertyDefinition) -> str:
    words = TAKES_EFFECT[definition.takes_effect]
    if definition.name in READ_AT_BOOT_ONLY:
        return f"{words}; not by a rebuild either"
    return words


def _key(definition: PropertyDefinition) -> str:
    if definition.kind is PropertyKind.TRAIT_LIST:
        return "trait:HW_CPU_X86_AVX2"
    if definition.kind in (
        PropertyKind.CPU_SET_LIST,
        PropertyKind.INTEGER_LIST,
    ):
        return f"{definition.name}.0"
    return definition.name


def _example(definition: PropertyDefinition) -> str:
    if definition.name in _EXAMPLES:
        return _EXAMPLES[definition.name]
    if definition.kind in _EXAMPLES_OF_KINDS:
        return _EXAMPLES_OF_KINDS[definition.kind]
    if definition.legal_values:
        return definition.legal_values[0]
    return str(max(definition.minimum or 0, 1))
