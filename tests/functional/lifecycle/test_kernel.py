# SPDX-License-Identifier: Apache-2.0
"""An own kernel, and a removed one, through every operation of a server.

The instance's own fields, system metadata, record and guest must agree: Nova
keeps kernel and RAM disk in both places, and reads now one, now the other.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.lifecycle import test_moves as moves
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OurServices
from tests.functional.services.two_hosts import TwoHosts

Server = dict[str, Any]
Overrides = dict[str, "str | None"]


class TwoHostsOfOurs(OurServices, TwoHosts):
    """Two hosts with our managers."""


HARNESS = TwoHostsOfOurs


def own_kernel(nova: NovaInProcess) -> Overrides:
    """Return a kernel and a RAM disk of the server's own."""
    return {
        "kernel_id": nova.image_with(),
        "os_shutdown_timeout": "7",
        "ramdisk_id": nova.image_with(),
    }


def no_kernel(nova: NovaInProcess) -> Overrides:
    """Return a removal of the kernel, which takes the RAM disk along."""
    del nova
    return {"kernel_id": None, "os_shutdown_timeout": "7"}


def check(nova: TwoHosts, server: Server, overrides: Overrides) -> None:
    """Check all places that know of kernel and RAM disk, but for the guest."""
    instance = nova.instance(server)
    metadata = instance.system_metadata
    for name in ("kernel_id", "ramdisk_id"):
        wanted = overrides.get(name) or ""
        assert getattr(instance, name) == wanted, name
        assert metadata.get(f"image_{name}", "") == wanted, name
    assert metadata["image_os_shutdown_timeout"] == "7"
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == overrides


def check_guest(nova: TwoHosts, server: Server, overrides: Overrides) -> None:
    """Check those places and the guest."""
    check(nova, server, overrides)
    domain = nova.domain(server)
    for name, element in (("kernel_id", "kernel"), ("ramdisk_id", "initrd")):
        has_it = domain.find(f"os/{element}") is not None
        assert has_it is bool(overrides.get(name)), element


def resize_and_confirm(nova: TwoHosts, server: Server) -> None:
    """Go through a resize."""
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    nova._confirm_resize(server)


def resize_and_revert(nova: TwoHosts, server: Server) -> None:
    """Go through a resize and back."""
    nova._resize_server(server, nova._create_flavor(vcpu=4))
    nova._revert_resize(server)


def cold_migrate(nova: TwoHosts, server: Server) -> None:
    """Go to the other host."""
    nova._migrate_server(server)
    nova._confirm_resize(server)


def live_migrate(nova: TwoHosts, server: Server) -> None:
    """Go to the other host, where a reboot makes the domain anew."""
    nova._live_migrate(server)
    nova._reboot_server(server, hard=True)


def shelve(nova: TwoHosts, server: Server) -> None:
    """Shelve without leaving the host, and unshelve."""
    nova.flags(shelved_offload_time=-1)
    nova._shelve_server(server, expected_state="SHELVED")
    nova._unshelve_server(server)


def shelve_and_offload(nova: TwoHosts, server: Server) -> None:
    """Shelve, leave the host, and unshelve."""
    nova.flags(shelved_offload_time=0)
    nova._shelve_server(server)
    nova._unshelve_server(server)


def stop_and_start(nova: TwoHosts, server: Server) -> None:
    """Stop, and start again."""
    nova._stop_server(server)
    nova._start_server(server)


def rebuild(nova: TwoHosts, server: Server) -> None:
    """Rebuild from the server's image, and from another."""
    own = server["image"]["id"]
    for image in (own, nova.kernel_image_with()):
        nova._rebuild_server(server, image)


OPERATED = {
    "stop, start": stop_and_start,
    "resize, confirm": resize_and_confirm,
    "resize, revert": resize_and_revert,
    "cold migration": cold_migrate,
    "live migration": live_migrate,
    "evacuation": moves._evacuation,
    "shelve, unshelve": shelve,
    "shelve, offload, unshelve": shelve_and_offload,
    "rebuild": rebuild,
}


@pytest.mark.parametrize("asked", [own_kernel, no_kernel])
@pytest.mark.parametrize("operate", OPERATED.values(), ids=OPERATED)
def test_kernel_holds(nova: TwoHosts, asked: Any, operate: Any) -> None:
    """As the server has it, whatever its image says."""
    overrides = asked(nova)
    server = nova.boot(overrides, imageRef=nova.kernel_image_with())
    check_guest(nova, server, overrides)
    operate(nova, server)
    check_guest(nova, server, overrides)


@pytest.mark.parametrize(
    ("asked", "operate"),
    [
        pytest.param(asked, operate, id=f"{operation}-{asked.__name__}")
        for asked in (own_kernel, no_kernel)
        for operation, operate in OPERATED.items()
        # Refused: tests/functional/boot/test_kernel.py.
        if (asked, operate) != (own_kernel, rebuild)
    ],
)
def test_kernel_is_deleted(nova: TwoHosts, asked: Any, operate: Any) -> None:
    """The server's own, or the one of its image that it goes without."""
    overrides = asked(nova)
    image = nova.kernel_image_with()
    server = nova.boot(overrides, imageRef=image)
    in_the_image = nova.glance.show(None, image)["properties"]
    # One image is both there.
    for doomed in {
        overrides.get(name) or in_the_image[name]
        for name in ("kernel_id", "ramdisk_id")
    }:
        nova.glance.delete(None, doomed)
    operate(nova, server)
    check_guest(nova, server, overrides)


@pytest.mark.parametrize("asked", [own_kernel, no_kernel])
def test_snapshot(nova: TwoHosts, asked: Any) -> None:
    """It names the server's kernel and RAM disk, if there are any."""
    overrides = asked(nova)
    server = nova.boot(overrides, imageRef=nova.kernel_image_with())
    answer = nova.api.post_server_action(
        server["id"], {"createImage": {"name": "snapshot"}}
    )
    nova._wait_for_server_parameter(
        server, {"OS-EXT-STS:task_state": None, "status": "ACTIVE"}
    )
    inherited = nova.glance.show(None, answer["image_id"])["properties"]
    for name in ("kernel_id", "ramdisk_id"):
        # Nova's client of Glance leaves empty ones out.
        assert (inherited.get(name) or None) == overrides.get(name), name
    assert inherited["os_shutdown_timeout"] == "7"
    check_guest(nova, server, overrides)
