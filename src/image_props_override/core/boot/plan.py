# SPDX-License-Identifier: Apache-2.0
"""What one boot will use: overrides meet the image and the flavor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from image_props_override.core.boot.checks import Boot, check_boot
from image_props_override.core.boot.machine import check_machine
from image_props_override.core.boot.merge import (
    Change,
    merge,
    with_defaults_resolved,
)
from image_props_override.core.boot.record import record_of
from image_props_override.core.problems import Problem
from image_props_override.core.properties.catalogue import PropertyCatalogue


@dataclass(frozen=True)
class BootPlan:
    """The properties of one boot.

    Attributes:
        properties: The effective properties, with the record among them.
        changes: What differs from the image, in order of names.
        problems: Why the boot cannot be as asked; empty if it can.
    """

    properties: Mapping[str, Any]
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]


def plan_boot(
    image_properties: Mapping[str, Any],
    overrides: Mapping[str, str | None],
    flavor_extra_specs: Mapping[str, str],
    catalogue: PropertyCatalogue,
    unread: frozenset[str] = frozenset(),
    default_machine_type: str = "pc",
) -> BootPlan:
    """Return what a boot of the image with the overrides will use.

    Args:
        image_properties: Those of the image, volume or snapshot.
        overrides: Canonical name to value; None removes the property.
        flavor_extra_specs: Those of the flavor that is booted.
        catalogue: The properties that exist.
        unread: Canonical names of what was asked for in vain.
        default_machine_type: What hosts of x86_64 make of a guest without a
            machine type; Nova's own default is pc.
    """
    resolved = with_defaults_resolved(image_properties, overrides)
    result = merge(image_properties, resolved, catalogue)
    boot = Boot(
        image_properties=image_properties,
        overrides=overrides,
        resolved=resolved,
        effective=result.effective,
        flavor_extra_specs=flavor_extra_specs,
        unread=unread,
    )
    # The record keeps what was asked, so that a rebuild from another image
    # resolves %default% anew.
    properties = {**result.effective, **record_of(overrides)}
    problems = (
        *check_boot(boot, catalogue),
        *check_machine(boot, default_machine_type),
    )
    return BootPlan(properties, result.changes, problems)
