# SPDX-License-Identifier: Apache-2.0
"""A kernel of one server's own, or none, whatever its image has."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from nova.conf import CONF

from tests.functional.lifecycle.rebuilding import (
    Overrides,
    rebuilt,
    refusal,
)
from tests.functional.lifecycle.test_stopped_server import (
    answer_to_change,
    started,
    stop,
)
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

NO_IMAGE = "9168b536-cd40-4630-b43f-b259807c6e87"


def domain_of(nova: NovaInProcess, server: dict[str, Any]) -> Any:
    """Return a server's libvirt domain."""
    return ElementTree.fromstring(nova.domains[server["id"]])


def test_kernel_of_ones_own(nova: NovaInProcess) -> None:
    """An image without a kernel boots one, with a command line."""
    kernel, ramdisk = nova.image_with(), nova.image_with()
    overrides: Overrides = {
        "kernel_id": kernel,
        "ramdisk_id": ramdisk,
        "os_command_line": "console=ttyS0 owner=me",
    }
    server = nova.boot(overrides, imageRef=nova.image_with())
    assert server["image_props_override"] == dict(sorted(overrides.items()))
    instance = nova.instance(server)
    assert (instance.kernel_id, instance.ramdisk_id) == (kernel, ramdisk)
    domain = domain_of(nova, server)
    assert domain.findtext("os/cmdline") == "console=ttyS0 owner=me"
    assert domain.findtext("os/kernel").endswith("/kernel")
    assert domain.findtext("os/initrd").endswith("/ramdisk")


def test_no_kernel(nova: NovaInProcess) -> None:
    """The disk of a kernel image boots by itself."""
    image = nova.kernel_image_with(os_command_line="quiet")
    overrides: Overrides = {"kernel_id": None, "ramdisk_id": None}
    server = nova.boot(overrides, imageRef=image)
    instance = nova.instance(server)
    assert (instance.kernel_id, instance.ramdisk_id) == ("", "")
    assert domain_of(nova, server).find("os/kernel") is None


def test_kept_by_a_rebuild_and_dropped_by_another(
    nova: NovaInProcess,
) -> None:
    """Guest, instance and record agree."""
    kernel, image = nova.image_with(), nova.image_with()
    server = nova.boot({"kernel_id": kernel}, imageRef=image)
    for asked, wanted in ((None, kernel), ({}, "")):
        after = rebuilt(nova, server, asked, image=image)
        assert nova.instance(server).kernel_id == wanted
        has_kernel = domain_of(nova, after).find("os/kernel") is not None
        assert has_kernel is bool(wanted)


def test_kernel_is_deleted_later(nova: NovaInProcess) -> None:
    """A rebuild that would need it is refused, and says so."""
    kernel, image = nova.image_with(), nova.image_with()
    server = nova.boot({"kernel_id": kernel}, imageRef=image)
    nova.glance.delete(None, kernel)
    status, message = refusal(nova, server, image=image)
    assert status == 400
    assert f"kernel_id: there is no image {kernel}" in message
    assert "[image_not_found]" in message
    assert rebuilt(nova, server, {}, image=image)["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("overrides", "codes"),
    [
        ({"kernel_id": NO_IMAGE}, ["image_not_found"]),
        ({"kernel_id": NO_IMAGE.upper()}, ["image_not_found"]),
        ({"kernel_id": "nokernel"}, ["value_invalid"]),
        ({"kernel_id": "../x"}, ["value_invalid"]),
        ({"ramdisk_id": "IMAGE"}, ["kernel_missing"]),
        (
            {"kernel_id": NO_IMAGE, "ramdisk_id": NO_IMAGE, "foo": "x"},
            ["image_not_found", "image_not_found", "name_unknown"],
        ),
        ({"os_shutdown_timeout": "-1"}, ["value_out_of_range"]),
        ({"os_shutdown_timeout": "1.5"}, ["value_invalid"]),
    ],
)
def test_refused(
    nova: NovaInProcess, overrides: Overrides, codes: list[str]
) -> None:
    """With its code; a preview says the same."""
    image = nova.image_with()
    asked = {k: v and v.replace("IMAGE", image) for k, v in overrides.items()}
    status, message = nova.refused(asked, imageRef=image)
    assert status == 400
    told = sorted(part.split("]")[0] for part in message.split("[")[1:])
    assert told == codes


def test_removal_with_the_line_left(nova: NovaInProcess) -> None:
    """A line of one's own would be ignored without the kernel."""
    image = nova.kernel_image_with()
    status, message = nova.refused(
        {"kernel_id": None, "os_command_line": "quiet"}, imageRef=image
    )
    assert (status, "[kernel_missing]" in message) == (400, True)


