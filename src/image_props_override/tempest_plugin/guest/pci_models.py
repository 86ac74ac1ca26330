# SPDX-License-Identifier: Apache-2.0
"""Which image property's value a guest's PCI device stands for.

Class and sub-class of the device, then vendor and device id, as pci.ids and
QEMU's sources have them. A virtio device has two ids: one on PCI
(transitional), one on PCI Express.
"""

from typing import Final

VIF_MODELS: Final = {
    "0200 1af4:1000": "virtio",
    "0200 1af4:1041": "virtio",
    "0200 8086:100e": "e1000",
    "0200 8086:10d3": "e1000e",
    "0200 8086:10c9": "igb",
    "0200 10ec:8139": "rtl8139",
    "0200 10ec:8029": "ne2k_pci",
    "0200 1022:2000": "pcnet",
    "0200 15ad:07b0": "vmxnet3",
}
SCSI_MODELS: Final = {
    "0100 1af4:1004": "virtio-scsi",
    "0100 1af4:1048": "virtio-scsi",
    "0100 1000:0012": "lsilogic",
    "0100 1000:0054": "lsisas1068",
    "0104 1000:0060": "lsisas1078",
    "0100 15ad:07c0": "vmpvscsi",
}
VIDEO_MODELS: Final = {
    "0300 1234:1111": "vga",
    # The same device without VGA's registers.
    "0380 1234:1111": "bochs",
    "0300 1013:00b8": "cirrus",
    "0300 1b36:0100": "qxl",
    "0300 1af4:1050": "virtio",
    "0380 1af4:1050": "virtio",
    "0300 15ad:0405": "vmvga",
}
SOUND_MODELS: Final = {
    "0403 8086:2668": "ich6",
    "0403 8086:293e": "ich9",
    "0401 8086:2415": "ac97",
    "0401 1274:5000": "es1370",
}
