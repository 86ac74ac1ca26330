# SPDX-License-Identifier: Apache-2.0
"""Each property of a stopped server: changed at its start, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
    TakesEffect,
)
from image_props_override.core.properties.facts import NO_FIELDS
from tests.functional.boot.test_every_property import (
    FLAVOR_NEEDS,
    NEEDS,
    PLAIN,
    legal_value,
)
from tests.functional.lifecycle.test_stopped_server import (
    all_kept,
    answer_to_change,
    started,
    stopped,
)
from tests.functional.nova_in_process import NovaInProcess

CODES = {TakesEffect.MOVE: "needs_move", TakesEffect.NEVER: "fixed_at_boot"}
CHANGEABLE = [each for each in PLAIN if not each.no_effect]
# Where the first legal value is none that libvirt's driver starts.
VALUES = {
    "hw_cdrom_bus": "sata",
    "hw_disk_bus": "sata",
    "hw_floppy_bus": "fdc",
    "hw_machine_type": "q35",
    "hw_scsi_model": "virtio-scsi",
    "hw_vif_model": "e1000",
    "hw_video_model": "vga",
    "os_secure_boot": "disabled",
}


@pytest.mark.parametrize("definition", CHANGEABLE, ids=lambda each: each.name)
def test_change(nova: NovaInProcess, definition: PropertyDefinition) -> None:
    """Its row says when a change takes effect, and that is so."""
    name = definition.name
    code = CODES.get(definition.takes_effect)
    # What is refused needs no host that could do it.
    extra_specs = {} if code else FLAVOR_NEEDS.get(name, {})
    flavor = nova._create_flavor(vcpu=2, extra_spec=extra_specs)
    server = stopped(nova, imageRef=nova.kernel_image_with(), flavorRef=flavor)
    before = all_kept(nova, server)
    value = VALUES.get(name) or legal_value(definition)
    if definition.kind is PropertyKind.IMAGE:
        # The same again: another one needs our nova-compute.
        value = nova.instance(server)[name]
    overrides: dict[str, Any] = {
        name: value,
        **NEEDS.get(name, {}),
    }
    answer = answer_to_change(nova, server, overrides)
    if code:
        assert answer.status_code == 400
        assert f"{name}: cannot be changed" in answer.text
        assert f"[{code}]" in answer.text
        assert all_kept(nova, server) == before
        return
    assert answer.status_code == 200, answer.text
    shown = answer.json()["server"]["image_props_override"]
    metadata = nova.system_metadata(server)
    assert metadata[f"image_{name}"] == shown[name]
    if name not in NO_FIELDS:
        spec = nova.request_spec(server).image.properties
        assert spec.obj_attr_is_set(name)
    started(nova, server)
    assert nova.system_metadata(server)[f"image_{name}"] == shown[name]
