# SPDX-License-Identifier: Apache-2.0
"""What Nova's field types do not have: class, description and bounds.

Data, one row for each field of ``ImageMetaProps`` in any supported release,
and for the few properties that Nova reads although they are no fields.
Names, kinds and legal values come from the installed Nova. A contract test
fails when Nova has a field that has no row here.
"""

from __future__ import annotations

from dataclasses import dataclass

from image_props_override.core.properties.definition import (
    PropertyClass,
    PropertyKind,
    TakesEffect,
)

_GUEST = PropertyClass.GUEST
_PLACEMENT = PropertyClass.PLACEMENT
_SECURITY = PropertyClass.SECURITY
_NO_EFFECT = PropertyClass.NO_EFFECT

_MOVE = TakesEffect.MOVE
_NEVER = TakesEffect.NEVER


@dataclass(frozen=True)
class PropertyFacts:
    """What people know of a property and its type does not say.

    Attributes:
        property_class: What overriding it means.
        description: One line for people.
        minimum: For integers, the least value, or None.
        maximum: For integers, the greatest value, or None.
        kind: For what Nova types as text or as a list and reads by a
            grammar: the form of its value.
        no_effect: For the class of that name: why Nova does not read it at
            boot, and what to do instead.
        takes_effect: When a change for a stopped server takes effect.
        legacy_words: For an enum, words in lower case that some Nova reads as
            one of its values; which, and whether it does, its field says.
    """

    property_class: PropertyClass
    description: str
    minimum: int | None = None
    maximum: int | None = None
    kind: PropertyKind | None = None
    no_effect: str = ""
    takes_effect: TakesEffect = TakesEffect.NEXT_START
    legacy_words: tuple[str, ...] = ()


_XEN_ALONE = (
    "only the Xen driver read it, and Nova no longer has that "
    "driver; leave it out"
)
_RESCUE_IMAGE = "Nova reads it from the rescue image; set it on that image"
_SIGNATURE = (
    "Nova verifies an image by the signature in Glance; set it on the image"
)
_BLOCK_DEVICES = (
    "Nova reads it from the image alone, under its legacy name; give "
    "block_device_mapping_v2 of the server instead"
)

# nova.objects.fields: Architecture, HVType, SCSIModel, VMMode.
_ARCHITECTURES = ("amd64", "i386", "i486", "i586", "x86_32", "x86_32p")
_HYPERVISORS = ("xapi",)
_SCSI_MODELS = ("lsilogicsas", "paravirtual")
_VM_MODES = ("baremetal", "hv", "pv")

# What Nova reads although it is no field of ImageMetaProps:
# nova.compute.api.API._handle_kernel_and_ramdisk, from an image's properties,
# and nova.compute.manager.ComputeManager._get_power_off_values, from system
# metadata. A contract test looks for others.
NO_FIELDS = ("kernel_id", "os_shutdown_timeout", "ramdisk_id")

