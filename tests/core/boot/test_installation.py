# SPDX-License-Identifier: Apache-2.0
"""Which overrides make a server boot an installer, and what is left."""

from __future__ import annotations

import pytest

from image_props_override.core.boot.installation import (
    Installer,
    installer_of,
    without_installer,
)

OVERRIDES = {
    "kernel_id": "k",
    "ramdisk_id": "r",
    "os_command_line": "console=ttyS0",
    "hw_disk_bus": "scsi",
    "hw_vif_model": None,
}


@pytest.mark.parametrize(
    ("overrides", "installer"),
    [
        (OVERRIDES, Installer("k", "r", "console=ttyS0")),
        ({"kernel_id": "k"}, Installer("k")),
        ({"kernel_id": None}, None),
        ({"ramdisk_id": "r", "os_command_line": "a"}, None),
        ({}, None),
    ],
)
def test_installer_of(
    overrides: dict[str, str | None], installer: Installer | None
) -> None:
    """There is one where there is a kernel."""
    assert installer_of(overrides) == installer


def test_overrides() -> None:
    """They are only what was given."""
    assert Installer("k", command_line="a b").overrides() == {
        "kernel_id": "k",
        "os_command_line": "a b",
    }


def test_without_installer() -> None:
    """What the user overrides beside it stays."""
    assert without_installer(OVERRIDES) == {
        "hw_disk_bus": "scsi",
        "hw_vif_model": None,
    }


def test_in_messages() -> None:
    """It is shown as the overrides that it is made of."""
    assert str(Installer("k", command_line="a b")) == (
        "kernel_id='k' os_command_line='a b'"
    )
