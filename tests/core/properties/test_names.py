# SPDX-License-Identifier: Apache-2.0
"""From spellings to canonical names."""

from __future__ import annotations

import pytest

from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from tests.core.catalogue import CATALOGUE

# spelling, canonical name, name of the property
KNOWN = [
    ("hw_disk_bus", "hw_disk_bus", "hw_disk_bus"),
    ("architecture", "hw_architecture", "hw_architecture"),
    ("hw_os_command_line", "os_command_line", "os_command_line"),
    ("hw_numa_cpus.0", "hw_numa_cpus.0", "hw_numa_cpus"),
    ("hw_numa_mem.127", "hw_numa_mem.127", "hw_numa_mem"),
    ("trait:HW_CPU_X86_AVX2", "trait:HW_CPU_X86_AVX2", "traits_required"),
]

# spelling, code, what the message tells
UNKNOWN = [
    ("hw_disk_buss", ProblemCode.NAME_UNKNOWN, "'hw_disk_bus'"),
    ("HW_DISK_BUS", ProblemCode.NAME_UNKNOWN, "'hw_disk_bus'"),
    ("architectur", ProblemCode.NAME_UNKNOWN, "'hw_architecture'"),
    ("hw_disk_bus ", ProblemCode.NAME_UNKNOWN, "'hw_disk_bus'"),
    ("hw_disk_bus\n", ProblemCode.NAME_UNKNOWN, "no image property"),
    ("hw_\ud800", ProblemCode.NAME_UNKNOWN, "no image property"),
    ("hw_d\u0456sk_bus", ProblemCode.NAME_UNKNOWN, "no image property"),
    ("", ProblemCode.NAME_UNKNOWN, "no image property"),
    ("x" * 10_000, ProblemCode.NAME_UNKNOWN, "no image property"),
    ("hw_numa_cpus.00", ProblemCode.NAME_UNKNOWN, "numbered from 0"),
    ("hw_numa_cpus.128", ProblemCode.NAME_UNKNOWN, "numbered from 0"),
    ("hw_numa_cpus.-1", ProblemCode.NAME_UNKNOWN, "numbered from 0"),
    ("hw_numa_nodes.0", ProblemCode.NAME_UNKNOWN, "no image property"),
    ("trait:avx2", ProblemCode.NAME_UNKNOWN, "upper case"),
    ("trait:", ProblemCode.NAME_UNKNOWN, "upper case"),
    ("trait:A\n", ProblemCode.NAME_UNKNOWN, "upper case"),
    ("trait:" + "X" * 225, ProblemCode.NAME_TOO_LONG, "230"),
    ("traits_required", ProblemCode.NAME_NOT_PLAIN, "trait:NAME"),
    ("img_mappings", ProblemCode.NAME_NOT_PLAIN, "structure"),
    ("mappings", ProblemCode.NAME_NOT_PLAIN, "structure"),
]


@pytest.mark.parametrize(("spelling", "canonical", "owner"), KNOWN)
def test_known(spelling: str, canonical: str, owner: str) -> None:
    """A known spelling has one canonical name."""
    name = resolve_name(spelling, CATALOGUE)
    assert isinstance(name, PropertyName)
    assert (name.canonical, name.definition.name) == (canonical, owner)


@pytest.mark.parametrize(("spelling", "code", "told"), UNKNOWN)
def test_unknown(spelling: str, code: ProblemCode, told: str) -> None:
    """Everything else is refused, with a hint."""
    problem = resolve_name(spelling, CATALOGUE)
    assert isinstance(problem, Problem)
    assert problem.code is code
    assert told in problem.message
    assert len(str(problem)) < 250
    assert str(problem).isprintable()
