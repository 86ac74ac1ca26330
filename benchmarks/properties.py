# SPDX-License-Identifier: Apache-2.0
"""Image properties that are overridden together, and what an image has."""

from __future__ import annotations

from typing import Final

_OTHERS: Final = {
    "hw_architecture": "x86_64",
    "hw_cpu_cores": "1",
    "hw_cpu_max_cores": "1",
    "hw_cpu_sockets": "1",
    "hw_cpu_threads": "1",
    "hw_disk_type": "thin",
    "hw_floppy_bus": "fdc",
    "hw_maxphysaddr_bits": "42",
    "hw_maxphysaddr_mode": "emulate",
    "hw_pci_numa_affinity_policy": "required",
    "hw_redirected_usb_ports": "1",
    "hw_sound_model": "sb16",
    "hw_vif_multiqueue_enabled": "true",
    "hw_viommu_model": "intel",
    "hw_vm_mode": "hvm",
    "img_linked_clone": "true",
    "os_admin_user": "root",
    "os_command_line": "console=ttyS0",
    "os_require_quiesce": "true",
}
TWENTY: Final = {
    "hw_boot_menu": "true",
    "hw_cdrom_bus": "sata",
    "hw_cpu_max_sockets": "4",
    "hw_cpu_max_threads": "1",
    "hw_disk_bus": "virtio",
    "hw_firmware_type": "bios",
    "hw_input_bus": "usb",
    "hw_machine_type": "q35",
    "hw_pmu": "false",
    "hw_pointer_model": "usbtablet",
    "hw_qemu_guest_agent": "true",
    "hw_scsi_model": "virtio-scsi",
    "hw_serial_port_count": "1",
    "hw_time_hpet": "false",
    "hw_video_model": "virtio",
    "hw_vif_model": "virtio",
    "hw_watchdog_action": "poweroff",
    "os_distro": "debian",
    "os_shutdown_timeout": "60",
    "os_type": "linux",
}
ONE: Final = {"hw_machine_type": "q35"}
# About as many as one request can have: others contradict these, or need a
# host that the fake driver is not.
ALL: Final = {**TWENTY, **_OTHERS}
