# SPDX-License-Identifier: Apache-2.0
"""Each image property is seen where the guest really has it."""

import pytest

from image_props_override.tempest_plugin.guest.checks import (
    CHECKS,
    Check,
    Guest,
    Seen,
    look_at,
    same,
)
from image_props_override.tempest_plugin.guest.domain import Domain
from tests.tempest_plugin.guest_reports import report

CHECKS_BY_PROPERTY = {check.image_property: check for check in CHECKS}

NOTHING = "<domain/>"


@pytest.mark.parametrize(
    ("image_property", "facts", "value"),
    [
        ("os_command_line", [], "console=ttyS0"),
        (
            "os_command_line",
            ["firmware - uefi", "cmdline - a=b initrd=initrd"],
            "a=b",
        ),
        ("os_command_line", ["cmdline - initrd=initrd"], "initrd=initrd"),
        ("hw_machine_type", ["dmi chassis_version pc-i440fx-7.2"], "pc"),
        ("hw_machine_type", ["dmi chassis_version pc-q35-7.2"], "q35"),
        (
            "hw_machine_type",
            ["dmi chassis_version RHEL-9.2.0 PC (Q35 + ICH9, 2009)"],
            "q35",
        ),
        ("hw_machine_type", ["dmi chassis_version virt-7.2"], "virt"),
        ("hw_machine_type", ["dmi chassis_version "], None),
        ("hw_cpu_sockets", ["cpu 0 0 0 0", "cpu 1 1 0 1"], "2"),
        ("hw_cpu_cores", ["cpu 0 0 0 0", "cpu 1 0 1 1"], "2"),
        ("hw_cpu_threads", ["cpu 0 0 0 0-1", "cpu 1 0 0 0-1"], "2"),
        ("hw_numa_nodes", ["node 0 0-1", "acpi SRAT present"], "1"),
        ("hw_numa_nodes", ["node 0 0-1"], None),
        ("hw_scsi_model", ["pci 0:3 0x1af4 0x1004 0x010000"], "virtio-scsi"),
        ("hw_scsi_model", ["pci 0:3 0x1af4 0x1001 0x010000"], None),
        ("hw_vif_model", ["pci 0:3 0x1af4 0x1000 0x020000"], "virtio"),
        ("hw_vif_model", ["pci 0:3 0x1af4 0x1041 0x020000"], "virtio"),
        ("hw_vif_model", ["pci 0:3 0x8086 0x10d3 0x020000"], "e1000e"),
        ("hw_vif_model", ["pci 0:3 0x15ad 0x07b0 0x020000"], "vmxnet3"),
        ("hw_vif_model", [], None),
        ("hw_video_model", ["pci 0:2 0x1013 0x00b8 0x030000"], "cirrus"),
        ("hw_video_model", ["pci 0:2 0x1234 0x1111 0x030000"], "vga"),
        ("hw_video_model", ["pci 0:2 0x1234 0x1111 0x038000"], "bochs"),
        ("hw_sound_model", ["pci 0:4 0x8086 0x293e 0x040300"], "ich9"),
        ("hw_qemu_guest_agent", ["port a org.qemu.guest_agent.0"], "true"),
        ("hw_qemu_guest_agent", ["port a com.redhat.spice.0"], None),
        ("hw_time_hpet", ["acpi HPET present"], "true"),
        ("hw_time_hpet", [], None),
        ("hw_firmware_type", [], "bios"),
        ("hw_tpm_version", ["acpi TPM2 present"], "2.0"),
        ("hw_tpm_version", ["acpi TCPA present"], "1.2"),
        ("hw_tpm_version", [], None),
    ],
)
def test_sees_it_in_the_guest(
    image_property: str, facts: list[str], value: str | None
) -> None:
    """The guest's own report has it, whatever libvirt says."""
    guest = Guest(report(*facts), Domain.of(NOTHING))
    seen = CHECKS_BY_PROPERTY[image_property].look(guest)
    assert seen.value == value
    assert seen.where.startswith("guest: ")


@pytest.mark.parametrize(
    ("image_property", "xml", "seen"),
    [
        (
            "hw_disk_bus",
            "<devices><disk device='cdrom'><target bus='ide'/></disk>"
            "<disk device='disk'><target bus='scsi'/></disk></devices>",
            Seen("scsi", "domain: disk/target bus"),
        ),
        (
            "hw_input_bus",
            "<devices><input type='mouse' bus='ps2'/>"
            "<input type='tablet' bus='virtio'/></devices>",
            Seen("virtio", "domain: input bus"),
        ),
        (
            "hw_watchdog_action",
            "<devices><watchdog model='itco' action='pause'/>"
            "<watchdog model='i6300esb' action='reset'/></devices>",
            Seen("reset", "domain: watchdog action"),
        ),
        (
            "hw_watchdog_action",
            "<devices><watchdog model='itco' action='reset'/></devices>",
            Seen(None, "domain: watchdog action"),
        ),
        (
            "hw_watchdog_action",
            "<devices/>",
            Seen(None, "domain: watchdog action"),
        ),
        (
            "hw_tpm_model",
            "<devices><tpm model='tpm-crb'/></devices>",
            Seen("tpm-crb", "domain: tpm model"),
        ),
        (
            "img_hide_hypervisor_id",
            "<features><kvm><hidden state='on'/></kvm></features>",
            Seen("true", "domain: kvm/hidden state"),
        ),
        (
            "hw_virtio_packed_ring",
            "<devices><interface><driver packed='on'/></interface></devices>",
            Seen("true", "domain: interface/driver packed"),
        ),
        (
            "hw_mem_page_size",
            "<memoryBacking><hugepages><page size='2048'/></hugepages>"
            "</memoryBacking>",
            Seen("2048", "domain: hugepages/page size"),
        ),
        (
            "hw_boot_menu",
            "<os><bootmenu enable='yes'/></os>",
            Seen("true", "domain: bootmenu enable"),
        ),
    ],
)
def test_sees_it_in_the_domain(
    image_property: str, xml: str, seen: Seen
) -> None:
    """Where a guest cannot see it, libvirt's description has it."""
    guest = Guest(report(), Domain.of(f"<domain>{xml}</domain>"))
    assert CHECKS_BY_PROPERTY[image_property].look(guest) == seen


