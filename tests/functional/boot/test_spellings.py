# SPDX-License-Identifier: Apache-2.0
"""A value in any spelling that Nova reads goes on in Nova's own."""

from __future__ import annotations

import pytest

from tests.functional.boot.test_every_property import unbuilt
from tests.functional.lifecycle.rebuilding import Overrides
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.request.audit_trail import entries

__all__ = ["unbuilt"]

# What is asked, and what goes on.
SPELLINGS: list[tuple[Overrides, Overrides]] = [
    ({"hw_architecture": "AMD64"}, {"hw_architecture": "x86_64"}),
    ({"architecture": "i386"}, {"hw_architecture": "i686"}),
    (
        {"hw_emulation_architecture": "AArch64"},
        {"hw_emulation_architecture": "aarch64"},
    ),
    ({"hw_scsi_model": "paraVirtual"}, {"hw_scsi_model": "vmpvscsi"}),
    (
        {"vmware_adaptertype": "lsiLogicsas"},
        {"hw_disk_bus": "scsi", "hw_scsi_model": "lsisas1068"},
    ),
    ({"hw_vif_model": "VirtualE1000"}, {"hw_vif_model": "e1000"}),
    ({"hw_vif_model": "VIRTIO"}, {"hw_vif_model": "virtio"}),
    ({"hw_vm_mode": "hv"}, {"hw_vm_mode": "hvm"}),
    ({"img_hv_type": "QEMU"}, {"img_hv_type": "qemu"}),
    ({"os_type": "Linux"}, {"os_type": "linux"}),
    ({"hw_boot_menu": "Yes"}, {"hw_boot_menu": "true"}),
    ({"hw_cpu_sockets": "02"}, {"hw_cpu_sockets": "2"}),
    (
        {
            "hw_numa_nodes": "1",
            "hw_numa_cpus.0": "0, 1",
            "hw_numa_mem.0": "02048",
        },
        {
            "hw_numa_cpus.0": "0,1",
            "hw_numa_mem.0": "2048",
            "hw_numa_nodes": "1",
        },
    ),
]


@pytest.mark.usefixtures("unbuilt")
@pytest.mark.parametrize(("asked", "canonical"), SPELLINGS)
def test_canonical_everywhere(
    nova: NovaInProcess,
    trail: pytest.LogCaptureFixture,
    asked: Overrides,
    canonical: Overrides,
) -> None:
    """In record, system metadata, request specification and audit trail."""
    answer = nova.answer_to(nova.body(asked))
    assert answer.status_code == 202, answer.text
    server = answer.json()["server"]
    shown = nova.api.get_server(server["id"])
    assert shown["image_props_override"] == canonical
    instance = nova.instance_to_build(server)
    spec = nova.request_spec(server).image.properties
    audited = entries(trail)
    for name, value in canonical.items():
        assert instance.system_metadata[f"image_{name}"] == value
        assert audited[name]["new"] == value
        if "." not in name:
            assert str(spec.get(name)).lower() == value


@pytest.mark.parametrize(
    ("asked", "denied"),
    [
        ({"hw_vif_model": "VirtualE1000"}, "e1000"),
        ({"hw_vif_model": "E1000"}, "VirtualE1000"),
        ({"hw_vif_model": "e1000"}, "virtualE1000"),
    ],
)
def test_rules_by_value(
    nova: NovaInProcess,
    tmp_path_factory: pytest.TempPathFactory,
    asked: Overrides,
    denied: str,
) -> None:
    """No spelling gets around a rule, whichever spelling the rule has."""
    rules = tmp_path_factory.mktemp("rules") / "rules.yaml"
    rules.write_text(
        "rules:\n  - properties: [hw_vif_model]\n"
        f"    values: {{listed: [{denied}]}}\n    action: deny\n"
    )
    with nova.configured(rules_file=str(rules)):
        status, message = nova.refused(asked)
    assert (status, "[rule_denies]" in message) == (403, True)
