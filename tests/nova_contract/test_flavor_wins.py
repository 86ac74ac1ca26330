# SPDX-License-Identifier: Apache-2.0
"""Where the flavor wins over the image in silence, as Nova itself decides."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from nova import exception, objects
from nova.conf import CONF
from nova.virt import hardware
from nova.virt.libvirt import config as libvirt_config
from nova.virt.libvirt.driver import LibvirtDriver

from image_props_override.core.boot.flavor_wins import FLAVOR_WINS, FlavorWin
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

CATALOGUE = catalogue_from_nova()


def maxphysaddr_bits(flavor: Any, image: Any) -> Any:
    """Return the address bits of the guest's CPU."""
    image.properties.hw_maxphysaddr_mode = "emulate"
    return LibvirtDriver._get_guest_cpu_config_maxphysaddr(
        mock.Mock(), flavor, image
    ).bits


def viommu_model(flavor: Any, image: Any) -> Any:
    """Return the model of the guest's IOMMU, on a host that has them all."""
    guest = mock.Mock(os_mach_type="pc-q35-7.2")
    return LibvirtDriver._get_iommu_model(mock.Mock(), guest, image, flavor)


def hides_hypervisor(flavor: Any, image: Any) -> Any:
    """Return whether the guest is kept from seeing that it is one."""
    host = mock.Mock()
    host._check_emulation_arch.return_value = "x86_64"
    guest = libvirt_config.LibvirtConfigGuest()
    LibvirtDriver._set_features(host, guest, "linux", image, flavor)
    return any(
        isinstance(feature, libvirt_config.LibvirtConfigGuestFeatureKvmHidden)
        for feature in guest.features
    )


NOVA_DECIDES: dict[str, Callable[[Any, Any], Any]] = {
    "hw_cpu_policy": hardware.get_cpu_policy_constraint,
    "hw_cpu_thread_policy": hardware.get_cpu_thread_policy_constraint,
    "hw_maxphysaddr_bits": maxphysaddr_bits,
    "hw_viommu_model": viommu_model,
    "img_hide_hypervisor_id": hides_hypervisor,
}

# Of values that are not listed one by one.
SAMPLES = {
    "hw_maxphysaddr_bits": ("40", "48"),
    "hw_viommu_model": ("smmuv3", "intel", "virtio"),
    "img_hide_hypervisor_id": ("true", "false"),
}


def ask(win: FlavorWin, flavor_value: str | None, image_value: str) -> Any:
    """Return what Nova makes of a flavor and an image."""
    flavor = objects.Flavor(
        name="x",
        vcpus=2,
        extra_specs={win.extra_spec: flavor_value} if flavor_value else {},
    )
    image = objects.ImageMeta.from_dict(
        {"name": "x", "properties": {win.image_property: image_value}}
    )
    return NOVA_DECIDES[win.image_property](flavor, image)


def pairs() -> list[tuple[FlavorWin, str, str]]:
    """Return each row with each pair of values that it could be about."""
    found = []
    for win in FLAVOR_WINS:
        values = SAMPLES.get(
            win.image_property,
            CATALOGUE[win.image_property].legal_values,
        )
        found += [(win, f, i) for f in values for i in values if f != i]
    return found


@pytest.mark.parametrize(
    ("win", "flavor", "image"),
    pairs(),
    ids=lambda each: each if isinstance(each, str) else each.extra_spec,
)
def test_flavor_wins(win: FlavorWin, flavor: str, image: str) -> None:
    """Nova takes the flavor's value where a row says so, and only there."""
    rows = [
        each
        for each in FLAVOR_WINS
        if (each.image_property, each.extra_spec)
        == (win.image_property, win.extra_spec)
    ]
    try:
        taken = ask(win, flavor, image)
    except exception.NovaException:
        # Refused: nobody wins.
        assert not any(each.decides(flavor, image) for each in rows)
        return
    flavors_own = taken == ask(win, flavor, flavor)
    assert flavors_own is any(each.decides(flavor, image) for each in rows)
    assert flavors_own is (taken != ask(win, None, image))


@pytest.mark.parametrize(
    "win", FLAVOR_WINS, ids=lambda win: f"{win.extra_spec} {win.source}"
)
def test_source(win: FlavorWin) -> None:
    """The function that is named as the source reads the extra spec."""
    owner = LibvirtDriver if "LibvirtDriver" in win.source else hardware
    source = inspect.getsource(getattr(owner, win.source.split(".")[-1]))
    key = win.extra_spec.removeprefix("hw:")
    assert f"'{key}'" in source or f"'{win.extra_spec}'" in source


# Where both may say something and Nova lets the image win, or refuses.
IMAGE_WINS_OR_REFUSED = {
    "cpu_cores",
    "cpu_max_cores",
    "cpu_max_sockets",
    "cpu_max_threads",
    "cpu_realtime_mask",
    "cpu_sockets",
    "cpu_threads",
    "ephemeral_encryption",
    "locked_memory",
    "mem_encryption",
    "mem_encryption_model",
    "mem_page_size",
    "numa_nodes",
    "pci_numa_affinity_policy",
    "pmu",
    "serial_port_count",
    "vif_multiqueue_enabled",
}


def test_nothing_new_reads_both() -> None:
    """All that Nova reads from flavor and image has been looked at.

    A name that fails here is new: see which side wins, and if that is the
    flavor, give it a row. (_get_unique_flavor_image_meta refuses.)
    """
    read = re.findall(
        r"_get_flavor_image_meta\(\s*'(\w+)'", inspect.getsource(hardware)
    )
    rows = {each.extra_spec.removeprefix("hw:") for each in FLAVOR_WINS}
    assert {"cpu_policy", "cpu_sockets"} < set(read)
    assert set(read) <= IMAGE_WINS_OR_REFUSED | rows


def test_emulation() -> None:
    """The features that the tests above look for need KVM or QEMU."""
    assert CONF.libvirt.virt_type in ("kvm", "qemu")
