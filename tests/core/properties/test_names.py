# SPDX-License-Identifier: Apache-2.0
"""From spellings to canonical names."""

from __future__ import annotations

import pytest

from image_props_override.core.problems import (
    CATALOGUE_HINT,
    Problem,
    ProblemCode,
)
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
    ("hw_disk_bus\n", ProblemCode.NAME_UNKNOWN, "Nova does not read it"),
    ("hw_\ud800", ProblemCode.NAME_UNKNOWN, "Nova does not read it"),
    ("hw_d\u0456sk_bus", ProblemCode.NAME_UNKNOWN, "Nova does not read it"),
    ("", ProblemCode.NAME_UNKNOWN, "Nova does not read it"),
    ("x" * 10_000, ProblemCode.NAME_UNKNOWN, "Nova does not read it"),
    ("hw_numa_cpus.00", ProblemCode.NAME_UNKNOWN, "numbered from 0"),
    ("hw_numa_cpus.128", ProblemCode.NAME_UNKNOWN, "numbered from 0"),
    ("hw_numa_cpus.-1", ProblemCode.NAME_UNKNOWN, "numbered from 0"),
    ("hw_numa_nodes.0", ProblemCode.NAME_UNKNOWN, "Nova does not read it"),
    ("disk_bus", ProblemCode.NAME_UNKNOWN, "'hw_disk_bus'"),
    ("hw_numa_mems", ProblemCode.NAME_UNKNOWN, "'hw_numa_mem.0'"),
    ("hw_numa_cpu.2", ProblemCode.NAME_UNKNOWN, "'hw_numa_cpus.2'"),
    ("hw_nothing", ProblemCode.NAME_UNKNOWN, CATALOGUE_HINT),
    # Names for people.
    ("os_version", ProblemCode.NAME_UNKNOWN, "metadata of the server"),
    ("os_purpose", ProblemCode.NAME_UNKNOWN, "metadata of the server"),
    ("owner_specified.x", ProblemCode.NAME_UNKNOWN, "metadata of the server"),
    # What has no effect, and what no string can carry, is not suggested.
    ("img_versio", ProblemCode.NAME_UNKNOWN, CATALOGUE_HINT),
    ("img_mapping", ProblemCode.NAME_UNKNOWN, CATALOGUE_HINT),
    # Names from guides, Glance's definitions and flavors.
    ("hw_scsi_queues", ProblemCode.NAME_UNKNOWN, "hw_scsi_model"),
    (
        "hw_emulator_threads_policy",
        ProblemCode.NAME_UNKNOWN,
        "extra spec hw:emulator_threads_policy",
    ),
    ("os_secure_boot_signature", ProblemCode.NAME_UNKNOWN, "Hyper-V"),
    ("hw_rng", ProblemCode.NAME_UNKNOWN, "hw_rng:allowed"),
    ("min_ram", ProblemCode.NAME_UNKNOWN, "a field of the image"),
    ("hw:numa_nodes", ProblemCode.NAME_UNKNOWN, "is 'hw_numa_nodes'"),
    ("hw:numa_cpus.0", ProblemCode.NAME_UNKNOWN, "is 'hw_numa_cpus.0'"),
    ("hw:cpu_realtime", ProblemCode.NAME_UNKNOWN, "an image does not have it"),
    ("hw:rng_model", ProblemCode.NAME_UNKNOWN, "an image does not have it"),
    ("resources2:VCPU", ProblemCode.NAME_UNKNOWN, "extra spec of flavors"),
    ("resource:VCPU", ProblemCode.NAME_UNKNOWN, "metadata of the server"),
    ("traits:HW_X", ProblemCode.NAME_UNKNOWN, "'trait:HW_X'"),
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