@pytest.mark.parametrize(
    "check", CHECKS, ids=lambda check: check.image_property
)
def test_says_when_only_libvirt_could_tell(check: Check) -> None:
    """A check that needs libvirt sees nothing without it; no other does."""
    facts = ["dmi chassis_version pc-q35-7.2", "cpu 0 0 0 0"]
    seen = check.look(Guest(report(*facts), None))
    assert seen.told != check.needs_domain
    assert seen.where.startswith("domain: ") == check.needs_domain


def test_says_when_nothing_looks_at_a_property() -> None:
    """So nobody takes it for one that the guest lacks."""
    seen = look_at(Guest(report(), None), "hw_pmu")
    assert not seen.told
    assert "hw_pmu" in seen.where


RHEL = "RHEL-9.2.0 PC (Q35 + ICH9, 2009)"


def machine(name: str) -> Seen:
    """Return what is seen of a machine with this name in its DMI."""
    return CHECKS_BY_PROPERTY["hw_machine_type"].look(
        Guest(report(f"dmi chassis_version {name}"), None)
    )


@pytest.mark.parametrize(
    ("wanted", "name", "verdict"),
    [
        ("q35", "pc-q35-7.2", True),
        ("pc", "pc-q35-7.2", False),
        ("pc-q35-7.2", "pc-q35-7.2", True),
        ("pc-q35-7.1", "pc-q35-7.2", False),
        ("pc-q35-rhel9.2.0", "pc-q35-rhel9.2.0", True),
        ("q35", RHEL, True),
        ("pc", RHEL, False),
        ("pc-i440fx-rhel7.6.0", RHEL, False),
        # The firmware tells no version that could be compared.
        ("pc-q35-rhel9.2.0", RHEL, None),
        # Another name, which only Ubuntu's QEMU knows.
        ("ubuntu-q35", "pc-q35-jammy", None),
        ("virt", "virt-7.2", True),
        ("q35", "", None),
    ],
)
def test_machine_types_are_the_same_by_family_or_version(
    wanted: str, name: str, verdict: bool | None
) -> None:
    """None where the guest does not tell enough."""
    assert same("hw_machine_type", wanted, machine(name)) is verdict


@pytest.mark.parametrize(
    ("image_property", "wanted", "value", "verdict"),
    [
        ("hw_boot_menu", "True", "true", True),
        ("hw_boot_menu", "yes", "true", True),
        ("hw_boot_menu", "1", None, False),
        ("hw_boot_menu", "false", None, True),
        ("hw_boot_menu", "No", "false", True),
        ("hw_boot_menu", "false", "true", False),
        ("hw_boot_menu", None, "false", True),
        ("hw_qemu_guest_agent", "0", None, True),
        ("hw_time_hpet", "false", None, True),
        ("img_hide_hypervisor_id", "off", None, True),
        ("hw_virtio_packed_ring", "f", None, True),
        ("hw_video_model", "none", None, True),
        ("hw_video_model", "none", "vga", False),
        ("hw_video_model", "xen", "vga", None),
        ("hw_vif_model", "netfront", None, None),
        ("hw_vif_model", "e1000", None, False),
        ("hw_vif_model", None, None, True),
        ("hw_vif_model", None, "e1000", False),
        ("hw_sound_model", "sb16", None, None),
        ("hw_watchdog_action", "disabled", None, True),
        ("hw_watchdog_action", "disabled", "reset", False),
        ("hw_watchdog_action", "pause", None, False),
        ("hw_mem_page_size", "small", None, True),
        ("hw_mem_page_size", "4", None, True),
        ("hw_mem_page_size", "small", "2048", False),
        ("hw_mem_page_size", "2MB", "2048", True),
        ("hw_mem_page_size", "1GiB", "1048576", True),
        ("hw_mem_page_size", "2048", None, False),
        ("hw_mem_page_size", "large", "2048", None),
        ("hw_cpu_cores", "2", "2", True),
        ("hw_cpu_cores", "2", "1", False),
    ],
)
def test_the_same_value_however_it_is_spelled(
    image_property: str,
    wanted: str | None,
    value: str | None,
    verdict: bool | None,
) -> None:
    """None where no table knows how the value looks in a guest."""
    assert same(image_property, wanted, Seen(value, "here")) is verdict
