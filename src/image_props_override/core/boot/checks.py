# SPDX-License-Identifier: Apache-2.0
"""The checks that need to know what is booted.

They keep an override from being lost on an image or a flavor that cannot
take it: what Nova would ignore in silence is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from image_props_override.core.boot.flavor_wins import win_of_flavor
from image_props_override.core.boot.kernel import KERNEL, RAMDISK, boot_images
from image_props_override.core.boot.merge import has_property
from image_props_override.core.boot.record import DEFAULT_TOKEN
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.limits import COMMAND_LINE, too_long
from image_props_override.core.properties.values import FALSE_WORDS, TRUE_WORDS


@dataclass(frozen=True)
class Boot:
    """One boot, as the checks see it.

    Attributes:
        image_properties: Those of the image, volume or snapshot.
        overrides: What was asked: canonical name to value, None removes.
        resolved: The overrides with ``%default%`` replaced.
        effective: The image's properties with the overrides in them.
        flavor_extra_specs: Those of the flavor that is booted.
        unread: Properties that were asked for in vain. Nothing is missed
            where the user has given it, if with a mistake.
    """

    image_properties: Mapping[str, Any]
    overrides: Mapping[str, str | None]
    resolved: Mapping[str, str | None]
    effective: Mapping[str, Any]
    flavor_extra_specs: Mapping[str, str]
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Partner:
    """What must be there as well, or Nova does not look at a property.

    Attributes:
        words: What it is, for the message.
        image_property: Where the image can say so.
        extra_spec: Where the flavor can.
        one_of: What it must say, in lower case, the empty text for nothing;
            None: anything but ``none_of``.
        none_of: What does not count.
        needed_by: The values of the property that need it, in lower case;
            None: all.
    """

    words: str
    image_property: str = ""
    extra_spec: str = ""
    one_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] = ("", *FALSE_WORDS)
    needed_by: tuple[str, ...] | None = None

    def is_met(self, boot: Boot) -> bool:
        """Return whether image or flavor says what it must."""
        if self.image_property in boot.unread:
            return True
        given = []
        if self.image_property:
            given.append(boot.effective.get(self.image_property))
        if self.extra_spec:
            given.append(boot.flavor_extra_specs.get(self.extra_spec))
        texts = ["" if each is None else str(each).lower() for each in given]
        if self.one_of is None:
            return any(text not in self.none_of for text in texts)
        return any(text in self.one_of for text in texts)


# Read in nova.virt.hardware (get_vtpm_constraint: a TPM without a version is
# none, but one without a model is fine; get_mem_encryption_constraint,
# get_realtime_cpu_constraint, get_stateless_firmware_constraint),
# nova.compute.api.API._update_ephemeral_encryption_bdms,
# nova.virt.libvirt.driver (_get_guest_cpu_config_maxphysaddr; secure boot in
# _configure_guest_by_virt_type) and nova.virt.libvirt.vif (get_base_config:
# without a model, a guest of KVM has virtio's).
PARTNERS = {
    "hw_tpm_model": Partner(
        "hw_tpm_version (or hw:tpm_version in the flavor)",
        "hw_tpm_version",
        "hw:tpm_version",
    ),
    "hw_mem_encryption_model": Partner(
        "hw_mem_encryption (or hw:mem_encryption in the flavor)",
        "hw_mem_encryption",
        "hw:mem_encryption",
    ),
    "hw_ephemeral_encryption_format": Partner(
        "hw_ephemeral_encryption (or hw:ephemeral_encryption in the flavor)",
        "hw_ephemeral_encryption",
        "hw:ephemeral_encryption",
    ),
    "hw_maxphysaddr_bits": Partner(
        "hw_maxphysaddr_mode (or hw:maxphysaddr_mode in the flavor)",
        "hw_maxphysaddr_mode",
        "hw:maxphysaddr_mode",
    ),
    "hw_cpu_realtime_mask": Partner(
        "hw:cpu_realtime in the flavor",
        extra_spec="hw:cpu_realtime",
        one_of=TRUE_WORDS,
    ),
    "os_secure_boot": Partner(
        "hw_firmware_type=uefi",
        "hw_firmware_type",
        one_of=("uefi",),
        needed_by=("required", "optional"),
    ),
    "hw_firmware_stateless": Partner(
        "hw_firmware_type=uefi",
        "hw_firmware_type",
        one_of=("uefi",),
        needed_by=TRUE_WORDS,
    ),
    "hw_vif_multiqueue_enabled": Partner(
        "hw_vif_model=virtio",
        "hw_vif_model",
        one_of=("", "virtio"),
        needed_by=TRUE_WORDS,
    ),
    "hw_video_ram": Partner(
        "a video device, and hw_video_model=none gives none",
        "hw_video_model",
        none_of=("none",),
    ),
    "hw_virtio_packed_ring": Partner(
        "hw_vif_model=virtio",
        "hw_vif_model",
        one_of=("", "virtio"),
        needed_by=TRUE_WORDS,
    ),
}

# Kept with block devices and PCI requests, which nova.compute.api.API.rebuild
# leaves as they are (_update_ephemeral_encryption_bdms and
# nova.pci.request.get_pci_requests_from_flavor are asked at boot); or asked of
# Placement as a resource, and a rebuild allocates none
# (nova.scheduler.utils.ResourceRequest): memory would not be encrypted, and a
# guest with a new vTPM does not start and could never be rebuilt again.
READ_AT_BOOT_ONLY = frozenset(
    {
        "hw_ephemeral_encryption",
        "hw_ephemeral_encryption_format",
        "hw_ephemeral_encryption_secret_uuid",
        "hw_mem_encryption",
        "hw_mem_encryption_model",
        "hw_pci_numa_affinity_policy",
        "hw_tpm_model",
        "hw_tpm_version",
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
        for name in sorted(READ_AT_BOOT_ONLY.intersection(overridden))
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
        *check_flavor(boot),
    )


def check_flavor(boot: Boot) -> tuple[Problem, ...]:
    """Return the reasons that a flavor has a part in."""
    return (
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
    if boot_images(boot.effective)[KERNEL]:
        return
    for name in ("os_command_line", RAMDISK):
        if boot.overrides.get(name):
            yield Problem(
                name,
                "would be ignored: the server has no kernel (kernel_id)",
                ProblemCode.KERNEL_MISSING,
            )


def _check_default_token(boot: Boot) -> Iterator[Problem]:
    if DEFAULT_TOKEN not in (boot.overrides.get("os_command_line") or ""):
        return
    if not boot.image_properties.get("os_command_line"):
        yield Problem(
            "os_command_line",
            f"contains {DEFAULT_TOKEN}, but the image has no value of its own",
            ProblemCode.DEFAULT_ABSENT,
        )
    words = too_long(
        COMMAND_LINE,
        len((boot.resolved["os_command_line"] or "").encode()),
        "long with the image's own value in it",
    )
    if words:
        yield Problem(COMMAND_LINE, words, ProblemCode.VALUE_TOO_LONG)


def _check_partners(boot: Boot) -> Iterator[Problem]:
    for name, partner in PARTNERS.items():
        value = boot.overrides.get(name)
        if value is None or (name == "os_secure_boot" and _is_aarch64(boot)):
            continue
        if partner.needed_by and value.lower() not in partner.needed_by:
            continue
        if not partner.is_met(boot):
            yield Problem(
                name,
                f"would be ignored: it needs {partner.words}",
                ProblemCode.PARTNER_MISSING,
            )


def _is_aarch64(boot: Boot) -> bool:
    """Return whether the guest has UEFI unless something else is said."""
    if boot.effective.get("hw_firmware_type"):
        return False
    # Of two that are set, Nova takes the first; the last is a legacy name.
    names = ("hw_emulation_architecture", "hw_architecture", "architecture")
    given = filter(None, map(boot.effective.get, names))
    return str(next(given, "")).lower() == "aarch64"


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
