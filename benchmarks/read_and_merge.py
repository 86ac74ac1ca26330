# SPDX-License-Identifier: Apache-2.0
"""How long reading and merging an override of every property takes.

The core alone, on the catalogue of the installed Nova; for comparison, what
Nova itself takes to read the same properties, alternately in the same run:
what else the machine does meanwhile falls on both.

    .venv/bin/python benchmarks/read_and_merge.py [--pairs N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"

from nova.objects.image_meta import ImageMetaProps

from image_props_override.core.boot.plan import plan_boot
from image_props_override.core.override_request import read_override_request
from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.rules.ordered_rules import (
    Caller,
    OverrideRules,
    allow_list,
    deny_list,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

VALUES = {
    PropertyKind.BOOLEAN: "true",
    PropertyKind.INTEGER: "1",
    PropertyKind.TEXT: "some text",
    PropertyKind.UUID: "12345678-1234-1234-1234-123456789abc",
    PropertyKind.IMAGE: "12345678-1234-1234-1234-123456789abc",
    PropertyKind.VERSION_PREDICATE: ">=1.0",
    PropertyKind.PAGE_SIZE: "2048",
    PropertyKind.CPU_MASK: "^0",
    PropertyKind.CPU_SET_LIST: "0-1",
    PropertyKind.INTEGER_LIST: "1024",
    PropertyKind.TRAIT_LIST: "required",
}
MEMBERS = {
    "hw_numa_cpus": "hw_numa_cpus.0",
    "hw_numa_mem": "hw_numa_mem.0",
    "traits_required": "trait:HW_CPU_X86_AVX2",
}


def value_of(definition: PropertyDefinition) -> str:
    """Return a legal value of the property."""
    if definition.kind is PropertyKind.ENUM:
        return definition.legal_values[0]
    return VALUES[definition.kind]


def milliseconds(run: Callable[[], object]) -> float:
    """Return how long one run takes."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Print the medians, and that of the pairs' quotients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    count = parser.parse_args().pairs
    catalogue = catalogue_from_nova()
    rules = OverrideRules(
        (
            deny_list(["nothing"], catalogue, "deny"),
            allow_list(["*"], catalogue, "allow"),
        )
    )
    caller = Caller("project", frozenset({"member"}))
    asked = {
        MEMBERS.get(each.name, each.name): value_of(each)
        for each in catalogue.values()
        if each.kind is not PropertyKind.STRUCTURED and not each.no_effect
    }
    # Without these, some of the properties would be refused.
    flavor = {"hw_video:ram_max_mb": "64", "hw:cpu_realtime": "yes"}
    image = {"kernel_id": "k", "architecture": "x86_64", "hw_disk_bus": "ide"}

    def ours() -> None:
        request = read_override_request(
            asked,
            catalogue,
            lambda name, value: rules.decide(name, value, caller),
        )
        plan = plan_boot(image, request.overrides, flavor, catalogue)
        assert not request.problems
        assert not plan.problems

    def novas() -> None:
        ImageMetaProps.from_dict(dict(asked))

    pairs = [(milliseconds(ours), milliseconds(novas)) for _ in range(count)]
    for name, figures in zip(
        ("read and merge", "ImageMetaProps.from_dict"),
        zip(*pairs, strict=True),
        strict=True,
    ):
        print(
            f"{name:26} {len(asked)} properties: median "
            f"{statistics.median(figures):.3f} ms, least {min(figures):.3f}"
        )
    quotient = statistics.median(one / other for one, other in pairs)
    print(f"median quotient of {count} pairs: {quotient:.2f}")


if __name__ == "__main__":
    main()
