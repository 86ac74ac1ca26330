# SPDX-License-Identifier: Apache-2.0
"""Times reading, rules and merge, by how much there is to look at."""
# ruff: noqa: E402 - Nova decides at import which threads it uses.

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests import nova_concurrency

nova_concurrency.choose()

from nova.objects.image_meta import ImageMetaProps

from benchmarks.results import Results, in_random_order
from benchmarks.showing.core import Case
from image_props_override.core.boot.plan import plan_boot
from image_props_override.core.override_request import read_override_request
from image_props_override.core.properties.definition import (
    PropertyDefinition,
    PropertyKind,
)
from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.core.rules.isolation import IsolationRule
from image_props_override.core.rules.ordered_rules import (
    Caller,
    OverrideRules,
    RuleSource,
    allow_list,
    deny_list,
)
from image_props_override.core.rules.property_protections import (
    PropertyProtections,
    RuleFormat,
    operations_of,
    read_protections,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.rules.aggregate_keys import (
    AggregateKeys,
)
from image_props_override.nova_plugin.rules.yaml_file import RulesFile

ROUNDS: Final = 100
SIZES: Final[Mapping[Case, tuple[int, ...]]] = {
    Case.OVERRIDES: (1, 20, 86),
    Case.NOVA: (1, 20, 86),
    Case.RULES: (10, 100, 1000),
    Case.ISOLATION: (10, 100, 1000),
    Case.ISOLATION_READ: (10, 100, 1000),
    Case.PROTECTIONS: (10, 50, 200),
}
# The clock's own cost is to be small beside what is timed.
_REPEATS: Final = 5

_VALUES: Final = {
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
_MEMBERS: Final = {
    "hw_numa_cpus": "hw_numa_cpus.0",
    "hw_numa_mem": "hw_numa_mem.0",
    "traits_required": "trait:HW_CPU_X86_AVX2",
}
# Without these, some of the properties would be refused.
_FLAVOR: Final = {"hw_video:ram_max_mb": "64", "hw:cpu_realtime": "yes"}
_IMAGE: Final = {
    "kernel_id": "k",
    "architecture": "x86_64",
    "hw_disk_bus": "ide",
}
_CALLER: Final = Caller("project", frozenset({"member"}))
_CATALOGUE: Final = catalogue_from_nova()


def measure(results: Results, rounds: int = ROUNDS) -> None:
    """Time each part, all sizes in random order.

    Args:
        results: Where to add the samples.
        rounds: How many.
    """
    with TemporaryDirectory() as folder:
        parts = {
            (case, size): _part(case, size, Path(folder))
            for case, sizes in SIZES.items()
            for size in sizes
        }
        for number, (case, size) in in_random_order(rounds, [*parts]):
            milliseconds = _processor_ms(parts[case, size])
            results.add(case, str(size), number, cpu_ms=milliseconds)


def _processor_ms(run: Callable[[], object]) -> float:
    start = time.thread_time_ns()
    for _ in range(_REPEATS):
        run()
    return (time.thread_time_ns() - start) / 1e6 / _REPEATS


def _part(case: Case, size: int, folder: Path) -> Callable[[], object]:
    """Return what is timed."""
    if case is Case.OVERRIDES:
        return partial(_read_and_merge, _overrides(size), _lists())
    if case is Case.NOVA:
        properties = _overrides(size)
        return lambda: ImageMetaProps.from_dict(dict(properties))
    twenty = _overrides(20)
    named = tuple(_named(twenty))
    if case is Case.RULES:
        path = folder / f"rules-{size}.yaml"
        path.write_text(_rules(size))
        return partial(_decide, RulesFile(path, _CATALOGUE), named)
    if case is Case.PROTECTIONS:
        protections = read_protections(
            _sections(size), "file", RuleFormat.ROLES
        )
        return partial(_permit, protections, twenty)
    isolating = [f"trait:CUSTOM_OF_AGGREGATE_{n}" for n in range(size)]
    if case is Case.ISOLATION_READ:
        return AggregateKeys(_CATALOGUE, 0, lambda: isolating)
    keys = AggregateKeys(_CATALOGUE, 3600, lambda: isolating)
    return partial(_decide, IsolationRule(keys, frozenset()), named)


def _lists() -> OverrideRules:
    """Return what decides in a cloud whose operator has set nothing."""
    return OverrideRules(
        (
            deny_list([], _CATALOGUE, "deny"),
            allow_list(["*"], _CATALOGUE, "allow"),
        )
    )


def _overrides(count: int) -> dict[str, str]:
    """Return overrides that are valid together; traits are the last."""
    asked = {
        _MEMBERS.get(each.name, each.name): _value_of(each)
        for each in _CATALOGUE.values()
        if each.kind is not PropertyKind.STRUCTURED and not each.no_effect
    }
    for number in range(count - len(asked)):
        asked[f"trait:CUSTOM_{number}"] = "required"
    return dict([*asked.items()][:count])


def _value_of(definition: PropertyDefinition) -> str:
    if definition.kind is PropertyKind.ENUM:
        return definition.legal_values[0]
    return _VALUES[definition.kind]


def _read_and_merge(asked: Mapping[str, str], rules: OverrideRules) -> None:
    request = read_override_request(
        asked,
        _CATALOGUE,
        lambda name, value: rules.decide(name, value, _CALLER),
    )
    plan = plan_boot(_IMAGE, request.overrides, _FLAVOR, _CATALOGUE)
    assert not request.problems
    assert not plan.problems


def _named(
    overrides: Mapping[str, str],
) -> Iterable[tuple[PropertyName, str]]:
    for spelling, value in overrides.items():
        name = resolve_name(spelling, _CATALOGUE)
        assert isinstance(name, PropertyName)
        yield name, value


def _decide(
    source: RuleSource, overrides: Iterable[tuple[PropertyName, str]]
) -> None:
    for name, value in overrides:
        assert source.decide(name, value, _CALLER) is None


def _permit(
    protections: PropertyProtections, overrides: Mapping[str, str]
) -> None:
    after = {**_IMAGE, **overrides}
    for name, operation in operations_of(overrides, _IMAGE, after, _CATALOGUE):
        assert protections.permits(
            name, operation, ["member"], lambda _: True
        ).allowed


def _rules(count: int) -> str:
    """Return a rules file in which no rule is about the overrides."""
    rule = """
  - properties: ["trait:CUSTOM_OF_RULE_{number}"]
    values: {{listed: [required]}}
    roles: [member]
    action: deny
"""
    return "rules:" + "".join(rule.format(number=n) for n in range(count))


def _sections(count: int) -> str:
    """Return property protections of which the last section decides."""
    granted = "create = {0}\nread = {0}\nupdate = {0}\ndelete = {0}\n"
    others = "".join(
        f"[^x_of_section_{n}_.*]\n{granted.format('!')}"
        for n in range(count - 1)
    )
    return f"{others}[.*]\n{granted.format('@')}"
