# SPDX-License-Identifier: Apache-2.0
"""Where to look, for each image property, at what a guest really has.

`CHECKS` is the table: a further property needs a row in it. What a row
finds comes from the guest's own report or from libvirt, never from Nova.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from image_props_override.tempest_plugin.guest import pci_models, spellings
from image_props_override.tempest_plugin.guest.domain import Domain
from image_props_override.tempest_plugin.guest.report import GuestReport

_TEXT: Final = spellings.text()
_NO_LIBVIRT: Final = "domain: no libvirt URI is configured"


@dataclass(frozen=True)
class Guest:
    """A running guest: what it says of itself, and libvirt of it.

    `domain` is None where nobody may ask libvirt. `server_id` is for who
    reads of the guest; it may be left out.
    """

    report: GuestReport
    domain: Domain | None
    server_id: str = ""


@dataclass(frozen=True)
class Seen:
    """A property's value as the guest has it; None where it has none.

    Attributes:
        value: The value, in the property's words.
        where: Tells the reader of a table where that was seen.
        exact: What the guest itself calls that, if it is more exact.
        told: Whether it is known at all; if not, `where` says why.
    """

    value: str | None
    where: str
    exact: str | None = None
    told: bool = True


@dataclass(frozen=True)
class Check:
    """How to see one image property in a guest.

    Attributes:
        image_property: Its name.
        look: Finds what a guest has.
        shows: How a value of the property is seen; LookupError if nothing
            here knows that.
        needs_domain: Whether a guest cannot show it, only libvirt can.
    """

    image_property: str
    look: Callable[[Guest], Seen]
    shows: spellings.Shows = _TEXT
    needs_domain: bool = False


def look_at(guest: Guest, image_property: str) -> Seen:
    """Return a property's value as a guest has it."""
    check = _CHECKS_BY_PROPERTY.get(image_property)
    if check is None:
        return Seen(None, f"nothing shows {image_property}", told=False)
    return check.look(guest)


def same(image_property: str, wanted: str | None, seen: Seen) -> bool | None:
    """Return whether what was seen is a value; None if that is unknown.

    However the value is spelled: a boolean may be ``yes``, a machine type
    have its version or not, and some values show by nothing being there.

    Args:
        image_property: Whose value.
        wanted: The value; None for no such device or setting.
        seen: What there is to be seen.
    """
    if not seen.told:
        return None
    if wanted == seen.value:
        return True
    if wanted is not None and seen.exact is not None:
        return spellings.same_machine(wanted, seen.exact)
    shows = _CHECKS_BY_PROPERTY[image_property].shows
    try:
        expected, value = (
            None if each is None else shows(each)
            for each in (wanted, seen.value)
        )
    except LookupError:
        return None
    return expected == value


def _pci(
    image_property: str, models: Mapping[str, str], absent: str = ""
) -> Check:
    """Look for a PCI device in the guest.

    Args:
        image_property: The property that it shows.
        models: The property's value by the device's class and id.
        absent: The value that asks for no such device.
    """

    def look(guest: Guest) -> Seen:
        for device in guest.report.pci_devices:
            model = models.get(f"{device.kind} {device.id}")
            if model is not None:
                return Seen(model, f"guest: PCI {device.id}")
        return Seen(None, "guest: no PCI device")

    return Check(
        image_property, look, spellings.one_of(models.values(), absent)
    )


def _domain(
    image_property: str,
    path: str,
    attribute: str,
    shows: spellings.Shows = _TEXT,
    words: Mapping[str, str] | None = None,
) -> Check:
    """Look at an attribute in libvirt's description of the guest.

    Args:
        image_property: The property that it shows.
        path: Of its element, from ``<domain>`` on.
        attribute: Its name.
        shows: How a value of the property is seen.
        words: The property's value for libvirt's, where they differ.
    """
    element = re.sub(r"^\w+/|\[.*?\]", "", path)

    def look(guest: Guest) -> Seen:
        if guest.domain is None:
            return Seen(None, _NO_LIBVIRT, told=False)
        value = guest.domain.attribute(path, attribute)
        if words is not None and value is not None:
            value = words.get(value, value)
        return Seen(value, f"domain: {element} {attribute}")

    return Check(image_property, look, shows, needs_domain=True)


def _cpus(count: Callable[[GuestReport], int]) -> Callable[[Guest], Seen]:
    return lambda guest: Seen(str(count(guest.report)), "guest: CPU topology")


def _command_line(guest: Guest) -> Seen:
    text = guest.report.command_line
    if guest.report.firmware == "uefi":
        # UEFI hands the kernel its ramdisk that way.
        text = text.removesuffix(" initrd=initrd")
    return Seen(text, "guest: /proc/cmdline")


def _machine_type(guest: Guest) -> Seen:
    # QEMU writes the machine's versioned name there; Nova, which puts its
    # own name into the rest of DMI, leaves it alone.
    name = guest.report.dmi.get("chassis_version")
    if not name:
        return Seen(None, "guest: no DMI", told=False)
    family = spellings.machine_family(name)
    return Seen(family, f"guest: DMI {name}", exact=name)


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
    _pci("hw_scsi_model", pci_models.SCSI_MODELS),
    _pci("hw_vif_model", pci_models.VIF_MODELS),
    _pci("hw_video_model", pci_models.VIDEO_MODELS, absent="none"),
    _pci("hw_sound_model", pci_models.SOUND_MODELS),
    Check("hw_time_hpet", _hpet, spellings.boolean),
    Check("hw_firmware_type", _firmware),
    Check("hw_tpm_version", _tpm_version),
    _domain("hw_tpm_model", "devices/tpm", "model"),
    _domain("hw_input_bus", "devices/input[@type='tablet']", "bus"),
    _domain(
        "hw_watchdog_action",
        # libvirt adds that one to each q35 by itself.
        "devices/watchdog[@model!='itco']",
        "action",
        spellings.text(absent="disabled"),
    ),
    Check("hw_qemu_guest_agent", _guest_agent, spellings.boolean),
    _domain(
        "hw_boot_menu",
        "os/bootmenu",
        "enable",
        spellings.boolean,
        _YES_OR_NO,
    ),
    _domain(
        "img_hide_hypervisor_id",
        "features/kvm/hidden",
        "state",
        spellings.boolean,
        _ON_OR_OFF,
    ),
    _domain(
        "hw_virtio_packed_ring",
        "devices/interface/driver",
        "packed",
        spellings.boolean,
        _ON_OR_OFF,
    ),
    _domain(
        "hw_mem_page_size",
        "memoryBacking/hugepages/page",
        "size",
        spellings.page_size,
    ),
)

_CHECKS_BY_PROPERTY: Final = {check.image_property: check for check in CHECKS}
