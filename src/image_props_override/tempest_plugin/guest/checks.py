# SPDX-License-Identifier: Apache-2.0
"""Where to look, for each image property, at what a guest really has.

`CHECKS` is the table: a further property needs a row in it. What a row
finds comes from the guest's own report or from libvirt, never from Nova.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from image_props_override.tempest_plugin.guest.domain import Domain
from image_props_override.tempest_plugin.guest.report import GuestReport


@dataclass(frozen=True)
class Guest:
    """A running guest: what it says of itself, and libvirt of it.

    `domain` is None where nobody may ask libvirt.
    """

    report: GuestReport
    domain: Domain | None


@dataclass(frozen=True)
class Seen:
    """A property's value as the guest has it; None where it has none.

    `where` tells the reader of the demo's table where that was seen.
    """

    value: str | None
    where: str


@dataclass(frozen=True)
class Check:
    """How to see one image property in a guest.

    `needs_domain`: a guest cannot tell, only libvirt can.
    """

    image_property: str
    look: Callable[[Guest], Seen]
    needs_domain: bool = False


def _pci(kind: str, models: Mapping[str, str]) -> Callable[[Guest], Seen]:
    """Look for a PCI device in the guest.

    Args:
        kind: Its class and sub-class, or the first two digits of them.
        models: The property's value by the device's vendor and device id.
    """

    def look(guest: Guest) -> Seen:
        for device in guest.report.pci_devices:
            if device.kind.startswith(kind) and device.id in models:
                return Seen(models[device.id], f"guest: PCI {device.id}")
        return Seen(None, "guest: no PCI device")

    return look


def _domain(
    image_property: str,
    path: str,
    attribute: str,
    words: Mapping[str, str] | None = None,
) -> Check:
    """Look at an attribute in libvirt's description of the guest.

    Args:
        image_property: The property that it shows.
        path: Of its element, from ``<domain>`` on.
        attribute: Its name.
        words: The property's value for libvirt's, where they differ.
    """
    element = re.sub(r"^\w+/|\[.*?\]", "", path)

    def look(guest: Guest) -> Seen:
        if guest.domain is None:
            return Seen(None, "domain: not to be asked")
        value = guest.domain.attribute(path, attribute)
        if words is not None and value is not None:
            value = words.get(value, value)
        return Seen(value, f"domain: {element} {attribute}")

    return Check(image_property, look, needs_domain=True)


def _cpus(count: Callable[[GuestReport], int]) -> Callable[[Guest], Seen]:
    return lambda guest: Seen(str(count(guest.report)), "guest: CPU topology")


def _command_line(guest: Guest) -> Seen:
    return Seen(guest.report.command_line, "guest: /proc/cmdline")


def _machine_type(guest: Guest) -> Seen:
    # QEMU writes the machine's versioned name there; Nova, which puts its
    # own name into the rest of DMI, leaves it alone.
    version = guest.report.dmi["chassis_version"]
    families = {"pc-i440fx": "pc", "pc-q35": "q35"}
    family = version.rpartition("-")[0]
    return Seen(families.get(family, version), f"guest: DMI {version}")


def _numa_nodes(guest: Guest) -> Seen:
    # A kernel without that table makes up one node for the whole machine.
    if "SRAT" not in guest.report.acpi_tables:
        return Seen(None, "guest: no ACPI SRAT")
    return Seen(str(len(guest.report.numa_nodes)), "guest: ACPI SRAT")


def _guest_agent(guest: Guest) -> Seen:
    # The channel on which the hypervisor would talk to an agent.
    if "org.qemu.guest_agent.0" not in guest.report.ports:
        return Seen(None, "guest: no virtio port")
    return Seen("true", "guest: virtio port")


def _hpet(guest: Guest) -> Seen:
    value = "true" if "HPET" in guest.report.acpi_tables else None
    return Seen(value, "guest: ACPI HPET")


def _firmware(guest: Guest) -> Seen:
    return Seen(guest.report.firmware, "guest: /sys/firmware/efi")


def _tpm_version(guest: Guest) -> Seen:
    # ACPI tells of it even where the guest's kernel has no TPM driver.
    for table, version in (("TPM2", "2.0"), ("TCPA", "1.2")):
        if table in guest.report.acpi_tables:
            return Seen(version, f"guest: ACPI {table}")
    return Seen(None, "guest: no ACPI table of a TPM")


# Vendor and device of QEMU's devices, from pci.ids. A virtio device has
# two: one on PCI (transitional), one on PCI Express.
_VIF_MODELS: Final = {
    "1af4:1000": "virtio",
    "1af4:1041": "virtio",
    "8086:100e": "e1000",
    "8086:10d3": "e1000e",
    "8086:10c9": "igb",
    "10ec:8139": "rtl8139",
    "10ec:8029": "ne2k_pci",
    "1022:2000": "pcnet",
}
_SCSI_MODELS: Final = {
    "1af4:1004": "virtio-scsi",
    "1af4:1048": "virtio-scsi",
    "1000:0012": "lsilogic",
    "1000:0060": "lsisas1078",
    "15ad:07c0": "vmpvscsi",
}
_VIDEO_MODELS: Final = {
    "1234:1111": "vga",
    "1013:00b8": "cirrus",
    "1b36:0100": "qxl",
    "1af4:1050": "virtio",
    "15ad:0405": "vmvga",
}
_SOUND_MODELS: Final = {
    "8086:2668": "ich6",
    "8086:293e": "ich9",
    "8086:2415": "ac97",
    "1274:5000": "es1370",
}
_RNG_MODELS: Final = {"1af4:1005": "virtio", "1af4:1044": "virtio"}

# libvirt's words.
_YES_OR_NO: Final = {"yes": "true", "no": "false"}
_ON_OR_OFF: Final = {"on": "true", "off": "false"}

CHECKS: Final = (
    Check("os_command_line", _command_line),
    Check("hw_machine_type", _machine_type),
    Check("hw_cpu_sockets", _cpus(lambda report: report.cpu_sockets)),
    Check("hw_cpu_cores", _cpus(lambda report: report.cpu_cores)),
    Check("hw_cpu_threads", _cpus(lambda report: report.cpu_threads)),
    Check("hw_numa_nodes", _numa_nodes),
    _domain("hw_disk_bus", "devices/disk[@device='disk']/target", "bus"),
    Check("hw_scsi_model", _pci("0100", _SCSI_MODELS)),
    Check("hw_vif_model", _pci("0200", _VIF_MODELS)),
    Check("hw_video_model", _pci("03", _VIDEO_MODELS)),
    Check("hw_sound_model", _pci("04", _SOUND_MODELS)),
    Check("hw_rng_model", _pci("00", _RNG_MODELS)),
    Check("hw_time_hpet", _hpet),
    Check("hw_firmware_type", _firmware),
    Check("hw_tpm_version", _tpm_version),
    _domain("hw_tpm_model", "devices/tpm", "model"),
    _domain("hw_input_bus", "devices/input[@type='tablet']", "bus"),
    _domain("hw_watchdog_action", "devices/watchdog", "action"),
    Check("hw_qemu_guest_agent", _guest_agent),
    _domain("hw_boot_menu", "os/bootmenu", "enable", _YES_OR_NO),
    _domain(
        "img_hide_hypervisor_id", "features/kvm/hidden", "state", _ON_OR_OFF
    ),
    _domain(
        "hw_virtio_packed_ring",
        "devices/interface/driver",
        "packed",
        _ON_OR_OFF,
    ),
    _domain("hw_mem_page_size", "memoryBacking/hugepages/page", "size"),
)
