# SPDX-License-Identifier: Apache-2.0
"""The checks that need to know what is booted.

They keep an override from being lost on an image or a flavor that cannot
take it: what Nova would ignore in silence is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from image_props_override.core.flavor_wins import win_of_flavor
from image_props_override.core.merge import has_property
from image_props_override.core.override_record import (
    DEFAULT_TOKEN,
    LONGEST_VALUE_BYTES,
)
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.property_catalogue import PropertyCatalogue
from image_props_override.core.property_values import FALSE_WORDS


@dataclass(frozen=True)
class Boot:
    """One boot, as the checks see it.

    Attributes:
        image_properties: Those of the image, volume or snapshot.
        overrides: What was asked: canonical name to value, None removes.
        resolved: The overrides with ``%default%`` replaced.
        effective: The image's properties with the overrides in them.
        flavor_extra_specs: Those of the flavor that is booted.
    """

    image_properties: Mapping[str, Any]
    overrides: Mapping[str, str | None]
    resolved: Mapping[str, str | None]
    effective: Mapping[str, Any]
    flavor_extra_specs: Mapping[str, str]


@dataclass(frozen=True)
class _Partner:
    """What must be there as well, or Nova does not look at a property."""

    image_property: str
    extra_spec: str

    def __str__(self) -> str:
        return f"{self.image_property} (or {self.extra_spec} in the flavor)"


# Read in nova.virt.hardware (get_vtpm_constraint: a TPM without a version is
# none, but one without a model is fine; get_mem_encryption_constraint),
# nova.compute.api.API._update_ephemeral_encryption_bdms and
# nova.virt.libvirt.driver (_get_guest_cpu_config_maxphysaddr).
_PARTNERS = {
    "hw_tpm_model": _Partner("hw_tpm_version", "hw:tpm_version"),
    "hw_mem_encryption_model": _Partner(
        "hw_mem_encryption", "hw:mem_encryption"
    ),
    "hw_ephemeral_encryption_format": _Partner(
        "hw_ephemeral_encryption", "hw:ephemeral_encryption"
    ),
    "hw_maxphysaddr_bits": _Partner(
        "hw_maxphysaddr_mode", "hw:maxphysaddr_mode"
    ),
}

# Kept with block devices and PCI requests, which nova.compute.api.API.rebuild
# leaves as they are (_update_ephemeral_encryption_bdms and
# nova.pci.request.get_pci_requests_from_flavor are asked at boot).
_READ_AT_BOOT_ONLY = frozenset(
    {
        "hw_ephemeral_encryption",
        "hw_ephemeral_encryption_format",
        "hw_ephemeral_encryption_secret_uuid",
        "hw_pci_numa_affinity_policy",
    }
)


def check_rebuild(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    overridden: Iterable[str],
) -> tuple[Problem, ...]:
    """Return why a rebuild cannot change the server's properties.

    Args:
        before: The effective properties of the server.
        after: Those of the rebuilt one.
        overridden: What is overridden before or after.
    """
    return tuple(
        Problem(
            name,
            "cannot be changed by a rebuild: Nova reads it only at boot",
            ProblemCode.FIXED_AT_BOOT,
        )
        for name in sorted(_READ_AT_BOOT_ONLY.intersection(overridden))
        if before.get(name) != after.get(name)
    )


def check_boot(
    boot: Boot, catalogue: PropertyCatalogue
) -> tuple[Problem, ...]:
    """Return every reason why the boot cannot be as asked."""
    return (
        *_check_removals(boot, catalogue),
        *_check_kernel(boot),
        *_check_default_token(boot),
        *_check_partners(boot),
        *_check_video_ram(boot),
        *_check_flavor_wins(boot),
    )


def _check_removals(
    boot: Boot, catalogue: PropertyCatalogue
) -> Iterator[Problem]:
    for name, value in boot.overrides.items():
        if value is None and not has_property(
            boot.image_properties, name, catalogue
        ):
            yield Problem(
                name,
                "cannot be removed: the image does not have it",
                ProblemCode.REMOVAL_OF_ABSENT,
            )


def _check_kernel(boot: Boot) -> Iterator[Problem]:
    # "nokernel" is Nova's way to say none
    # (nova.compute.api.API._handle_kernel_and_ramdisk).
    if boot.overrides.get("os_command_line") and (
        boot.image_properties.get("kernel_id") in (None, "", "nokernel")
    ):
        yield Problem(
            "os_command_line",
            "would be ignored: the image has no kernel (kernel_id)",
            ProblemCode.KERNEL_MISSING,
        )


def _check_default_token(boot: Boot) -> Iterator[Problem]:
    if DEFAULT_TOKEN not in (boot.overrides.get("os_command_line") or ""):
        return
    if not boot.image_properties.get("os_command_line"):
        yield Problem(
            "os_command_line",
            f"holds {DEFAULT_TOKEN}, but the image has no value of its own",
            ProblemCode.DEFAULT_ABSENT,
        )
    size_bytes = len((boot.resolved["os_command_line"] or "").encode())
    if size_bytes > LONGEST_VALUE_BYTES:
        yield Problem(
            "os_command_line",
            f"is {size_bytes} bytes long with the image's own value in it; "
            f"Nova keeps {LONGEST_VALUE_BYTES} bytes (UTF-8) of a value",
            ProblemCode.VALUE_TOO_LONG,
        )


def _check_partners(boot: Boot) -> Iterator[Problem]:
    for name, partner in _PARTNERS.items():
        if boot.overrides.get(name) is None:
            continue
        given = (
            boot.effective.get(partner.image_property),
            boot.flavor_extra_specs.get(partner.extra_spec),
        )
        if not any(map(_is_on, given)):
            yield Problem(
                name,
                f"would be ignored: it needs {partner}",
                ProblemCode.PARTNER_MISSING,
            )


def _is_on(value: Any) -> bool:
    return value is not None and str(value).lower() not in FALSE_WORDS


def _check_video_ram(boot: Boot) -> Iterator[Problem]:
    # Every driver that reads the property refuses more than the flavor
    # allows, but only on the host (nova.exception.RequestedVRamTooHigh).
    wanted = boot.overrides.get("hw_video_ram")
    limit = boot.flavor_extra_specs.get("hw_video:ram_max_mb", "0")
    if wanted is not None and limit.isdecimal() and int(wanted) > int(limit):
        yield Problem(
            "hw_video_ram",
            f"{wanted} MiB is more than the {limit} MiB that the flavor "
            "allows (hw_video:ram_max_mb)",
            ProblemCode.FLAVOR_LIMIT,
        )


def _check_flavor_wins(boot: Boot) -> Iterator[Problem]:
    for name, value in boot.resolved.items():
        if value is None:
            continue
        if win := win_of_flavor(name, value, boot.flavor_extra_specs):
            spec = (
                f"{win.extra_spec}={boot.flavor_extra_specs[win.extra_spec]}"
            )
            yield Problem(
                name,
                f"would be ignored: the flavor has {spec}, which wins",
                ProblemCode.FLAVOR_WINS,
            )