def test_taken_off_a_stopped_server(nova: NovaInProcess) -> None:
    """So that what was installed boots from its own disk."""
    kernel, image = nova.image_with(), nova.image_with()
    server = nova.boot(
        {"kernel_id": kernel, "os_command_line": "install"}, imageRef=image
    )
    stop(nova, server)
    assert answer_to_change(nova, server, {}).status_code == 200
    assert nova.instance(server).kernel_id == ""
    domain = started(nova, server)
    assert domain.find("os/kernel") is None
    assert domain.find("os/cmdline") is None


def test_replaced_for_a_stopped_server(nova: NovaInProcess) -> None:
    """Our nova-compute has the driver fetch the new one."""
    first, second = nova.image_with(), nova.image_with()
    server = nova.boot({"kernel_id": first}, imageRef=nova.image_with())
    stop(nova, server)
    answer = answer_to_change(nova, server, {"kernel_id": second})
    assert answer.status_code == 200, answer.text
    assert nova.instance(server).kernel_id == second
    assert started(nova, server).find("os/kernel") is not None


def test_ramdisk_goes_with_the_kernel(nova: NovaInProcess) -> None:
    """Else a rescued guest would have a RAM disk alone, and not start."""
    image = nova.kernel_image_with()
    server = nova.boot({"kernel_id": None}, imageRef=image)
    assert server["image_props_override"] == {"kernel_id": None}
    assert "image_ramdisk_id" not in nova.system_metadata(server)
    for asked in (None, {"kernel_id": None, "hw_boot_menu": "true"}):
        rebuilt(nova, server, asked, image=image)
        instance = nova.instance(server)
        assert (instance.kernel_id, instance.ramdisk_id) == ("", "")
    rebuilt(nova, server, {}, image=image)
    assert nova.instance(server).ramdisk_id != ""


def test_preview_of_a_removed_kernel(nova: NovaInProcess) -> None:
    """The RAM disk is shown as removed, too."""
    image = nova.kernel_image_with()
    answer = nova.request(
        "POST",
        "/v2.1/os-image-props-override/preview",
        OURS,
        json={
            "preview": {
                "imageRef": image,
                "flavorRef": nova.flavor,
                "image_props_override": {"kernel_id": None},
            }
        },
    )
    assert answer.status_code == 200, answer.text
    shown = {
        entry["name"]: (entry["value"], entry["origin"])
        for entry in answer.json()["preview"]["properties"]
    }
    assert shown["kernel_id"] == shown["ramdisk_id"] == (None, "removed")


def test_ramdisk_comes_back_with_the_kernel(nova: NovaInProcess) -> None:
    """When a stopped server drops the removal, and the other way round."""
    image = nova.kernel_image_with()
    own = nova.glance.show(None, image)["properties"]
    server = nova.boot({"kernel_id": None}, imageRef=image)
    stop(nova, server)
    for asked, wanted in (
        ({}, (own["kernel_id"], own["ramdisk_id"])),
        ({"kernel_id": None}, ("", "")),
    ):
        answer = answer_to_change(nova, server, asked)
        assert answer.status_code == 200, answer.text
        instance = nova.instance(server)
        assert (instance.kernel_id, instance.ramdisk_id) == wanted
        ramdisk = instance.system_metadata.get("image_ramdisk_id", "")
        assert ramdisk == wanted[1]


def test_image_that_says_nokernel(nova: NovaInProcess) -> None:
    """Nova's word for none never becomes the id of a kernel."""
    image = nova.image_with(kernel_id="nokernel")
    server = nova.boot({"kernel_id": nova.image_with()}, imageRef=image)
    stop(nova, server)
    assert answer_to_change(nova, server, {}).status_code == 200
    assert nova.instance(server).kernel_id == ""
    assert started(nova, server).find("os/kernel") is None


def test_kernel_after_another_was_taken_off(nova: OneHostOfOurs) -> None:
    """The file of the first is still there, and must not be booted."""
    first, second = nova.image_with(), nova.image_with()
    server = nova.boot({"kernel_id": first}, imageRef=nova.image_with())
    stop(nova, server)
    # What the driver has fetched; the harness makes no files.
    file = Path(CONF.instances_path, server["id"], "kernel")
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"first")
    assert answer_to_change(nova, server, {}).status_code == 200
    answer = answer_to_change(nova, server, {"kernel_id": second})
    assert answer.status_code == 200, answer.text
    assert not file.exists()
