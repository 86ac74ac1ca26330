# SPDX-License-Identifier: Apache-2.0
"""Reports of guests that were never booted."""

import hashlib

from image_props_override.tempest_plugin.guest.report import (
    GuestReport,
    last_report,
)


def printed(*facts: str) -> str:
    """Return these facts as a guest's console shows them."""
    lines = "".join(f"{fact}\n" for fact in facts)
    digest = hashlib.sha256(lines.encode()).hexdigest()[:16]
    return (
        f"==== guest report begin ====\n{lines}"
        f"==== guest report end: sha256 {digest} ====\n"
    ).replace("\n", "\r\n")


def report(*facts: str) -> GuestReport:
    """Return the report of a guest that has these facts to tell."""
    found = last_report(
        printed(
            "boot - any",
            "cmdline - console=ttyS0",
            "kernel - 6.1.0",
            "memory kib 1",
            "firmware - bios",
            "cpu_model - any",
            *facts,
        )
    )
    assert found is not None
    return found
