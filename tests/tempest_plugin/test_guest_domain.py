# SPDX-License-Identifier: Apache-2.0
"""libvirt's description of a guest is read at the right places."""

import subprocess
from typing import Any

import pytest

from image_props_override.tempest_plugin.guest.domain import (
    Domain,
    DomainError,
    running_domain,
)

DOMAIN = Domain.of("""\
<domain type='qemu'>
  <os><bootmenu enable='yes'/></os>
  <devices>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
    <disk type='file' device='disk'><target dev='sdb' bus='scsi'/></disk>
    <watchdog model='i6300esb' action='poweroff'/>
  </devices>
</domain>
""")


@pytest.mark.parametrize(
    ("path", "attribute", "value"),
    [
        ("os/bootmenu", "enable", "yes"),
        ("devices/disk[@device='disk']/target", "bus", "scsi"),
        ("devices/watchdog", "action", "poweroff"),
        ("devices/watchdog", "no-such-attribute", None),
        ("devices/sound", "model", None),
    ],
)
def test_reads_an_attribute(
    path: str, attribute: str, value: str | None
) -> None:
    """None stands for an element or an attribute that is not there."""
    assert DOMAIN.attribute(path, attribute) == value


def test_a_libvirt_that_does_not_answer_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is there to type the password that ssh would ask for."""

    def waits(command: tuple[str, ...], **options: Any) -> None:
        assert options["stdin"] is subprocess.DEVNULL
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(subprocess, "run", waits)
    with pytest.raises(DomainError, match=r"virsh .*timed out after 60 sec"):
        running_domain("qemu+ssh://host/system", "some-id")
