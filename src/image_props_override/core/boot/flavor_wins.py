# SPDX-License-Identifier: Apache-2.0
"""Where a flavor's extra spec wins over an image property without a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from image_props_override.core.properties.values import FALSE_WORDS, TRUE_WORDS


@dataclass(frozen=True)
class FlavorWin:
    """Values of an extra spec that win over an image property in silence.

    Where Nova refuses the pair instead, or lets the image win, there is none.

    Attributes:
        image_property: The property.
        extra_spec: The flavor's extra spec.
        flavor_values: The extra spec's values that win, in lower case; None:
            all.
        image_values: The image's values that lose, in lower case; None: all.
        source: Where Nova decides that.
    """

    image_property: str
    extra_spec: str
    flavor_values: tuple[str, ...] | None
    image_values: tuple[str, ...] | None
    source: str

    def decides(self, flavor_value: str, image_value: str) -> bool:
        """Return whether the flavor's value wins."""
        return (
            flavor_value != image_value
            and _is_one_of(flavor_value, self.flavor_values)
            and _is_one_of(image_value, self.image_values)
        )


_HARDWARE = "nova.virt.hardware"
_LIBVIRT = "nova.virt.libvirt.driver.LibvirtDriver"

# tests/nova_contract/test_flavor_wins.py asks the installed Nova about each
# row with all pairs of values, and fails where nova.virt.hardware reads one
# more pair from both sides. That the libvirt driver has no other is known by
# reading it alone (Nova 34).
FLAVOR_WINS = (
    FlavorWin(
        "hw_cpu_policy",
        "hw:cpu_policy",
        ("dedicated",),
        ("shared", "mixed"),
        f"{_HARDWARE}.get_cpu_policy_constraint",
    ),
    FlavorWin(
        "hw_cpu_policy",
        "hw:cpu_policy",
        ("mixed",),
        ("shared",),
        f"{_HARDWARE}.get_cpu_policy_constraint",
    ),
    FlavorWin(
        "hw_cpu_thread_policy",
        "hw:cpu_thread_policy",
        ("prefer",),
        ("isolate", "require"),
        f"{_HARDWARE}.get_cpu_thread_policy_constraint",
    ),
    FlavorWin(
        "hw_maxphysaddr_bits",
        "hw:maxphysaddr_bits",
        None,
        None,
        f"{_LIBVIRT}._get_guest_cpu_config_maxphysaddr",
    ),
    FlavorWin(
        "hw_viommu_model",
        "hw:viommu_model",
        None,
        None,
        f"{_LIBVIRT}._get_iommu_model",
    ),
    FlavorWin(
        "img_hide_hypervisor_id",
        "hw:hide_hypervisor_id",
        TRUE_WORDS,
        FALSE_WORDS,
        f"{_LIBVIRT}._set_features",
    ),
    FlavorWin(
        "img_hide_hypervisor_id",
        "hide_hypervisor_id",
        TRUE_WORDS,
        FALSE_WORDS,
        f"{_LIBVIRT}._set_features",
    ),
)


def win_of_flavor(
    name: str, value: str, flavor_extra_specs: Mapping[str, str]
) -> FlavorWin | None:
    """Return why the flavor's value wins, or None if it does not.

    Args:
        name: Canonical name of a property.
        value: What image or override say.
        flavor_extra_specs: Those of the flavor that is booted.
    """
    for win in FLAVOR_WINS:
        flavor_value = flavor_extra_specs.get(win.extra_spec)
        if (
            win.image_property == name
            and flavor_value
            and win.decides(flavor_value, value)
        ):
            return win
    return None


def _is_one_of(value: str, values: tuple[str, ...] | None) -> bool:
    return values is None or value.lower() in values
