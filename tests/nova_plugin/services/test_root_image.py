# SPDX-License-Identifier: Apache-2.0
"""Within one call, the root image has the overrides, and no other image."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from nova import context
from nova.objects.instance import Instance

from image_props_override.core.boot.record import record_of
from image_props_override.nova_plugin.services.root_image import (
    ImageAPI,
    VolumeAPI,
    overrides_in_force,
    reapplying,
)
from tests.core.catalogue import CATALOGUE

IMAGES: Mapping[str, dict[str, Any]] = {
    "root": {
        "id": "root",
        "properties": {
            "hw_disk_bus": "ide",
            "hw_video_model": "vga",
            "architecture": "i686",
            "os_glance_override:hw_vif_model": "forged",
        },
    },
    "kernel": {"id": "kernel", "properties": {"hw_disk_bus": "ide"}},
    "bare": {"id": "bare"},
}


class Glance:
    """Has images, and something else."""

    name = "glance"

    def get(self, context: Any, image_id: str, **kwargs: Any) -> Any:
        """Return an image."""
        del context
        assert kwargs in ({}, {"show_deleted": False})
        return IMAGES[image_id]


class Cinder:
    """Has one volume."""

    def get(self, context: Any, volume_id: str) -> Any:
        """Return a volume."""
        del context
        metadata = {"hw_disk_bus": "ide"}
        return {"id": volume_id, "volume_image_metadata": metadata}


GLANCE = ImageAPI(Glance(), CATALOGUE)


def server(overrides: dict[str, str | None], **effective: str) -> Instance:
    """Return a server with a record and effective properties."""
    properties = {**record_of(overrides), **effective}
    return Instance(
        system_metadata={f"image_{k}": v for k, v in properties.items()}
    )


SERVER = server(
    {"hw_disk_bus": "scsi", "hw_architecture": "x86_64", "hw_rng_model": None},
    hw_disk_bus="scsi",
    hw_architecture="x86_64",
)
EFFECTIVE = {
    "hw_disk_bus": "scsi",
    "hw_video_model": "vga",
    "architecture": "x86_64",
    "hw_architecture": "x86_64",
}


def call() -> context.RequestContext:
    """Return the context of a call."""
    return context.get_admin_context()


def test_root_image() -> None:
    """It has the overrides, legacy names included, and no forged record."""
    ours = call()
    with reapplying(ours, SERVER, "root", None, ""):
        image = GLANCE.get(ours, "root", show_deleted=False)
        # As Nova's managers hand it on.
        elevated = GLANCE.get(ours.elevated(), "root")
    assert image == elevated == {"id": "root", "properties": EFFECTIVE}
    assert IMAGES["root"]["properties"]["hw_disk_bus"] == "ide"


@pytest.mark.parametrize("image", ["kernel", "bare"])
def test_other_images(image: str) -> None:
    """Kernel, ramdisk and rescue image are left as they are."""
    ours = call()
    with reapplying(ours, SERVER, "root"):
        assert GLANCE.get(ours, image) is IMAGES[image]


def test_image_without_properties() -> None:
    """An image that has none gets the overrides."""
    ours = call()
    with reapplying(
        ours, server({"os_type": "linux"}, os_type="linux"), "bare"
    ):
        image = GLANCE.get(ours, "bare")
    assert image["properties"] == {"os_type": "linux"}


def test_server_without_overrides() -> None:
    """Its image is what Glance says."""
    ours = call()
    with reapplying(ours, server({}, hw_disk_bus="scsi"), "root"):
        assert GLANCE.get(ours, "root") is IMAGES["root"]


def test_ends_with_the_call() -> None:
    """What is read afterwards is Glance's, also when the call failed."""
    ours = call()
    with pytest.raises(KeyError), reapplying(ours, SERVER, "root"):
        GLANCE.get(ours, "missing")
    assert GLANCE.get(ours, "root") is IMAGES["root"]


def test_calls_at_the_same_time() -> None:
    """Calls for several servers of one image do not meet."""
    models = [f"model{number}" for number in range(16)]
    together = threading.Barrier(len(models))
    seen: dict[str, Any] = {}

    def rebuild(model: str) -> None:
        ours = call()
        one = server({"hw_vif_model": model}, hw_vif_model=model)
        together.wait()
        with reapplying(ours, one, "root"):
            together.wait()
            seen[model] = GLANCE.get(ours.elevated(), "root")

    threads = [threading.Thread(target=rebuild, args=(m,)) for m in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {
        model: image["properties"]["hw_vif_model"]
        for model, image in seen.items()
    } == dict(zip(models, models))


def test_rpc_does_not_carry_it() -> None:
    """Another service that is called has to find out for itself."""
    ours = call()
    with reapplying(ours, SERVER, "root"):
        arrived = context.RequestContext.from_dict(ours.to_dict())
        assert GLANCE.get(arrived, "root") is IMAGES["root"]


def test_all_else_is_novas() -> None:
    """Other parts of the API are passed through."""
    assert GLANCE.name == "glance"


def test_volume() -> None:
    """The image metadata of the root volume has the overrides."""
    cinder = VolumeAPI(Cinder(), CATALOGUE)
    ours = call()
    with reapplying(ours, SERVER):
        volume = cinder.get(ours, "volume")
    assert volume["volume_image_metadata"]["hw_disk_bus"] == "scsi"
    volume = cinder.get(ours, "volume")
    assert volume["volume_image_metadata"] == {"hw_disk_bus": "ide"}


def test_values_are_the_servers() -> None:
    """A token is resolved already; a removal has the default in its place."""
    one = server(
        {"os_command_line": "%default% quiet", "hw_disk_bus": None},
        os_command_line="console=ttyS0 quiet",
        hw_disk_bus="virtio",
    )
    assert overrides_in_force(one.system_metadata) == {
        "os_command_line": "console=ttyS0 quiet",
        "hw_disk_bus": "virtio",
    }
