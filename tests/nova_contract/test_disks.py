# SPDX-License-Identifier: Apache-2.0
"""Disks get the names that libvirt's driver would give them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nova import exception
from nova.conf import CONF
from nova.objects import fields
from nova.virt.libvirt import blockinfo

from image_props_override.nova_plugin.nova_privates import disks


@pytest.fixture(autouse=True)
def options_as_before() -> Iterator[None]:
    """Undoes what a test overrides."""
    yield
    CONF.clear_override("disk_prefix", group="libvirt")
    CONF.clear_override("max_disk_devices_to_attach", group="compute")


def name_by_driver(bus: str, taken: list[str]) -> str | None:
    """Return what the driver says, with what it raises as None."""
    try:
        name = blockinfo.find_disk_dev_for_disk_bus(
            {}, bus, [each.removeprefix("/dev/") for each in taken]
        )
    except exception.NovaException:
        return None
    return f"/dev/{name}" if name else None


@pytest.mark.parametrize("taken_count", [0, 1, 3, 4, 5, 30])
@pytest.mark.parametrize("most", [-1, 4, 26])
@pytest.mark.parametrize("prefix", [None, "xyz"])
@pytest.mark.parametrize("bus", fields.DiskBus.ALL)
def test_first_name(
    bus: str, prefix: str | None, most: int, taken_count: int
) -> None:
    """On each bus, with some or all names taken, whatever is configured."""
    CONF.set_override("disk_prefix", prefix, group="libvirt")
    CONF.set_override("max_disk_devices_to_attach", most, group="compute")
    taken: list[str] = []
    for _ in range(taken_count):
        name = name_by_driver(bus, taken)
        if name is None:
            break
        taken.append(name)
    # A gap is filled first.
    for names in (taken, taken[:1] + taken[2:], ["/dev/other", *taken]):
        assert disks.first_name(bus, names) == name_by_driver(bus, names)
