# SPDX-License-Identifier: Apache-2.0
"""The demo: one image, two servers, and what their guests really have.

And an OS installer: run to its end, and what comes out.

`run` is all of it. `boot_servers` and `compare_servers` are its main part,
for tests and other callers.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from image_props_override.tempest_plugin.guest import GuestError
from image_props_override.tempest_plugin.guest.checks import CHECKS, Guest
from image_props_override.tempest_plugin.guest.domain import running_domain
from image_props_override.tempest_plugin.guest.report import last_report
from sandbox import accounts, cloud, images
from sandbox.demo import boot, installation
from sandbox.demo.comparison import Row, Server, compare
from sandbox.demo.table import render
from sandbox.errors import SandboxError
from sandbox.settings import Settings

# A NUMA node cannot have more vCPUs than the machine has CPUs, so this
# flavor has two. That is why sockets and threads can change places, and
# cores have to stay.
FLAVOR: Final = "small"

# The servers' names, and what each asks for beyond the image.
SERVERS: Final[Mapping[str, Mapping[str, str]]] = {
    "plain": {},
    "overridden": {
        "os_command_line": "console=ttyS0 quiet owner=demo",
        "hw_machine_type": "q35",
        "hw_cpu_sockets": "1",
        "hw_cpu_cores": "1",
        "hw_cpu_threads": "2",
        "hw_numa_nodes": "1",
        "hw_disk_bus": "scsi",
        "hw_scsi_model": "virtio-scsi",
        "hw_vif_model": "e1000e",
        "hw_video_model": "cirrus",
        "hw_sound_model": "ich9",
        "hw_input_bus": "virtio",
        "hw_watchdog_action": "poweroff",
        "hw_qemu_guest_agent": "true",
        "hw_boot_menu": "true",
    },
}


def run(settings: Settings) -> int:
    """Show the demo; 0 if all that was asked for is there, else 1.

    Starts the cloud if none is running, and replaces the servers of an
    earlier demo. The cloud and the servers are left running.

    Raises:
        SandboxError: The cloud does not start, or a server does not boot.
    """
    settings = cloud.up(settings)
    delete_leftovers(settings)

    why_not = installation.why_not(settings)
    if not why_not:
        # It takes longest, so it goes on beside the others.
        _headline("An OS installer on an empty disk, in the background")
        installing = installation.begin(settings)

    _headline("One image, booted as it is and with overridden properties")
    servers = _that_nova_has(settings)
    boot_servers(settings, servers)

    _headline("What the servers have")
    rows = compare_servers(settings, servers)
    print(f"\n{render(rows)}")

    _headline("What the installer made")
    if why_not:
        print(f"skipped: {why_not}")
    else:
        first, second = installation.finish(settings, installing)
        print(f"\non {installation.MACHINE}'s console: {first}")
        print(f"on {installation.COPY}'s console: {second}")

    problems = [problem for row in rows for problem in row.problems]
    _headline("Result")
    print(f"{_verdict(settings, problems)}\n\n{_hints(settings)}")
    return 1 if problems else 0


def delete_leftovers(settings: Settings) -> None:
    """Delete the servers and the image of a demo, if they are there.

    Args:
        settings: Of the running cloud.
    """
    boot.delete_servers(
        settings, {*SERVERS, installation.MACHINE, installation.COPY}
    )
    installation.delete_image(settings)


def _that_nova_has(settings: Settings) -> dict[str, dict[str, str]]:
    """Return ``SERVERS`` without properties that came with a later Nova."""
    compute = accounts.connect(settings, boot.USER).compute
    answer = compute.get("/os-image-props-override", microversion="latest")
    if answer.status_code == 404:
        raise SandboxError(
            "this cloud overrides nothing: the demo needs one with the"
            " extension (SANDBOX_EXTENSION=1)"
        )
    known = {each["name"] for each in answer.json()["properties"]}
    if missing := {
        name
        for overrides in SERVERS.values()
        for name in overrides
        if name not in known
    }:
        print(f"This Nova does not have: {', '.join(sorted(missing))}\n")
    return {
        server: {name: overrides[name] for name in overrides if name in known}
        for server, overrides in SERVERS.items()
    }


def boot_servers(
    settings: Settings, servers: Mapping[str, Mapping[str, str]]
) -> None:
    """Boot servers from the guest image, without waiting for them.

    Args:
        settings: Of the running cloud.
        servers: What each server overrides, by its name.
    """
    for name, overrides in servers.items():
        command = boot.create_command(name, images.GUEST, FLAVOR, overrides)
        boot.run(settings, *command)


def compare_servers(
    settings: Settings, servers: Mapping[str, Mapping[str, str]]
) -> list[Row]:
    """Wait for servers, and compare what they have with what they should.

    Args:
        settings: Of the running cloud.
        servers: What each server is to override, by its name.

    Raises:
        SandboxError: A server does not boot, or its guest says nothing.
    """
    glance = accounts.connect(settings, boot.USER).image
    (image,) = images.named(glance, images.GUEST)
    inspected = [
        _inspect(settings, name, overrides)
        for name, overrides in servers.items()
    ]
    overridden = {name for wish in servers.values() for name in wish}
    checks = [each for each in CHECKS if each.image_property in overridden]
    return compare(checks, image, inspected)


def _inspect(
    settings: Settings, name: str, overrides: Mapping[str, str]
) -> Server:
    server_id = boot.wait_for_server(settings, name)
    compute = accounts.connect(settings, boot.USER).compute
    answer = compute.get(f"/servers/{server_id}", microversion="latest").json()
    return Server(
        name=name,
        overrides=overrides,
        record=boot.show_server(settings, name)["image_props_override"],
        properties=answer["server"]["image"].get("properties"),
        guest=None if settings.is_fake else _guest(settings, name, server_id),
    )


def _guest(settings: Settings, name: str, server_id: str) -> Guest:
    try:
        report = boot.wait_for_console(
            settings, server_id, last_report, f"the report of guest {name}"
        )
        domain = running_domain(settings.libvirt_uri, server_id)
    except GuestError as error:
        raise SandboxError(str(error)) from error
    return Guest(report, domain)


def _verdict(settings: Settings, problems: Sequence[str]) -> str:
    if problems:
        return "\n  ".join(
            ("These cells are not as they should be:", *problems)
        )
    if settings.is_fake:
        return "Nova recorded what was asked for; there were no guests to ask."
    return "Every cell agrees: what was asked for, recorded, and is there."


def _hints(settings: Settings) -> str:
    hints = {
        ". sandbox/openrc demo": "as a plain user; without demo: as admin",
        "openstack server list": "the servers are left running",
        "openstack server show overridden": "see image_props_override",
        "python -m sandbox console overridden": "its shell; Ctrl-] leaves",
        "make down": "ends the cloud; make demo again starts over",
    }
    if settings.is_fake:
        del hints["python -m sandbox console overridden"]
    return "\n".join(
        f"    {command:<38} # {text}" for command, text in hints.items()
    )


def _headline(text: str) -> None:
    print(f"\n== {text}\n", flush=True)
