# SPDX-License-Identifier: Apache-2.0
"""What the hosts of this cloud report that they support."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from oslo_config import cfg
from oslo_log import log as logging

from image_props_override.core.boot.host_support import (
    MODEL_PREFIXES,
    HostSupport,
    is_told_by_hosts,
    unsupported_overrides,
)
from image_props_override.core.boot.long_values import long_line_in
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.limits import (
    COMMAND_LINE,
    LONGEST_VALUE_BYTES,
)
from image_props_override.nova_plugin.nova_privates import hosts
from image_props_override.nova_plugin.reading import Reading

# Where our nova-compute tells libvirt's machine types, with commas between.
_MACHINE_TYPES = "image_props_override:machine_types"

# Where our nova-compute tells that it puts long command lines together.
_LONG_LINES = "image_props_override:long_lines"

# Whose machines are real ones: properties of a guest do not apply.
_BARE_METAL = "ironic"

LOG = logging.getLogger(__name__)


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
            "Cannot read the hosts: what they support is unknown",
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

    def long_line_problems(
        self,
        properties: Mapping[str, Any],
        overrides: Mapping[str, str | None],
    ) -> tuple[Problem, ...]:
        """Return why the hosts cannot keep an overridden command line.

        Whatever else the operator leaves to the hosts: a guest would start
        with another line than asked for.

        Args:
            properties: The effective ones.
            overrides: Canonical name to value, as asked for.
        """
        line = long_line_in(properties, overrides)
        if line is None:
            return ()
        lacking = self.lacking_long_lines()
        if lacking is None:
            return ()
        words = (
            f"is {len(line.encode())} bytes long; Nova keeps "
            f"{LONGEST_VALUE_BYTES} bytes (UTF-8) of a value, and {lacking}. "
            f"Shorten it to {LONGEST_VALUE_BYTES} bytes, or ask the operator"
        )
        return (Problem(COMMAND_LINE, words, ProblemCode.VALUE_TOO_LONG),)

    def lacking_long_lines(self, besides: Collection[str] = ()) -> str | None:
        """Return why not every host keeps long command lines, or None.

        The hosts are asked each time, which few requests need: a stock
        nova-compute may have come back a second ago. The reason is for
        users: it does not have the names of hosts, which are in the log.

        Args:
            besides: Names of hosts that do not matter.
        """
        needed = (
            "more than that needs nova-compute-image-props on every compute "
            "host"
        )
        try:
            nodes = _nodes_for_guests(hosts.compute_nodes())
        # Whatever the databases raise.
        except Exception:
            LOG.exception(
                "Cannot read the hosts: long command lines are refused"
            )
            nodes = []
        if not nodes:
            return f"{needed}, and nova-api cannot read now what they run"
        without = sorted(
            {
                str(node.host)
                for node in nodes
                if _LONG_LINES not in (node.stats or {})
                and node.host not in besides
            }
        )
        if not without:
            return None
        LOG.info("These hosts cut long command lines: %s", ", ".join(without))
        count = len({node.host for node in nodes})
        return f"{needed}, which {len(without)} of {count} lack"


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
    virtual = _nodes_for_guests(nodes)
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


def _nodes_for_guests(nodes: Iterable[Any]) -> list[Any]:
    return [node for node in nodes if node.hypervisor_type != _BARE_METAL]


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


def told_in_stats(driver: Any) -> dict[str, str]:
    """Return what a host with our nova-compute reports in its ``stats``.

    That it keeps long lines, and its machine types where libvirt has some.

    Args:
        driver: The virt driver of nova-compute.
    """
    types = hosts.libvirts_machine_types(driver)
    told = {_LONG_LINES: "1"}
    if types:
        told[_MACHINE_TYPES] = ",".join(sorted(types))
    return told
