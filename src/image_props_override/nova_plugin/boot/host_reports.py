# SPDX-License-Identifier: Apache-2.0
"""What the hosts of this cloud tell that they support."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from oslo_config import cfg

from image_props_override.core.boot.host_support import (
    MODEL_PREFIXES,
    HostSupport,
    is_told_by_hosts,
    unsupported_overrides,
)
from image_props_override.core.problems import Problem
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.nova_plugin.nova_privates import hosts
from image_props_override.nova_plugin.reading import Reading

# Where our nova-compute tells libvirt's machine types, with commas between.
_MACHINE_TYPES = "image_props_override:machine_types"

# Whose machines are real ones: properties of a guest do not apply.
_BARE_METAL = "ironic"


class HostReports(Reading[HostSupport]):
    """What the hosts support; None where it is not known now.

    Placement and the cells' compute nodes are asked, by the request that
    finds the last reading too old.
    """

    def __init__(
        self,
        catalogue: PropertyCatalogue,
        conf: cfg.ConfigOpts,
        refresh_seconds: float,
        *,
        refuse: bool,
    ) -> None:
        """Read nothing yet.

        Args:
            catalogue: The image properties that exist.
            conf: Nova's configuration.
            refresh_seconds: How old a reading may be.
            refuse: Whether boots are refused what no host supports.
        """
        self._catalogue = catalogue
        self._refuse = refuse
        super().__init__(
            lambda: read_host_support(conf),
            refresh_seconds,
            "The hosts cannot be read: what they support is not known",
        )

    def problems(
        self, overrides: Mapping[str, str | None]
    ) -> tuple[Problem, ...]:
        """Return which overrides no host supports.

        Args:
            overrides: Canonical name to value; None removes the property.
        """
        is_asked = any(
            value is not None and is_told_by_hosts(name)
            for name, value in overrides.items()
        )
        support = self() if self._refuse and is_asked else None
        if support is None:
            return ()
        return tuple(
            unsupported_overrides(support, overrides, self._catalogue)
        )


def read_host_support(conf: cfg.ConfigOpts) -> HostSupport | None:
    """Ask Placement and the database.

    Args:
        conf: Nova's configuration.

    Returns:
        None if there are no hosts for guests.

    Raises:
        Exception: One of them does not answer, whatever that looks like.
    """
    nodes = hosts.compute_nodes()
    virtual = [node for node in nodes if node.hypervisor_type != _BARE_METAL]
    if not virtual:
        return None
    standard = hosts.standard_traits()
    return HostSupport(
        traits=hosts.traits_in_use(),
        standard_traits=standard,
        untold=_untold({str(node.uuid) for node in virtual}, standard),
        guest_kinds=_guest_kinds(nodes, conf),
        machine_types=_machine_types(virtual),
    )


def _untold(
    node_ids: set[str], standard_traits: frozenset[str]
) -> frozenset[str]:
    """Return the beginnings of traits of which some host has none."""
    untold = set()
    for prefix in MODEL_PREFIXES:
        traits = sorted(t for t in standard_traits if t.startswith(prefix))
        if not traits or node_ids & hosts.providers_without(traits):
            untold.add(prefix)
    return frozenset(untold)


def _guest_kinds(
    nodes: Iterable[Any], conf: cfg.ConfigOpts
) -> frozenset[tuple[str, str, str]] | None:
    if not hosts.looks_at_guest_kinds(conf):
        return None
    kinds: set[tuple[str, str, str]] = set()
    for node in nodes:
        told = node.supported_hv_specs or ()
        if not told:
            return None
        kinds |= {(each.arch, each.hv_type, each.vm_mode) for each in told}
    return frozenset(kinds) or None


def _machine_types(nodes: Iterable[Any]) -> frozenset[str] | None:
    types: set[str] = set()
    for node in nodes:
        told = (node.stats or {}).get(_MACHINE_TYPES)
        if not told:
            return None
        types.update(told.split(","))
    return frozenset(types) or None


def machine_types_in_stats(driver: Any) -> dict[str, str]:
    """Return the machine types of a host as it tells them in its ``stats``.

    Args:
        driver: The virt driver of nova-compute.
    """
    types = hosts.libvirts_machine_types(driver)
    return {_MACHINE_TYPES: ",".join(sorted(types))} if types else {}
