# SPDX-License-Identifier: Apache-2.0
"""What a guest prints on its console is read as it was meant."""

import dataclasses

import pytest

from image_props_override.tempest_plugin.guest.report import (
    Cpu,
    PciDevice,
    ReportError,
    last_report,
)
from tests.tempest_plugin.guest_reports import printed

# From a real console: QEMU, machine type pc, two cores of two threads.
FACTS = [
    "boot - 5f9de5e5-6b0a-4a0c-9a53-5e0a1b8c3f57",
    "cmdline - console=ttyS0 quiet owner=demo",
    "kernel - 6.1.0-50-amd64",
    "memory kib 210008",
    "firmware - bios",
    "dmi sys_vendor OpenStack Foundation",
    "dmi product_name ",
    "dmi chassis_version pc-i440fx-7.2",
    "acpi APIC present",
    "acpi SRAT present",
    "cpu_model - Intel Core i7 9xx (Nehalem Class Core i7)",
    "cpu 0 0 0 0-1",
    "cpu 1 0 0 0-1",
    "cpu 2 0 1 2-3",
    "cpu 3 0 1 2-3",
    "node 0 0-3",
    "pci 0000:00:02.0 0x1af4 0x1000 0x020000",
    "pci 0000:00:01.1 0x8086 0x7010 0x010180",
    "block sda 8192",
    "port vport2p1 org.qemu.guest_agent.0",
    "tpm tpm0 2",
]


CONSOLE = (
    "SeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n"
    f"{printed(*FACTS)}"
    'A shell, to look around; "guest-report" prints the report again.\r\n'
    "guest# "
)


def test_reads_every_kind_of_fact() -> None:
    """Each line of a report ends up in its field."""
    report = last_report(CONSOLE)
    assert report is not None
    assert dataclasses.asdict(report) == {
        "boot_id": "5f9de5e5-6b0a-4a0c-9a53-5e0a1b8c3f57",
        "command_line": "console=ttyS0 quiet owner=demo",
        "kernel": "6.1.0-50-amd64",
        "memory_kib": 210008,
        "firmware": "bios",
        "dmi": {
            "sys_vendor": "OpenStack Foundation",
            "product_name": "",
            "chassis_version": "pc-i440fx-7.2",
        },
        "acpi_tables": {"APIC", "SRAT"},
        "cpu_model": "Intel Core i7 9xx (Nehalem Class Core i7)",
        "cpus": {
            number: dataclasses.asdict(cpu)
            for number, cpu in enumerate(
                (
                    Cpu(socket=0, core=0, siblings="0-1"),
                    Cpu(socket=0, core=0, siblings="0-1"),
                    Cpu(socket=0, core=1, siblings="2-3"),
                    Cpu(socket=0, core=1, siblings="2-3"),
                )
            )
        },
        "numa_nodes": {0: "0-3"},
        "pci_devices": tuple(
            dataclasses.asdict(device)
            for device in (
                PciDevice("0000:00:01.1", "8086:7010", "0101"),
                PciDevice("0000:00:02.0", "1af4:1000", "0200"),
            )
        ),
        "disks": {"sda": 8192},
        "ports": {"org.qemu.guest_agent.0"},
        "tpms": {"tpm0": "2"},
    }


@pytest.mark.parametrize(
    ("cpus", "topology"),
    [
        pytest.param(("0 0 0",), (1, 1, 1), id="one CPU"),
        pytest.param(("0 0 0", "1 0 1"), (2, 1, 1), id="two sockets"),
        pytest.param(("0 0 0", "0 1 1"), (1, 2, 1), id="two cores"),
        pytest.param(("0 0 0-1", "0 0 0-1"), (1, 1, 2), id="two threads"),
        pytest.param(
            ("0 0 0-1", "0 0 0-1", "1 0 2-3", "1 0 2-3"),
            (2, 1, 2),
            id="two sockets whose cores both have the number 0",
        ),
    ],
)
def test_counts_sockets_cores_and_threads(
    cpus: tuple[str, ...], topology: tuple[int, int, int]
) -> None:
    """Cores count per socket, and threads per core."""
    others = [line for line in FACTS if not line.startswith("cpu ")]
    facts = others + [f"cpu {number} {cpu}" for number, cpu in enumerate(cpus)]
    report = last_report(printed(*facts))
    assert report is not None
    assert topology == (
        report.cpu_sockets,
        report.cpu_cores,
        report.cpu_threads,
    )


@pytest.mark.parametrize(
    "console",
    [
        pytest.param("", id="nothing yet"),
        pytest.param(CONSOLE[: CONSOLE.index("tpm tpm0")], id="half of it"),
        pytest.param(
            CONSOLE[: CONSOLE.index(" ====\r\nA shell")],
            id="half of its last line",
        ),
    ],
)
def test_a_report_that_is_not_finished_is_none(console: str) -> None:
    """Who waits for a report goes on waiting."""
    assert last_report(console) is None


def test_the_newest_report_counts() -> None:
    """A guest that was rebooted reports again on the same console."""
    second = [fact.replace("owner=demo", "second") for fact in FACTS]
    report = last_report(f"{CONSOLE}\r\n{printed(*second)}")
    assert report is not None
    assert report.command_line.endswith("second")


TORN = pytest.mark.parametrize(
    ("whole", "torn"),
    [
        pytest.param("node 0 0-3\r\n", "", id="a line is lost"),
        pytest.param("cpu 1 0", "cpu 1\r\n0", id="a line is cut in two"),
        pytest.param("cpu 1 0 0 0-1", "[   4.1] usb 1-1: new", id="noise"),
        pytest.param("quiet owner", "quiet cpu 1 owner", id="more of it"),
    ],
)


@TORN
def test_a_torn_report_is_none(whole: str, torn: str) -> None:
    """A cell of the demo's table is never filled from half a report."""
    assert whole in CONSOLE
    assert last_report(CONSOLE.replace(whole, torn)) is None


@TORN
def test_the_other_copy_counts(whole: str, torn: str) -> None:
    """Whichever of the two that a guest prints is the whole one."""
    torn_copy = CONSOLE.replace(whole, torn)
    assert last_report(torn_copy + CONSOLE) == last_report(CONSOLE)
    assert last_report(CONSOLE + torn_copy) == last_report(CONSOLE)


def test_other_facts_are_an_error() -> None:
    """Waiting longer would not help who runs another guest-report."""
    other = [fact.replace("memory kib", "memory mib") for fact in FACTS]
    with pytest.raises(ReportError, match="newest guest-report"):
        last_report(printed(*other))
