# SPDX-License-Identifier: Apache-2.0
"""GET /os-image-props-override tells what can be overridden here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nova.api.openstack.compute import routes
from nova.objects.image_meta import ImageMetaProps

from image_props_override.core.properties.facts import NO_FIELDS
from image_props_override.nova_plugin.rules import policies
from tests.functional.nova_in_process import (
    NOVAS_LAST,
    OURS,
    NovaInProcess,
)

PATH = "/v2.1/os-image-props-override"


@pytest.mark.parametrize("asked", ["latest", OURS])
def test_catalogue(nova: NovaInProcess, asked: str) -> None:
    """Clients learn the microversion and every property of this Nova."""
    answer = nova.request("GET", PATH, asked)
    assert answer.status_code == 200
    document = answer.json()
    assert document["microversion"] == OURS
    by_name = {each["name"]: each for each in document["properties"]}
    assert set(by_name) == {*ImageMetaProps.fields, *NO_FIELDS}
    bus = by_name["hw_disk_bus"]
    assert bus["kind"] == "enum"
    assert "virtio" in bus["legal_values"]
    assert bus["allowed"] is True
    nodes = by_name["hw_numa_nodes"]
    assert (nodes["minimum"], nodes["maximum"]) == (1, 128)


def test_catalogue_tells_the_rules(nova: NovaInProcess) -> None:
    """What may not be overridden says which rule is against it."""
    with nova.configured(deny=["hw_disk_bus"]):
        document = nova.request("GET", PATH, OURS).json()
    by_name = {each["name"]: each for each in document["properties"]}
    denied = by_name["hw_disk_bus"]
    assert denied["allowed"] is False
    assert "deny pattern 'hw_disk_bus'" in denied["rule"]
    # Whatever the lists say.
    useless = by_name["hw_rescue_bus"]
    assert useless["allowed"] is False
    assert useless["rule"] == useless["no_effect"]


def test_catalogue_tells_what_has_no_effect(nova: NovaInProcess) -> None:
    """Whatever Nova does not read at boot has its reason, and nothing else."""
    document = nova.request("GET", PATH, OURS).json()
    reasons = {
        each["name"]: each["no_effect"] for each in document["properties"]
    }
    assert "hw_rng:allowed" in reasons["hw_rng_model"]
    assert reasons["hw_disk_bus"] is None
    for each in document["properties"]:
        assert bool(each["no_effect"]) is (each["class"] == "no_effect")


def test_catalogue_tells_the_policy(
    nova: NovaInProcess, set_policies: Callable[[dict[str, str]], None]
) -> None:
    """Who may not override at boot is told so of every property."""
    set_policies({policies.CREATE: "role:installer"})
    document = nova.request("GET", PATH, OURS).json()
    for each in document["properties"]:
        assert each["allowed"] is False
        assert each["no_effect"] or policies.CREATE in each["rule"]


def test_catalogue_tells_rules_about_values(
    nova: NovaInProcess, tmp_path: Path
) -> None:
    """What may have some value is allowed, and the rule is named."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "rules:\n"
        "  - {properties: [hw_video_ram], values: {range: [0, 16]}, "
        "action: allow}\n"
        "  - {properties: [hw_video_ram], action: deny}\n"
        "  - {properties: [hw_disk_bus], values: {listed: [ide]}, "
        "action: deny}\n"
        "  - {properties: [hw_boot_menu], values: {listed: ['true']}, "
        "action: deny}\n"
        "  - {properties: [hw_boot_menu], values: {listed: ['no']}, "
        "action: deny}\n"
        "  - {properties: [hw_vif_model], removal: true, action: allow}\n"
        "  - {properties: [hw_vif_model], action: deny}\n"
    )
    with nova.configured(rules_file=str(rules), deny=[]):
        document = nova.request("GET", PATH, OURS).json()
    by_name = {each["name"]: each for each in document["properties"]}
    assert by_name["hw_video_ram"]["allowed"] is True
    assert by_name["hw_disk_bus"]["allowed"] is True
    assert by_name["hw_vif_model"]["allowed"] is False
    menu = by_name["hw_boot_menu"]
    assert (menu["allowed"], menu["allowed_values"]["values"]) == (False, [])
    assert "each of its values" in menu["rule"]
    assert "rule 7 of" in by_name["hw_vif_model"]["rule"]
    # Whatever the lists say.
    assert by_name["img_mappings"]["allowed"] is False
    assert "block_device_mapping_v2" in by_name["img_mappings"]["rule"]


@pytest.mark.parametrize("asked", [NOVAS_LAST, "2.1", None])
def test_not_before_ours(nova: NovaInProcess, asked: str | None) -> None:
    """Below our microversion the path does not exist."""
    assert nova.request("GET", PATH, asked).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_read_only(nova: NovaInProcess, method: str) -> None:
    """The catalogue cannot be changed."""
    assert nova.request(method, PATH, OURS, json={}).status_code in (404, 405)


def test_novas_routes_are_left_alone(nova: NovaInProcess) -> None:
    """Our application is built beside Nova's route list, not into it."""
    assert nova.request("GET", PATH, OURS).status_code == 200
    assert PATH.removeprefix("/v2.1") not in dict(routes.ROUTE_LIST)
    for _, methods in routes.ROUTE_LIST:
        if not isinstance(methods, str):
            for maker, _ in methods.values():
                assert maker.args[0].__module__.startswith("nova.")
