# SPDX-License-Identifier: Apache-2.0
"""Reads what a guest says of itself on its serial console."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from image_props_override.tempest_plugin.guest import GuestError

# The script that prints a report, for any guest with a shell.
GUEST_REPORT: Final = Path(__file__).with_name("guest-report")

# Both as guest-report prints them; the console ends lines with CR LF.
_REPORT = re.compile(
    r"^==== guest report begin ====\r?\n"
    r"(?P<facts>(?:(?!====).*\n)*)"
    r"==== guest report end: sha256 (?P<digest>[0-9a-f]{16}) ====\r?$",
    re.MULTILINE,
)
# KIND NAME VALUE. A value may be empty: not every machine names its maker.
_FACT = re.compile(r"(?P<kind>\w+) (?P<name>\S+) ?(?P<value>.*)")


class ReportError(GuestError):
    """A console holds a report, but not with the facts that are read here."""


@dataclass(frozen=True)
class Cpu:
    """Where one of the guest's CPUs sits; numbers as its kernel has them.

    `siblings` are the CPUs of the same core as sysfs lists them: ``0-1``.
    """

    socket: int
    core: int
    siblings: str


@dataclass(frozen=True)
class PciDevice:
    """One PCI device that the guest's kernel found.

    Attributes:
        address: For example ``0000:00:03.0``.
        id: Vendor and device as lspci writes them: ``1af4:1000``.
        kind: Class and sub-class, such as ``0200`` for Ethernet.
    """

    address: str
    id: str
    kind: str


@dataclass(frozen=True)
class GuestReport:
    """All that one report says.

    Attributes:
        boot_id: Differs from that of every other boot.
        command_line: ``/proc/cmdline``.
        kernel: Release of the guest's kernel.
        memory_kib: What that kernel can use: less than the machine has.
        firmware: ``bios`` or ``uefi``.
        dmi: What the firmware says of the machine, by file name of
            ``/sys/class/dmi/id``.
        acpi_tables: Names of the ACPI tables.
        cpu_model: Name of the CPU model.
        cpus: By number.
        numa_nodes: CPUs of each NUMA node, such as ``0-3``, by number. A
            kernel that finds none makes one up: see `acpi_tables`.
        pci_devices: In the order of their addresses.
        disks: Sizes in sectors of 512 bytes, by name; only where the
            guest has a driver.
        ports: Names of the virtio-serial channels.
        tpms: Major version of each TPM, by name.
    """

    boot_id: str
    command_line: str
    kernel: str
    memory_kib: int
    firmware: str
    dmi: Mapping[str, str]
    acpi_tables: frozenset[str]
    cpu_model: str
    cpus: Mapping[int, Cpu]
    numa_nodes: Mapping[int, str]
    pci_devices: tuple[PciDevice, ...]
    disks: Mapping[str, int]
    ports: frozenset[str]
    tpms: Mapping[str, str]

    @property
    def cpu_sockets(self) -> int:
        """Number of CPU sockets."""
        return len({cpu.socket for cpu in self.cpus.values()})

    @property
    def cpu_cores(self) -> int:
        """Number of cores in each socket."""
        cores = {(cpu.socket, cpu.core) for cpu in self.cpus.values()}
        return len(cores) // self.cpu_sockets

    @property
    def cpu_threads(self) -> int:
        """Number of threads in each core."""
        return len(self.cpus) // (self.cpu_sockets * self.cpu_cores)


def last_report(console: str) -> GuestReport | None:
    """Return the newest whole report on a console; None if there is none.

    A report that did not arrive as it was printed, because something else
    wrote on the console meanwhile, is none.

    Args:
        console: All that the guest wrote on its serial console so far.

    Raises:
        ReportError: The report is whole, but has other facts.
    """
    whole = [
        lines
        for found in _REPORT.finditer(console)
        if _digest(lines := found["facts"].splitlines()) == found["digest"]
    ]
    if not whole:
        return None
    try:
        return _report(_by_kind(whole[-1]))
    except (KeyError, ValueError, IndexError) as error:
        raise ReportError(
            f"the report of the guest cannot be read:"
            f" {error!r}; does the guest run the newest guest-report?"
        ) from error


def _digest(lines: Iterable[str]) -> str:
    printed = "".join(f"{line}\n" for line in lines)
    return hashlib.sha256(printed.encode()).hexdigest()[:16]


def _by_kind(lines: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Return values by kind and name, with every kind there at least empty."""
    facts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in lines:
        fact = _FACT.fullmatch(line)
        if fact is None:
            raise ValueError(f"no fact: {line!r}")
        facts[fact["kind"]][fact["name"]] = fact["value"]
    return facts


def _report(facts: Mapping[str, Mapping[str, str]]) -> GuestReport:
    return GuestReport(
        boot_id=facts["boot"]["-"],
        command_line=facts["cmdline"]["-"],
        kernel=facts["kernel"]["-"],
        memory_kib=int(facts["memory"]["kib"]),
        firmware=facts["firmware"]["-"],
        dmi=facts["dmi"],
        acpi_tables=frozenset(facts["acpi"]),
        cpu_model=facts["cpu_model"]["-"],
        cpus={int(name): _cpu(text) for name, text in facts["cpu"].items()},
        numa_nodes={int(name): cpus for name, cpus in facts["node"].items()},
        pci_devices=tuple(
            _pci_device(address, text)
            for address, text in sorted(facts["pci"].items())
        ),
        disks={name: int(size) for name, size in facts["block"].items()},
        ports=frozenset(facts["port"].values()),
        tpms=facts["tpm"],
    )


def _cpu(text: str) -> Cpu:
    socket, core, siblings = text.split()
    return Cpu(int(socket), int(core), siblings)


def _pci_device(address: str, text: str) -> PciDevice:
    vendor, device, whole_class = (
        number.removeprefix("0x") for number in text.split()
    )
    # The last two digits of a class are its programming interface.
    return PciDevice(address, f"{vendor}:{device}", whole_class[:4])
