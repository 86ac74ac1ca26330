# SPDX-License-Identifier: Apache-2.0
"""Which values each kind of property takes."""

from __future__ import annotations

import pytest

from image_props_override.core.problems import ProblemCode
from image_props_override.core.properties.values import check_value
from tests.core.catalogue import CATALOGUE

# property, value, why it is legal
LEGAL = [
    ("hw_boot_menu", "true", "the usual word"),
    ("hw_boot_menu", "YES", "upper case is oslo's too"),
    ("hw_boot_menu", "0", "a digit that oslo reads"),
    ("hw_numa_nodes", "1", "the least"),
    ("hw_numa_nodes", "128", "the greatest"),
    ("hw_numa_nodes", "007", "int() reads it"),
    ("hw_video_ram", "0", "the bound itself"),
    ("hw_disk_bus", "virtio", "a legal value"),
    ("os_command_line", "a=b c='d e' ü", "any printable text"),
    ("os_command_line", "x" * 2047, "the longest line"),
    ("os_distro", "x" * 255, "the longest of another property"),
    ("img_hv_requested_version", ">=2.6", "one predicate"),
    ("img_hv_requested_version", ">=2.6, <5", "two predicates"),
    (
        "img_signature_certificate_uuid",
        "12345678-1234-1234-1234-123456789abC",
        "hexadecimal in any case",
    ),
    ("hw_mem_page_size", "large", "a word of Nova"),
    ("hw_mem_page_size", "2048", "KiB"),
    ("hw_mem_page_size", "1GB", "a unit"),
    ("hw_mem_page_size", "2MiB", "an IEC unit"),
    ("hw_cpu_realtime_mask", "^0-1", "all but the first two"),
    ("hw_cpu_realtime_mask", "2-3", "a plain set"),
    ("hw_numa_cpus", "0-3,^2,6", "all forms of a CPU set"),
    ("hw_numa_mem", "512", "MiB"),
    ("traits_required", "required", "the one word"),
]

# property, value, code
ILLEGAL = [
    ("hw_boot_menu", "maybe", ProblemCode.VALUE_INVALID),
    ("hw_boot_menu", " true", ProblemCode.VALUE_INVALID),
    ("hw_boot_menu", "2", ProblemCode.VALUE_INVALID),
    ("hw_numa_nodes", "0", ProblemCode.VALUE_OUT_OF_RANGE),
    ("hw_numa_nodes", "129", ProblemCode.VALUE_OUT_OF_RANGE),
    ("hw_numa_nodes", "-1", ProblemCode.VALUE_OUT_OF_RANGE),
    ("hw_numa_nodes", "1.0", ProblemCode.VALUE_INVALID),
    ("hw_numa_nodes", "1 ", ProblemCode.VALUE_INVALID),
    ("hw_numa_nodes", "1_0", ProblemCode.VALUE_INVALID),
    ("hw_numa_nodes", "\u0661", ProblemCode.VALUE_INVALID),
    ("hw_numa_nodes", "9" * 200, ProblemCode.VALUE_INVALID),
    ("hw_video_ram", "2147483648", ProblemCode.VALUE_OUT_OF_RANGE),
    ("hw_disk_bus", "VIRTIO", ProblemCode.VALUE_INVALID),
    ("hw_disk_bus", "virtio ", ProblemCode.VALUE_INVALID),
    ("os_command_line", "", ProblemCode.VALUE_EMPTY),
    ("os_command_line", "a\0b", ProblemCode.VALUE_NOT_PRINTABLE),
    ("os_command_line", "a\x7f", ProblemCode.VALUE_NOT_PRINTABLE),
    ("os_command_line", "a\u2028b", ProblemCode.VALUE_NOT_PRINTABLE),
    ("os_command_line", "a\u202eb", ProblemCode.VALUE_NOT_PRINTABLE),
    ("os_command_line", "\ufffe", ProblemCode.VALUE_NOT_PRINTABLE),
    ("os_command_line", "\ud800", ProblemCode.VALUE_NOT_PRINTABLE),
    ("os_command_line", "\U0001f600", ProblemCode.VALUE_NOT_PRINTABLE),
    ("os_command_line", "x" * 2048, ProblemCode.VALUE_TOO_LONG),
    ("os_command_line", "\u00fc" * 1024, ProblemCode.VALUE_TOO_LONG),
    ("os_distro", "x" * 256, ProblemCode.VALUE_TOO_LONG),
    ("os_distro", "ü" * 128, ProblemCode.VALUE_TOO_LONG),
    ("img_hv_requested_version", "2.6", ProblemCode.VALUE_INVALID),
    ("img_hv_requested_version", "=2.6", ProblemCode.VALUE_INVALID),
    ("img_hv_requested_version", ">=2.x", ProblemCode.VALUE_INVALID),
    ("img_signature_certificate_uuid", "1234", ProblemCode.VALUE_INVALID),
    ("hw_mem_page_size", "2Mb", ProblemCode.VALUE_INVALID),
    ("hw_mem_page_size", "0", ProblemCode.VALUE_INVALID),
    ("hw_mem_page_size", "huge", ProblemCode.VALUE_INVALID),
    ("hw_cpu_realtime_mask", "zzz", ProblemCode.VALUE_INVALID),
    ("hw_cpu_realtime_mask", "^0-4095", ProblemCode.VALUE_INVALID),
    ("hw_numa_cpus", "3-1", ProblemCode.VALUE_INVALID),
    ("hw_numa_cpus", "0,^0", ProblemCode.VALUE_INVALID),
    ("hw_numa_cpus", "0-99999999999", ProblemCode.VALUE_INVALID),
    ("hw_numa_cpus", "0,,1", ProblemCode.VALUE_INVALID),
    ("hw_numa_mem", "0", ProblemCode.VALUE_OUT_OF_RANGE),
    ("traits_required", "forbidden", ProblemCode.VALUE_INVALID),
]