# Sources of the bounds: hw_cpu_*, nova.virt.hardware (a topology of zero
# sockets, cores or threads means "unset", so it would be ignored);
# hw_numa_nodes, ImageMetaProps.NUMA_NODES_MAX; hw_redirected_usb_ports,
# nova.virt.hardware.get_redirected_usb_ports; hw_serial_port_count,
# nova.virt.libvirt.driver.ALLOWED_QEMU_SERIAL_PORTS; img_compression_level,
# the comment at its field; hw_maxphysaddr_bits, the width of a register.
FACTS = {
    "hw_architecture": PropertyFacts(
        _PLACEMENT,
        "CPU architecture that the guest needs; the scheduler chooses hosts "
        "by it",
        takes_effect=_MOVE,
        legacy_words=_ARCHITECTURES,
    ),
    "hw_auto_disk_config": PropertyFacts(
        _NO_EFFECT,
        "Resizing of the root file system",
        no_effect=(
            "Nova reads it from the image alone, under its legacy name; set "
            "OS-DCF:diskConfig on the server instead"
        ),
    ),
    "hw_boot_menu": PropertyFacts(
        _GUEST, "Show the firmware's boot menu at start"
    ),
    "hw_cdrom_bus": PropertyFacts(_GUEST, "Bus of CD-ROM drives"),
    "hw_cpu_cores": PropertyFacts(
        _GUEST, "Preferred cores of each CPU socket", minimum=1
    ),
    "hw_cpu_max_cores": PropertyFacts(
        _GUEST, "Maximum number of cores in each CPU socket", minimum=1
    ),
    "hw_cpu_max_sockets": PropertyFacts(
        _GUEST, ("Maximum number of CPU sockets"), minimum=1
    ),
    "hw_cpu_max_threads": PropertyFacts(
        _GUEST, "Maximum number of threads in each CPU core", minimum=1
    ),
    "hw_cpu_policy": PropertyFacts(
        _PLACEMENT,
        "Whether guest CPUs are pinned to host CPUs of their own",
        takes_effect=_MOVE,
    ),
    "hw_cpu_realtime_mask": PropertyFacts(
        _PLACEMENT,
        "Guest CPUs that run with real-time priority, like ^0-1",
        kind=PropertyKind.CPU_MASK,
        takes_effect=_MOVE,
    ),
    "hw_cpu_sockets": PropertyFacts(
        _GUEST, "Preferred CPU sockets", minimum=1
    ),
    "hw_cpu_thread_policy": PropertyFacts(
        _PLACEMENT,
        "How pinned guest CPUs use the threads of host cores",
        takes_effect=_MOVE,
    ),
    "hw_cpu_threads": PropertyFacts(
        _GUEST, "Preferred threads of each CPU core", minimum=1
    ),
    "hw_device_id": PropertyFacts(
        _NO_EFFECT,
        "Version of the Xen guest tools' interface",
        no_effect=_XEN_ALONE,
    ),
    "hw_disk_bus": PropertyFacts(_GUEST, "Bus of disks"),
    "hw_disk_type": PropertyFacts(
        _PLACEMENT, "Allocation of disks on VMware", takes_effect=_NEVER
    ),
    "hw_emulation_architecture": PropertyFacts(
        _SECURITY,
        "CPU architecture to emulate on a host of another one",
        takes_effect=_MOVE,
        legacy_words=_ARCHITECTURES,
    ),
    "hw_ephemeral_encryption": PropertyFacts(
        _SECURITY, "Encrypt the server's local disks", takes_effect=_NEVER
    ),
    "hw_ephemeral_encryption_format": PropertyFacts(
        _SECURITY,
        "Format of the encryption of local disks",
        takes_effect=_NEVER,
    ),
    "hw_ephemeral_encryption_secret_uuid": PropertyFacts(
        _NO_EFFECT,
        "Secret of an encrypted image",
        no_effect=(
            "Nova does not read secrets from image properties; leave it out"
        ),
    ),
    "hw_firmware_stateless": PropertyFacts(
        _SECURITY, "Keep no UEFI variables between boots"
    ),
    "hw_firmware_type": PropertyFacts(_SECURITY, "Firmware of the guest"),
    "hw_floppy_bus": PropertyFacts(_GUEST, "Bus of floppy drives"),
    "hw_input_bus": PropertyFacts(_GUEST, "Bus of keyboard and pointer"),
    "hw_ipxe_boot": PropertyFacts(
        _NO_EFFECT,
        "Boot over the network on Xen",
        no_effect=(
            "only the Xen driver read it, and Nova no longer has that "
            "driver; to boot over the network, boot an image of iPXE"
        ),
    ),
    "hw_locked_memory": PropertyFacts(
        _PLACEMENT,
        "Lock the guest's memory, so that the host never swaps it",
        takes_effect=_MOVE,
    ),
    "hw_machine_type": PropertyFacts(
        _PLACEMENT, "Machine that QEMU emulates, like pc or q35"
    ),
    "hw_maxphysaddr_bits": PropertyFacts(
        _PLACEMENT,
        "Bits of the guest's physical addresses, in emulate mode",
        minimum=1,
        maximum=64,
        takes_effect=_MOVE,
    ),
    "hw_maxphysaddr_mode": PropertyFacts(
        _PLACEMENT,
        "Where the size of the guest's physical addresses comes from",
        takes_effect=_MOVE,
    ),
    "hw_mem_encryption": PropertyFacts(
        _SECURITY, "Encrypt the guest's memory", takes_effect=_MOVE
    ),
    "hw_mem_encryption_model": PropertyFacts(
        _SECURITY,
        "Hardware feature that encrypts the guest's memory",
        takes_effect=_MOVE,
    ),
    "hw_mem_page_size": PropertyFacts(
        _PLACEMENT,
        "Size of the pages that back the guest's memory",
        kind=PropertyKind.PAGE_SIZE,
        takes_effect=_MOVE,
    ),
    "hw_numa_cpus": PropertyFacts(
        _PLACEMENT,
        "CPUs of each guest NUMA node, one property for each node",
        kind=PropertyKind.CPU_SET_LIST,
        takes_effect=_MOVE,
    ),
    "hw_numa_mem": PropertyFacts(
        _PLACEMENT,
        "Memory of each guest NUMA node in MiB, one property for each node",
        minimum=1,
        kind=PropertyKind.INTEGER_LIST,
        takes_effect=_MOVE,
    ),
    "hw_numa_nodes": PropertyFacts(
        _PLACEMENT,
        "Number of guest NUMA nodes",
        minimum=1,
        maximum=128,
        takes_effect=_MOVE,
    ),
    "hw_pci_numa_affinity_policy": PropertyFacts(
        _PLACEMENT,
        "How near to its PCI devices the guest must run",
        takes_effect=_NEVER,
    ),
    "hw_pmu": PropertyFacts(
        _PLACEMENT, "Give the guest a virtual performance monitoring unit"
    ),
    "hw_pointer_model": PropertyFacts(_GUEST, "Model of the pointer device"),
    "hw_qemu_guest_agent": PropertyFacts(
        _GUEST, "Give the guest a channel for the QEMU guest agent"
    ),
    "hw_redirected_usb_ports": PropertyFacts(
        _PLACEMENT,
        "USB ports that can be redirected over SPICE",
        minimum=0,
        maximum=15,
    ),
    "hw_rescue_bus": PropertyFacts(
        _NO_EFFECT,
        "Bus of the rescue disk",
        no_effect=_RESCUE_IMAGE,
    ),
    "hw_rescue_device": PropertyFacts(
        _NO_EFFECT,
        "Kind of the rescue disk",
        no_effect=_RESCUE_IMAGE,
    ),
    "hw_rng_model": PropertyFacts(
        _NO_EFFECT,
        "Model of the random number generator",
        no_effect=(
            "Nova gives every guest a virtio random number generator unless "
            "the flavor says hw_rng:allowed=false; leave it out"
        ),
    ),
    "hw_scsi_model": PropertyFacts(
        _GUEST, "Model of the SCSI controller", legacy_words=_SCSI_MODELS
    ),
    "hw_serial_port_count": PropertyFacts(
        _PLACEMENT, "Number of serial ports", minimum=1, maximum=3
    ),
    "hw_sound_model": PropertyFacts(_PLACEMENT, "Model of the sound device"),
    "hw_time_hpet": PropertyFacts(
        _GUEST, "Give the guest a high precision event timer"
    ),
    "hw_tpm_model": PropertyFacts(
        _SECURITY, "Model of the emulated TPM", takes_effect=_MOVE
    ),
    "hw_tpm_version": PropertyFacts(
        _SECURITY, "Version of the emulated TPM", takes_effect=_MOVE
    ),
    "hw_usb_model": PropertyFacts(_PLACEMENT, "Model of the USB controller"),
    "hw_vif_model": PropertyFacts(_PLACEMENT, "Model of network interfaces"),
    "hw_vif_multiqueue_enabled": PropertyFacts(
        _PLACEMENT, "Give virtio network interfaces one queue for each CPU"
    ),
    "hw_video_model": PropertyFacts(_PLACEMENT, "Model of the video device"),
    "hw_video_ram": PropertyFacts(
        _PLACEMENT,
        "Memory of the video device in MiB; the flavor sets the maximum",
        minimum=0,
    ),
    "hw_viommu_model": PropertyFacts(_PLACEMENT, "Model of the guest's IOMMU"),
    "hw_virtio_packed_ring": PropertyFacts(
        _PLACEMENT, "Use packed rings for virtio devices"
    ),
    "hw_vm_mode": PropertyFacts(
        _PLACEMENT,
        "Interface between guest and hypervisor; the scheduler chooses "
        "hosts by it",
        takes_effect=_MOVE,
        legacy_words=_VM_MODES,
    ),
    "hw_watchdog_action": PropertyFacts(
        _GUEST, "What happens when the guest's watchdog fires"
    ),
    "img_bdm_v2": PropertyFacts(
        _NO_EFFECT,
        "Format of the image's block device mapping",
        no_effect=_BLOCK_DEVICES,
    ),
    "img_bittorrent": PropertyFacts(
        _NO_EFFECT,
        "Fetch the image over BitTorrent",
        no_effect=_XEN_ALONE,
    ),
    "img_block_device_mapping": PropertyFacts(
        _NO_EFFECT,
        "Block devices of a snapshot",
        no_effect=_BLOCK_DEVICES,
    ),
    "img_cache_in_nova": PropertyFacts(
        _NO_EFFECT,
        "Cache the image on Xen hosts",
        no_effect=_XEN_ALONE,
    ),
    "img_compression_level": PropertyFacts(
        _NO_EFFECT,
        "Compression of snapshots on Xen",
        minimum=1,
        maximum=9,
        no_effect=_XEN_ALONE,
    ),
    "img_config_drive": PropertyFacts(
        _GUEST, "Whether the guest needs a config drive", takes_effect=_NEVER
    ),
    "img_hide_hypervisor_id": PropertyFacts(
        _PLACEMENT, "Hide from the guest that it runs on KVM"
    ),
    "img_hv_requested_version": PropertyFacts(
        _PLACEMENT,
        "Hypervisor versions that can run the guest, like >=2.6",
        takes_effect=_MOVE,
    ),
    "img_hv_type": PropertyFacts(
        _PLACEMENT,
        "Hypervisor that the guest needs; hosts are chosen by it",
        takes_effect=_MOVE,
        legacy_words=_HYPERVISORS,
    ),
    "img_linked_clone": PropertyFacts(
        _PLACEMENT,
        "Make the disk a linked clone on VMware",
        takes_effect=_NEVER,
    ),
    "img_mappings": PropertyFacts(
        _NO_EFFECT,
        "Names of the image's devices",
        no_effect=_BLOCK_DEVICES,
    ),
    "img_owner_id": PropertyFacts(
        _NO_EFFECT,
        "Project that uploaded the image",
        no_effect="it says nothing about a server; leave it out",
    ),
    "img_root_device_name": PropertyFacts(
        _NO_EFFECT,
        "Name of the root device",
        no_effect=(
            "the virt driver names the root device by its bus; override "
            "hw_disk_bus instead"
        ),
    ),
    "img_signature": PropertyFacts(
        _NO_EFFECT,
        "Signature of the image",
        no_effect=_SIGNATURE,
    ),
    "img_signature_certificate_uuid": PropertyFacts(
        _NO_EFFECT,
        "Certificate of the image's signature",
        no_effect=_SIGNATURE,
    ),
    "img_signature_hash_method": PropertyFacts(
        _NO_EFFECT,
        "Hash of the image's signature",
        no_effect=_SIGNATURE,
    ),
    "img_signature_key_type": PropertyFacts(
        _NO_EFFECT,
        "Key type of the image's signature",
        no_effect=_SIGNATURE,
    ),
    "img_use_agent": PropertyFacts(
        _NO_EFFECT,
        "Talk to an agent in the guest on Xen",
        no_effect=_XEN_ALONE,
    ),
    "img_version": PropertyFacts(
        _NO_EFFECT,
        "Version of the image's format on VMware",
        no_effect="no virt driver reads it; leave it out",
    ),
    "kernel_id": PropertyFacts(
        _GUEST,
        "Image of the kernel that the guest boots instead of its disk",
        kind=PropertyKind.IMAGE,
    ),
    "os_admin_user": PropertyFacts(
        _GUEST,
        "Name of the guest's administrator, whose password Nova can set",
    ),
    "os_command_line": PropertyFacts(
        _GUEST,
        "Kernel command line; only for images with a kernel of their own",
    ),
    "os_distro": PropertyFacts(
        _SECURITY,
        "Distribution in the guest; also a key that keeps licences apart",
    ),
    "os_require_quiesce": PropertyFacts(
        _GUEST,
        "Refuse snapshots unless the guest's file systems can be frozen",
    ),
    "os_secure_boot": PropertyFacts(
        _SECURITY, "Whether the guest boots with UEFI secure boot"
    ),
    "os_shutdown_timeout": PropertyFacts(
        _GUEST,
        "Seconds that the guest has to power off before Nova forces it off",
        minimum=0,
        kind=PropertyKind.INTEGER,
    ),
    "os_skip_agent_inject_files_at_boot": PropertyFacts(
        _NO_EFFECT,
        "Do not inject files through an agent on Xen",
        no_effect=_XEN_ALONE,
    ),
    "os_skip_agent_inject_ssh": PropertyFacts(
        _NO_EFFECT,
        "Do not inject SSH keys through an agent on Xen",
        no_effect=_XEN_ALONE,
    ),
    "os_type": PropertyFacts(
        _SECURITY,
        "Family of the guest's operating system; also a key that keeps "
        "licences apart",
    ),
    "ramdisk_id": PropertyFacts(
        _GUEST,
        "Image of the initial RAM disk; only together with a kernel",
        kind=PropertyKind.IMAGE,
    ),
    "traits_required": PropertyFacts(
        _SECURITY,
        "Traits that the host must have, each written trait:NAME=required",
        kind=PropertyKind.TRAIT_LIST,
        takes_effect=_MOVE,
    ),
}
