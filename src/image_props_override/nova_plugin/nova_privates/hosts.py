# SPDX-License-Identifier: Apache-2.0
"""What Nova's hosts report, to Placement and to the database."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import os_traits
from nova import context as nova_context
from nova import objects
from nova.scheduler.client import report
from oslo_config import cfg

# The first with ``required=!TRAIT``; all of ours are served by it.
_PLACEMENT_VERSION = "1.22"
_SUCCESS = 200

_GUEST_KINDS_FILTER = "ImagePropertiesFilter"


class HostsUnreadableError(Exception):
    """Placement or a cell does not answer."""


def standard_traits() -> frozenset[str]:
    """Return the traits that this Nova's os-traits has."""
    return frozenset(os_traits.get_traits())


def traits_in_use() -> frozenset[str]:
    """Return the traits that some provider of resources has."""
    return frozenset(_placement("/traits?associated=true")["traits"])


def providers_without(traits: Iterable[str]) -> frozenset[str]:
    """Return the providers, of whatever resources, that have none of them."""
    forbidden = ",".join(f"!{trait}" for trait in traits)
    answer = _placement(f"/resource_providers?required={forbidden}")
    return frozenset(each["uuid"] for each in answer["resource_providers"])


def _placement(path: str) -> Any:
    client = report.report_client_singleton()
    response = client.get(path, version=_PLACEMENT_VERSION)
    if response.status_code != _SUCCESS:
        raise HostsUnreadableError(
            f"Placement answers {response.status_code} to {path}"
        )
    return response.json()


def compute_nodes() -> list[Any]:
    """Return the compute nodes of all cells.

    Raises:
        HostsUnreadableError: A cell is down: there may be more.
    """
    found = nova_context.scatter_gather_skip_cell0(
        nova_context.get_admin_context(), objects.ComputeNodeList.get_all
    )
    for cell, nodes in found.items():
        if nova_context.is_cell_failure_sentinel(nodes):
            raise HostsUnreadableError(f"cell {cell} does not answer")
    return [node for nodes in found.values() for node in nodes]


def looks_at_guest_kinds(conf: cfg.ConfigOpts) -> bool:
    """Return whether the scheduler chooses hosts by the kinds of guests.

    Args:
        conf: Nova's configuration, which nova-api shares with the scheduler.
    """
    return _GUEST_KINDS_FILTER in conf.filter_scheduler.enabled_filters


def add_to_stats(driver: Any, stats: Callable[[], Mapping[str, str]]) -> None:
    """Have a virt driver report more in its compute nodes' ``stats``.

    Args:
        driver: The driver of nova-compute.
        stats: Called whenever the driver reports its resources.
    """
    get_available_resource = driver.get_available_resource

    @functools.wraps(get_available_resource)
    def with_ours(*args: Any, **kwargs: Any) -> Any:
        resources = get_available_resource(*args, **kwargs)
        resources["stats"] = {**(resources.get("stats") or {}), **stats()}
        return resources

    driver.get_available_resource = with_ours


def libvirts_machine_types(driver: Any) -> frozenset[str] | None:
    """Return the machine types, and aliases, that a host's libvirt has.

    Those of all architectures and kinds of domains. None where the driver is
    not libvirt's.

    Args:
        driver: The driver of nova-compute.
    """
    # Nova's fake driver has a name there.
    host: Any = getattr(driver, "_host", None)
    if not hasattr(host, "get_capabilities"):
        return None
    guests = host.get_capabilities().guests
    return frozenset(
        name
        for guest in guests
        for domain in (guest.default_domain, *guest.domains.values())
        if domain is not None
        for name in (*domain.machines, *domain.aliases)
    )
