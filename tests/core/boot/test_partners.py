# SPDX-License-Identifier: Apache-2.0
"""An override that Nova reads only together with something else."""

from __future__ import annotations

import pytest

from image_props_override.core.boot.checks import Boot, check_boot
from image_props_override.core.problems import ProblemCode
from tests.core.catalogue import CATALOGUE

UEFI = {"hw_firmware_type": "uefi"}
BIOS = {"hw_firmware_type": "bios"}
REALTIME = {"hw:cpu_realtime": "yes"}

# override, the image's properties, extra specs; words of the refusal, or
# none where Nova takes it
CASES: dict[
    str, tuple[tuple[str, str], dict[str, str], dict[str, str], str]
] = {
    "secure boot": (("os_secure_boot", "required"), UEFI, {}, ""),
    "secure boot without UEFI": (
        ("os_secure_boot", "required"),
        {},
        {},
        "hw_firmware_type=uefi",
    ),
    "secure boot with BIOS": (
        ("os_secure_boot", "optional"),
        BIOS,
        {},
        "hw_firmware_type=uefi",
    ),
    "no secure boot": (("os_secure_boot", "disabled"), BIOS, {}, ""),
    "secure boot on ARM": (
        ("os_secure_boot", "required"),
        {"hw_architecture": "aarch64"},
        {},
        "",
    ),
    "secure boot on ARM, told the old way": (
        ("os_secure_boot", "required"),
        {"architecture": "aarch64"},
        {},
        "",
    ),
    "secure boot on ARM with BIOS": (
        ("os_secure_boot", "required"),
        {"hw_architecture": "aarch64", **BIOS},
        {},
        "hw_firmware_type=uefi",
    ),
    "secure boot on ARM that runs as another": (
        ("os_secure_boot", "required"),
        {
            "hw_architecture": "aarch64",
            "hw_emulation_architecture": "x86_64",
        },
        {},
        "hw_firmware_type=uefi",
    ),
    "stateless": (("hw_firmware_stateless", "true"), UEFI, {}, ""),
    # Nova asks the property, and not what ARM has by default.
    "stateless on ARM": (
        ("hw_firmware_stateless", "Yes"),
        {"hw_architecture": "aarch64"},
        {},
        "hw_firmware_type=uefi",
    ),
    "not stateless": (("hw_firmware_stateless", "no"), {}, {}, ""),
    "realtime": (("hw_cpu_realtime_mask", "^0"), {}, REALTIME, ""),
    "realtime, switched off": (
        ("hw_cpu_realtime_mask", "^0"),
        {},
        {"hw:cpu_realtime": "no"},
        "hw:cpu_realtime in the flavor",
    ),
    "no realtime": (
        ("hw_cpu_realtime_mask", "^0"),
        {},
        {},
        "hw:cpu_realtime in the flavor",
    ),
    "queues": (("hw_vif_multiqueue_enabled", "true"), {}, {}, ""),
    "queues of virtio": (
        ("hw_vif_multiqueue_enabled", "true"),
        {"hw_vif_model": "virtio"},
        {},
        "",
    ),
    "queues of what has one": (
        ("hw_vif_multiqueue_enabled", "on"),
        {"hw_vif_model": "e1000"},
        {},
        "hw_vif_model=virtio",
    ),
    "one queue": (
        ("hw_vif_multiqueue_enabled", "false"),
        {"hw_vif_model": "e1000"},
        {},
        "",
    ),
    "packed rings of what has none": (
        ("hw_virtio_packed_ring", "true"),
        {"hw_vif_model": "e1000"},
        {},
        "hw_vif_model=virtio",
    ),
    "video memory": (
        ("hw_video_ram", "16"),
        {},
        {"hw_video:ram_max_mb": "16"},
        "",
    ),
    "video memory of no device": (
        ("hw_video_ram", "16"),
        {"hw_video_model": "none"},
        {"hw_video:ram_max_mb": "16"},
        "a video device, and hw_video_model=none gives none",
    ),
    "TPM": (
        ("hw_tpm_model", "tpm-crb"),
        {"hw_tpm_version": "2.0"},
        {},
        "",
    ),
    "TPM of the flavor": (
        ("hw_tpm_model", "tpm-crb"),
        {},
        {"hw:tpm_version": "2.0"},
        "",
    ),
    "TPM without a version": (
        ("hw_tpm_model", "tpm-crb"),
        {},
        {},
        "hw_tpm_version (or hw:tpm_version in the flavor)",
    ),
}


@pytest.mark.parametrize(
    ("override", "image", "extra_specs", "needs"), CASES.values(), ids=CASES
)
def test_partner(
    override: tuple[str, str],
    image: dict[str, str],
    extra_specs: dict[str, str],
    needs: str,
) -> None:
    """What would be ignored is refused, and the message says what to add."""
    name, value = override
    boot = Boot(
        image_properties=image,
        overrides={name: value},
        resolved={name: value},
        effective={**image, name: value},
        flavor_extra_specs=extra_specs,
    )
    problems = [
        (problem.name, problem.code, problem.message)
        for problem in check_boot(boot, CATALOGUE)
    ]
    message = f"would be ignored: it needs {needs}"
    assert problems == (
        [(name, ProblemCode.PARTNER_MISSING, message)] if needs else []
    )


def test_the_image_may_say_it() -> None:
    """Only what is overridden is refused, not what the image says."""
    image = {"os_secure_boot": "required"}
    boot = Boot(image, {}, {}, image, {})
    assert check_boot(boot, CATALOGUE) == ()
