# SPDX-License-Identifier: Apache-2.0
"""How the values of image properties are seen in a guest.

Several spellings mean the same to Nova, and some values show by nothing being
there: then there is None to be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, Optional

# What is seen where a guest has a value; LookupError if that is not known.
Shows = Callable[[str], Optional[str]]

_TRUE: Final = ("1", "on", "t", "true", "y", "yes")
_FALSE: Final = ("0", "f", "false", "n", "no", "off")
_BOOLEANS: Final = {**dict.fromkeys(_TRUE, "true"), **dict.fromkeys(_FALSE)}

_PAGE_SIZE: Final = re.compile(r"(\d+)(?:([KMG])i?B)?")
_KIB: Final = {None: 1, "K": 1, "M": 1024, "G": 1024**2}
# The usual pages of x86, 4 KiB: libvirt is told of larger ones only.
_SMALL_PAGE_KIB: Final = 4

# QEMU's own name, and what Red Hat's QEMU tells the guest in its place:
# "RHEL-9.2.0 PC (Q35 + ICH9, 2009)".
_PC_MACHINE: Final = re.compile(r"pc-(i440fx|q35)-\S+")
_DESCRIBED_MACHINE: Final = re.compile(r".*\b(i440FX|Q35)\b.*")
_FAMILIES: Final = {"i440fx": "pc", "q35": "q35"}


def text(absent: str = "") -> Shows:
    """Return how values are seen of which there is one way to write each.

    Args:
        absent: The value of a guest that has none.
    """
    return lambda value: None if value == absent else value


def boolean(value: str) -> str | None:
    """Return ``true``, and None for false: then nothing is there."""
    return _BOOLEANS[value.lower()]


def one_of(models: Iterable[str], absent: str = "") -> Shows:
    """Return how values of a table are seen: as they are.

    Args:
        models: What the table knows.
        absent: The value of a guest that has none.
    """
    shows = {**{model: model for model in models}, absent: None}
    return shows.__getitem__


def page_size(value: str) -> str | None:
    """Return the size of huge pages in KiB; None for the usual pages."""
    if value == "small":
        return None
    size = _PAGE_SIZE.fullmatch(value)
    if size is None:
        raise LookupError(f"{value} can be pages of several sizes")
    kib = int(size[1]) * _KIB[size[2]]
    return None if kib == _SMALL_PAGE_KIB else str(kib)


def machine_family(name: str) -> str:
    """Return ``pc`` or ``q35`` for a machine type's name with its version.

    Or, on other processors, what stands before the version.
    """
    found = _PC_MACHINE.fullmatch(name) or _DESCRIBED_MACHINE.fullmatch(name)
    if found is not None:
        return _FAMILIES[found[1].lower()]
    return name.rpartition("-")[0] or name


def same_machine(wanted: str, told: str) -> bool | None:
    """Return whether a guest's machine is of a type; None if unknown.

    Args:
        wanted: The machine type, with its version or without.
        told: What the firmware says about the machine.
    """
    if wanted in (told, machine_family(told)):
        return True
    # A distribution's other names, such as ubuntu-q35, mean what only its
    # QEMU knows.
    if wanted not in _FAMILIES.values() and not _PC_MACHINE.fullmatch(wanted):
        return None
    is_version_told = bool(_PC_MACHINE.fullmatch(told))
    if is_version_told or machine_family(wanted) != machine_family(told):
        return False
    return None
