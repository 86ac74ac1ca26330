# SPDX-License-Identifier: Apache-2.0
"""Attempts to get around the rules of ``rules_in_force``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from nova.tests.fixtures import CinderFixture

from tests.functional.nova_in_process import (
    IMAGE,
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)


@dataclass(frozen=True)
class Attempt:
    """One request that tries to get around a rule.

    Attributes:
        overrides: The value of ``image_props_override``.
        server: Further keys of the server.
        around: Further keys beside the server.
        path: Where to, below the root; POST.
        microversion: At which microversion.
        headers: Further headers.
        text: The whole body, in the place of all these; ``IMAGE_ID`` and
            ``FLAVOR_ID`` are replaced.
        status: What is answered; None: anything below 500.
    """

    overrides: Any = None
    server: dict[str, Any] = field(default_factory=dict)
    around: dict[str, Any] = field(default_factory=dict)
    path: str = "/v2.1/servers"
    microversion: str | None = OURS
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    status: int | None = None


def from_volume(**device: Any) -> dict[str, Any]:
    """Return keys of a server that boots from a volume."""
    root = {"boot_index": 0, "destination_type": "volume", **device}
    return {"imageRef": None, "block_device_mapping_v2": [root]}


BUS = {"hw_disk_bus": "scsi"}
CREATE = (
    '{"server": {"name": "x", "imageRef": "IMAGE_ID", "flavorRef": '
    '"FLAVOR_ID", "networks": "none", '
)
REBUILD = '{"rebuild": {"imageRef": "IMAGE_ID", '
TEXT = CREATE + '"image_props_override": %s}}'

ATTEMPTS = {
    # Spellings
    "plain": Attempt(BUS, status=403),
    "upper case": Attempt({"HW_DISK_BUS": "scsi"}, status=400),
    "mixed case": Attempt({"hw_Disk_bus": "scsi"}, status=400),
    "leading blank": Attempt({" hw_disk_bus": "scsi"}, status=400),
    "trailing blank": Attempt({"hw_disk_bus ": "scsi"}, status=400),
    "trailing newline": Attempt({"hw_disk_bus\n": "scsi"}, status=400),
    "trailing NUL": Attempt({"hw_disk_bus\0": "scsi"}, status=400),
    "zero width": Attempt({"hw_disk\u200b_bus": "scsi"}, status=400),
    "Cyrillic look-alike": Attempt({"hw_d\u0456sk_bus": "scsi"}, status=400),
    "full width": Attempt({"hw_disk_bu\uff53": "scsi"}, status=400),
    "dash for underscore": Attempt({"hw-disk-bus": "scsi"}, status=400),
    "colon as in flavors": Attempt({"hw:disk_bus": "scsi"}, status=400),
    "legacy alias": Attempt({"architecture": "aarch64"}, status=403),
    "name of a denied alias": Attempt(
        {"hw_architecture": "aarch64"}, status=403
    ),
    "the specification's name": Attempt(
        {"hw_os_command_line": "denied"}, status=403
    ),
    "the name of the specification's name": Attempt(
        {"os_command_line": "denied"}, status=403
    ),
    "adapter type that sets the bus": Attempt(
        {"vmware_adaptertype": "lsilogic"}, status=403
    ),
    "list member": Attempt({"hw_numa_cpus.0": "0-1"}, status=403),
    "list member with zeros": Attempt({"hw_numa_cpus.00": "0-1"}, status=400),
    "list itself": Attempt({"hw_numa_cpus": "0-1"}, status=400),
    "list as JSON": Attempt({"hw_numa_cpus": [[0, 1]]}, status=400),
    "trait": Attempt({"trait:CUSTOM_DENIED": "required"}, status=403),
    "trait in lower case": Attempt(
        {"trait:custom_denied": "required"}, status=400
    ),
    "trait with a blank": Attempt(
        {"trait: CUSTOM_DENIED": "required"}, status=400
    ),
    "traits as a list": Attempt(
        {"traits_required": "CUSTOM_DENIED"}, status=400
    ),
    "structure": Attempt({"img_mappings": "[]"}, status=400),
    "legacy name of a structure": Attempt({"mappings": "[]"}, status=400),
    # Forms
    "prefix of system metadata": Attempt(
        {"image_hw_disk_bus": "scsi"}, status=400
    ),
    "record": Attempt({"os_glance_override:hw_disk_bus": "scsi"}, status=400),
    "nested": Attempt({"properties": BUS}, status=400),
    "nested below an allowed one": Attempt({"hw_boot_menu": BUS}, status=400),
    "pairs": Attempt([["hw_disk_bus", "scsi"]], status=400),
    "objects": Attempt([BUS], status=400),
    "JSON in a string": Attempt(json.dumps(BUS), status=400),
    "value in a list": Attempt({"hw_disk_bus": ["scsi"]}, status=400),
    "beside an allowed one": Attempt(
        {"hw_boot_menu": "true", **BUS}, status=403
    ),
    "JSON key twice, denied first": Attempt(
        text=TEXT % '{"hw_disk_bus": "scsi", "hw_disk_bus": "ide"}',
        status=403,
    ),
    "JSON key twice, denied last": Attempt(
        text=TEXT % '{"hw_disk_bus": "ide", "hw_disk_bus": "scsi"}',
        status=403,
    ),
    "two overrides, denied first": Attempt(
        text=TEXT % '{"hw_disk_bus": "scsi"}, "image_props_override": {}'
    ),
    "two overrides, denied last": Attempt(
        text=TEXT % '{}, "image_props_override": {"hw_disk_bus": "scsi"}',
        status=403,
    ),
    "escaped key": Attempt(
        text=TEXT % '{"hw_disk\\u005fbus": "scsi"}', status=403
    ),
    "huge body": Attempt({"x" * 200_000: "scsi"}, status=413),
    "deeply nested body": Attempt(text="[" * 50_000, status=400),
    "deeply nested value": Attempt(
        text=TEXT % ('{"a": ' * 9_000 + "1" + "}" * 9_000), status=400
    ),
    "nested value": Attempt(
        text=TEXT % ('{"a": ' * 400 + "1" + "}" * 400), status=400
    ),
    # Values, roles, removal: the rules file
    "value above a range": Attempt({"hw_video_ram": "17"}, status=403),
    "value above a range, with a zero": Attempt(
        {"hw_video_ram": "017"}, status=403
    ),
    "role that one lacks": Attempt({"hw_mem_page_size": "large"}, status=403),
    "role in a header of one's own": Attempt(
        {"hw_mem_page_size": "large"}, headers={"X-Role": "nfv"}, status=403
    ),
    "denied removal": Attempt({"hw_vif_model": None}, status=403),
    # Isolation
    "isolating property": Attempt({"os_distro": "rhel"}, status=403),
    "its removal": Attempt({"os_distro": None}, status=403),
    "its legacy alias": Attempt({"vmware_ostype": "rhel"}, status=403),
    "isolating trait": Attempt(
        {"trait:CUSTOM_ISOLATING_OTHER": "required"}, status=403
    ),
    "removal of an isolating trait": Attempt(
        {"trait:CUSTOM_ISOLATING": None}, status=403
    ),
    # Glance's protections
    "creation of a protected property": Attempt(
        {"hw_watchdog_action": "reset"}, status=403
    ),
    "update under the legacy name": Attempt(
        {"hypervisor_type": "xen"}, status=403
    ),
    "update under the current name": Attempt(
        {"img_hv_type": "xen"}, status=403
    ),
    "removal of a protected property": Attempt(
        {"img_hv_type": None}, status=403
    ),
    # Paths
    "latest": Attempt(BUS, microversion="latest", status=403),
    "the legacy header": Attempt(
        BUS,
        microversion=None,
        headers={"X-OpenStack-Nova-API-Version": OURS},
        server={"networks": "none"},
        status=403,
    ),
    "Nova's last microversion": Attempt(
        BUS, microversion=NOVAS_LAST, status=400
    ),
    "an old microversion": Attempt(BUS, microversion="2.60", status=400),
    "no microversion": Attempt(BUS, microversion=None, status=400),
    "the project in the path": Attempt(
        BUS,
        path="/v2.1/6f70656e737461636b20342065766572/servers",
        status=403,
    ),
    "legacy v2": Attempt(BUS, path="/v2/servers"),
    "os-volumes_boot": Attempt(BUS, path="/v2.1/os-volumes_boot"),
    "beside the server": Attempt(
        around={"image_props_override": BUS}, status=400
    ),
    "scheduler hints": Attempt(
        around={
            "os:scheduler_hints": {"image_props_override": json.dumps(BUS)}
        }
    ),
    "server metadata": Attempt(
        server={"metadata": {"image_hw_disk_bus": "scsi"}}
    ),
    "several servers": Attempt(
        BUS, server={"min_count": 2, "max_count": 2}, status=403
    ),
    "existing volume": Attempt(
        BUS,
        server=from_volume(
            source_type="volume", uuid=CinderFixture.IMAGE_BACKED_VOL
        ),
        status=403,
    ),
    "image to volume": Attempt(
        {"hw_watchdog_action": "reset"},
        server=from_volume(source_type="image", uuid=IMAGE, volume_size=1),
        status=403,
    ),
    "blank volume": Attempt(
        {"hw_watchdog_action": "reset"},
        server=from_volume(source_type="blank", volume_size=1),
        status=403,
    ),
    "text/plain": Attempt(
        BUS, headers={"Content-Type": "text/plain"}, status=403
    ),
}


def send(
    nova: NovaInProcess, image: str, attempt: Attempt, roles: str = "member"
) -> Any:
    """Return the answer to an attempt, made by a plain user."""
    server: dict[str, Any] = {"imageRef": image}
    if attempt.path == "/v2/servers" or attempt.microversion in (None, "2.1"):
        server["networks"] = None
    server |= attempt.server
    body = {**nova.body(attempt.overrides, **server), **attempt.around}
    text = attempt.text or json.dumps(body)
    return send_text(nova, image, attempt, attempt.path, text, roles)


def send_to_rebuild(
    nova: NovaInProcess,
    image: str,
    attempt: Attempt,
    server: dict[str, Any],
    roles: str = "member",
) -> Any:
    """Return the answer to the same attempt, made when a server is rebuilt."""
    arguments = {"imageRef": image}
    if attempt.overrides is not None:
        arguments["image_props_override"] = attempt.overrides
    text = (
        attempt.text.replace(CREATE, REBUILD)
        if attempt.text
        else json.dumps({"rebuild": arguments, **attempt.around})
    )
    path = f"{attempt.path}/{server['id']}/action"
    return send_text(nova, image, attempt, path, text, roles)


def send_text(
    nova: NovaInProcess,
    image: str,
    attempt: Attempt,
    path: str,
    text: str,
    roles: str,
) -> Any:
    """Return the answer to a body."""
    text = text.replace("IMAGE_ID", image).replace("FLAVOR_ID", nova.flavor)
    return nova.request(
        "POST",
        path,
        attempt.microversion,
        headers={
            "X-Roles": f"{roles},reader",
            "Content-Type": "application/json",
            **attempt.headers,
        },
        data=text,
    )
