# SPDX-License-Identifier: Apache-2.0
"""A value that no host of the cloud supports is refused, and told of.

The host runs our nova-compute on libvirt's stand-in, and reports to a real
Placement.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nova import objects
from nova.scheduler.client import report

from image_props_override.nova_plugin.nova_privates import hosts
from tests.functional.api.previewing import preview
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

CATALOGUE = "/v2.1/os-image-props-override"


@pytest.fixture(autouse=True)
def refusing(nova: NovaInProcess) -> Iterator[None]:
    """An API that has read nothing yet, with the options' own default."""
    with nova.configured(refuse_unsupported=True):
        yield


def unsupported(nova: NovaInProcess, name: str) -> object:
    """Return what the catalogue says of a property."""
    told = nova.request("GET", CATALOGUE, OURS).json()["properties"]
    (found,) = (each for each in told if each["name"] == name)
    return found["unsupported_values"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"hw_disk_bus": "xen"}, "supports 'xen'; some host supports: "),
        ({"hw_vif_model": "VirtualVmxnet"}, "no host of this cloud"),
        ({"hw_video_model": "xen"}, "hw_video_model: no host"),
        ({"img_hv_type": "xen"}, "supports 'xen'; some host supports: "),
        ({"hw_architecture": "ppc64"}, "x86_64"),
        (
            {"hw_tpm_version": "2.0", "hw_tpm_model": "tpm-crb"},
            "hw_tpm_version: no host of this cloud supports '2.0'",
        ),
        ({"trait:CUSTOM_NOWHERE": "required"}, "has this trait"),
        ({"hw_machine_type": "q35x"}, "did you mean 'q35'?"),
    ],
)
def test_refused(
    nova: NovaInProcess, overrides: dict[str, str], words: str
) -> None:
    """Before anything is reserved, and with what would do."""
    status, message = nova.refused(overrides)
    assert status == 400
    assert words in message
    assert nova.api.get_servers() == []


def test_taken(nova: NovaInProcess) -> None:
    """What the host supports boots."""
    overrides = {
        "hw_disk_bus": "scsi",
        "hw_scsi_model": "virtio-scsi",
        "hw_vif_model": "e1000",
        "img_hv_type": "kvm",
        "hw_machine_type": "q35",
        "hw_video_model": "none",
    }
    server = nova.boot(overrides)
    assert server["image_props_override"] == overrides


def test_told(nova: NovaInProcess) -> None:
    """Catalogue and preview say the same as a refusal."""
    assert "xen" in str(unsupported(nova, "hw_disk_bus"))
    assert "virtio" not in str(unsupported(nova, "hw_disk_bus"))
    assert unsupported(nova, "os_distro") is None
    told = preview(nova, {"hw_disk_bus": "xen", "hw_machine_type": "q35"})
    seen = {each["name"]: each["supported"] for each in told["properties"]}
    assert (seen["hw_disk_bus"], seen["hw_machine_type"]) == (False, True)
    assert [each["code"] for each in told["problems"]] == ["no_host_supports"]


def test_switched_off(nova: NovaInProcess) -> None:
    """The operator may leave it to the hosts; the preview still tells."""
    with nova.configured(refuse_unsupported=False):
        told = preview(nova, {"hw_disk_bus": "xen"})
        assert told["problems"] == []
        (bus,) = (
            each
            for each in told["properties"]
            if each["name"] == "hw_disk_bus"
        )
        assert bus["supported"] is False


def test_host_that_does_not_tell(nova: NovaInProcess) -> None:
    """An older nova-compute has no such traits: it may support anything."""
    (node,) = hosts.compute_nodes()
    told = nova._get_provider_traits(node.uuid)
    silent = [t for t in told if not t.startswith("COMPUTE_STORAGE_BUS_")]
    nova._set_provider_traits(node.uuid, silent)
    try:
        assert unsupported(nova, "hw_disk_bus") is None
        told_now = preview(nova, {"hw_disk_bus": "xen"})
        assert told_now["problems"] == []
        # Of others it still tells.
        assert "netfront" in str(unsupported(nova, "hw_vif_model"))
    finally:
        nova._set_provider_traits(node.uuid, told)


def test_stock_compute_service(nova: NovaInProcess) -> None:
    """It tells no machine types."""
    (node,) = hosts.compute_nodes()
    told = dict(node.stats)
    node.stats = {k: v for k, v in told.items() if "machine_types" not in k}
    assert node.stats != told
    node.save()
    try:
        assert preview(nova, {"hw_machine_type": "q35x"})["problems"] == []
    finally:
        node = objects.ComputeNode.get_by_id(nova.context, node.id)
        node.stats = told
        node.save()


def test_placement_does_not_answer(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is known, and nothing refused."""
    get = report.SchedulerReportClient.get

    def unavailable(*args: object, **kwargs: object) -> object:
        response = get(*args, **kwargs)
        response.status_code = 503
        return response

    with monkeypatch.context() as patch:
        patch.setattr(report.SchedulerReportClient, "get", unavailable)
        assert unsupported(nova, "hw_disk_bus") is None
        told = preview(nova, {"hw_disk_bus": "xen"})
    assert told["problems"] == []
    assert {each["supported"] for each in told["properties"]} == {None}
