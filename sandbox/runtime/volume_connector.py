# SPDX-License-Identifier: Apache-2.0
"""Nova's description of its host to Cinder, with nothing asked of the host."""

from typing import Any

from nova.conf import CONF
from nova.virt.libvirt import driver


def describe_host_only() -> None:
    """Tell Cinder where volumes are attached, and of no way to connect any.

    The sandbox's volumes are files. os-brick would look for iSCSI, Fibre
    Channel and NVMe with programs that this machine may lack, through a
    helper daemon started with sudo, and may write files into ``/etc/nvme``.
    """
    driver.LibvirtDriver.get_volume_connector = _host


def _host(_driver: Any, _instance: Any) -> dict[str, Any]:
    return {
        "host": CONF.host,
        "ip": CONF.my_block_storage_ip,
        "multipath": False,
    }