# Machine, what was meant, or None where the name can be one of QEMU's.
MACHINES = [
    ("Q35", "q35"),
    ("PC", "pc"),
    ("pc-Q35-7.2", "pc-q35-7.2"),
    ("pc-i440FX-6.2", "pc-i440fx-6.2"),
    ("Virt-6.2", "virt-6.2"),
    ("S390-CCW-virtio", "s390-ccw-virtio"),
    ("pSeries", "pseries"),
    ("pseries-Jammy", "pseries-jammy"),
    ("MicroVM", "microvm"),
    ("q35", None),
    ("pc-q35-rhel9.4.0", None),
    ("pseries-jammy", None),
    ("SS-5", None),
    ("LX", None),
    ("Voyager", None),
    ("q35X", None),
    ("Q35x", None),
]


@pytest.mark.parametrize(("machine", "meant"), MACHINES)
def test_machine_types(machine: str, meant: str | None) -> None:
    """Of machines that people know, libvirt's names are in lower case."""
    problem = check_value(
        "hw_machine_type", CATALOGUE["hw_machine_type"], machine
    )
    if meant is None:
        assert problem is None
        return
    assert problem is not None
    assert problem.code is ProblemCode.VALUE_INVALID
    assert f"'{machine}'" in problem.message
    assert f"Did you mean '{meant}'?" in problem.message


@pytest.mark.parametrize(("name", "value", "why"), LEGAL)
def test_legal(name: str, value: str, why: str) -> None:
    """A legal value has no problem."""
    assert check_value(name, CATALOGUE[name], value) is None, why


@pytest.mark.parametrize(("name", "value", "code"), ILLEGAL)
def test_illegal(name: str, value: str, code: ProblemCode) -> None:
    """An illegal value has one problem, which names the property."""
    problem = check_value(name, CATALOGUE[name], value)
    assert problem is not None
    assert problem.code is code
    assert problem.name == name
    assert str(problem).isprintable()


def test_message_teaches() -> None:
    """The message has value, rule, legal values, and what may be meant."""
    problem = check_value("hw_disk_bus", CATALOGUE["hw_disk_bus"], "virtoi")
    assert str(problem) == (
        "hw_disk_bus: 'virtoi' is not one of ide, scsi, virtio. "
        "Did you mean 'virtio'? [value_invalid]"
    )


def test_long_values_are_cut_in_messages() -> None:
    """A message does not repeat hundreds of characters."""
    problem = check_value("hw_disk_bus", CATALOGUE["hw_disk_bus"], "x" * 250)
    assert len(str(problem)) < 160
