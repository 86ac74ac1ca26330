# SPDX-License-Identifier: Apache-2.0
"""Any request body, and those that are likely to be taken.

FUZZ_EXAMPLES sets how many bodies are tried: 1,000 in CI, 20,000 in its long
run; other ones each time. Hypothesis prints what reproduces a failure.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from image_props_override.core.properties.definition import PropertyKind
from image_props_override.core.properties.names import (
    SPEC_ALIASES,
    VMWARE_ADAPTER_TYPE,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
# One Nova takes all of them: Hypothesis would rather have a new one for each,
# and bodies that it makes faster.
FUZZED = settings(
    max_examples=EXAMPLES, suppress_health_check=list(HealthCheck)
)

CATALOGUE = catalogue_from_nova()

# Of the image that is asked for.
IMAGE_PROPERTIES = {
    "os_command_line": "console=ttyS0",
    "architecture": "x86_64",
    "hw_disk_bus": "ide",
    "hw_numa_cpus.0": "0",
    "hw_numa_cpus.1": "1",
    "hw_numa_mem.0": "1024",
    "hw_numa_mem.1": "1024",
    "os_distro": "debian",
    "trait:HW_CPU_X86_AVX2": "required",
}

NAMES = st.one_of(
    st.sampled_from(
        [
            *CATALOGUE,
            *SPEC_ALIASES,
            VMWARE_ADAPTER_TYPE,
            *(a for each in CATALOGUE.values() for a in each.legacy_aliases),
        ]
    ),
    st.sampled_from(["hw_numa_cpus", "hw_numa_mem"]).flatmap(
        lambda name: st.integers(-1, 3).map(lambda n: f"{name}.{n}")
    ),
    st.text(max_size=12).map(lambda text: f"trait:{text}"),
    st.text(max_size=12),
)
WORDS = st.sampled_from(
    sorted(
        {
            *(v for each in CATALOGUE.values() for v in each.legal_values),
            *("true", "no", "1", "2", "0", "-1", "2MB", "large", "^0", "0-1"),
            *(
                ">=1.0",
                "required",
                "%default% quiet",
                "1024",
                "ide",
                "x" * 255,
            ),
            "12345678-1234-1234-1234-123456789abc",
        }
    )
)
# With half surrogate pairs, which JSON can carry.
TEXTS = st.text(st.characters(), max_size=20)


def json_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return any JSON with texts and keys of a kind."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | texts,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(texts, inner, max_size=3)
        ),
        max_leaves=6,
    )


JSON = json_of(TEXTS)
# Half surrogate pairs elsewhere in a body make Nova's own log handlers fail.
# Rarely anything: most of these bodies are refused for what is around.
AROUND = st.one_of(*[st.none()] * 4, json_of(st.text(max_size=20)))


@st.composite
def fitting(draw: st.DrawFn) -> dict[str, str | None]:
    """Overrides that are likely to be taken."""
    overrides: dict[str, str | None] = {}
    for name in draw(st.sets(st.sampled_from(list(CATALOGUE)), max_size=4)):
        definition = CATALOGUE[name]
        if definition.kind is PropertyKind.ENUM:
            overrides[name] = draw(st.sampled_from(definition.legal_values))
        elif definition.kind is PropertyKind.TEXT:
            overrides[name] = draw(TEXTS)
        elif definition.kind is PropertyKind.BOOLEAN:
            overrides[name] = draw(st.sampled_from(["yes", "False", "1"]))
        elif definition.kind is PropertyKind.INTEGER:
            overrides[name] = str(draw(st.integers(0, 4)))
    for name in draw(
        st.sets(st.sampled_from(list(IMAGE_PROPERTIES)), max_size=1)
    ):
        overrides[name] = None
    return overrides


OVERRIDES = st.one_of(
    fitting(),
    fitting(),
    st.dictionaries(NAMES, WORDS | TEXTS | st.none(), max_size=4),
    st.dictionaries(NAMES, JSON, max_size=4),
    JSON,
)
