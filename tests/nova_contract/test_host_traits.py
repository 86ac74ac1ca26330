# SPDX-License-Identifier: Apache-2.0
"""Which traits Nova's scheduler requires of hosts, and what hosts tell."""

from __future__ import annotations

from collections.abc import Iterator

import os_traits
import pytest
from nova import context, objects
from nova.compute.stats import Stats
from nova.conf import CONF
from nova.scheduler import request_filter, utils
from nova.virt import fake

from image_props_override.core.boot.host_support import (
    MODEL_PREFIXES,
    REQUIRED_TRAITS,
    TRAITS_OF_MODELS,
    HostSupport,
)
from image_props_override.nova_plugin.boot.host_reports import (
    told_in_stats,
)
from image_props_override.nova_plugin.nova_privates import hosts
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

CATALOGUE = catalogue_from_nova()
ALL_TRAITS = hosts.standard_traits()
# Hosts with every standard trait.
ALL = HostSupport(ALL_TRAITS, ALL_TRAITS, frozenset(), None, None)

# What Nova reads some of them together with.
PARTNERS = {
    "os_secure_boot": {"hw_firmware_type": "uefi"},
    "hw_firmware_stateless": {"hw_firmware_type": "uefi"},
    "hw_tpm_version": {"hw_tpm_model": "tpm-tis", "hw_firmware_type": "uefi"},
    "hw_tpm_model": {"hw_tpm_version": "2.0", "hw_firmware_type": "uefi"},
}


def request_spec(properties: dict[str, str]) -> objects.RequestSpec:
    """Return what the scheduler is asked for a server of an image."""
    image = objects.ImageMeta.from_dict(
        {"name": "image", "properties": dict(properties)}
    )
    flavor = objects.Flavor(
        vcpus=2,
        memory_mb=512,
        root_gb=1,
        ephemeral_gb=0,
        swap=0,
        extra_specs={},
    )
    return objects.RequestSpec(
        image=image,
        flavor=flavor,
        is_bfv=False,
        requested_resources=[],
        requested_networks=objects.NetworkRequestList(),
        request_level_params=objects.RequestLevelParams(),
        numa_topology=None,
        pci_requests=None,
    )


def required(properties: dict[str, str]) -> set[str]:
    """Return the traits that Nova then requires of a host."""
    spec = request_spec(properties)
    for name in ("packed_virtqueue_filter", "ephemeral_encryption_filter"):
        if the_filter := getattr(request_filter, name, None):
            the_filter(context.get_admin_context(), spec)
    wanted = utils.ResourceRequest.from_request_spec(spec)
    unsuffixed = wanted.get_request_group(None)
    return {
        *unsuffixed.required_traits,
        *spec.root_required,
        *wanted._root_required,
    }


@pytest.mark.parametrize(
    ("name", "value", "trait"),
    [
        (name, value, trait)
        for name, traits in REQUIRED_TRAITS.items()
        for value, trait in traits.items()
        # What os-traits does not have is not asked for, see HostSupport.
        if name in CATALOGUE and trait in ALL_TRAITS
    ],
)
def test_required(name: str, value: str, trait: str) -> None:
    """Nova takes no host without the trait."""
    assert trait in ALL_TRAITS
    given = {**PARTNERS.get(name, {}), name: value}
    assert trait in required(given)


@pytest.fixture
def prefilter() -> Iterator[None]:
    """Nova's own mapping of models, which operators switch on."""
    CONF.set_override("image_metadata_prefilter", True, "scheduler")
    yield
    CONF.clear_override("image_metadata_prefilter", "scheduler")


# Nova computes COMPUTE_VIOMMU_INTEL, which os-traits does not have.
OF_NOVAS_FILTER = (
    "hw_disk_bus",
    "hw_cdrom_bus",
    "hw_video_model",
    "hw_vif_model",
    "hw_emulation_architecture",
)


@pytest.mark.parametrize("name", OF_NOVAS_FILTER)
@pytest.mark.usefixtures("prefilter")
def test_models(name: str) -> None:
    """Nova's filter and we mean the same trait, value by value."""
    for value in CATALOGUE[name].legal_values:
        spec = request_spec({name: value})
        request_filter.transform_image_metadata(
            context.get_admin_context(), spec
        )
        (trait,) = spec.root_required or {None}
        if ALL.has(name, value) is None:
            assert trait is None or value == "none"
        else:
            others = ALL_TRAITS - {trait}
            lacking = HostSupport(others, ALL_TRAITS, frozenset(), None, None)
            assert lacking.has(name, value) is False


@pytest.mark.parametrize("name", TRAITS_OF_MODELS)
def test_some_value_has_a_trait(name: str) -> None:
    """A beginning of traits that nobody has would never tell anything."""
    if name not in CATALOGUE:
        pytest.skip(f"this Nova has no {name}")
    if not os_traits.get_traits(prefix=TRAITS_OF_MODELS[name]):
        pytest.skip(f"its os-traits has no {TRAITS_OF_MODELS[name]}*")
    assert any(ALL.has(name, v) for v in CATALOGUE[name].legal_values)
    assert TRAITS_OF_MODELS[name] in MODEL_PREFIXES


def test_only_libvirt_has_machine_types() -> None:
    """Another driver's host tells that it keeps long lines, and no more."""
    driver = fake.FakeDriver(None)
    driver.init_host("host")
    before = driver.get_available_resource("host")
    hosts.add_to_stats(driver, lambda: told_in_stats(driver))
    after = driver.get_available_resource("host")
    assert after.keys() <= {*before, "stats"}
    told = after["stats"].items() - (before.get("stats") or {}).items()
    assert told == {("image_props_override:long_lines", "1")}
    assert hosts.libvirts_machine_types(driver) is None


def test_stats_take_texts() -> None:
    """The resource tracker keeps what a driver adds to its ``stats``."""
    stats = Stats()
    stats.digest_stats({"ours": "pc,q35"})
    assert stats["ours"] == "pc,q35"
    node = objects.ComputeNode(stats=stats)
    assert node.stats["ours"] == "pc,q35"
