# SPDX-License-Identifier: Apache-2.0
"""Files of Glance's property protections: usual, odd and broken."""

from __future__ import annotations

from hypothesis import strategies as st

from image_props_override.core.rules.property_protections import (
    Operation,
    RuleFormat,
)

# Overlapping, unanchored, odd; some match nothing, some everything.
EXPRESSIONS = [
    "hw_architecture",
    "^hw_architecture$",
    "architecture",
    "^hw_.*",
    "hw_*",
    "disk",
    "^hw_[a-z]+_bus$",
    "(hw|os)_",
    "^(?!hw_).*",
    "(?i)HW_VIF",
    "HW_VIF",
    "trait:.*",
    r"hw_numa_cpus\.[0-9]",
    "hw_numa_cpus.0",
    "^os_command_line",
    "e$",
    "[[]a",
    "a]b[c]",
    " hw_disk",
    ".",
    "",
    ".*",
    "os_glance",
    "os_glance.*",
    "os_glance_mine",
    "^os_glance.*",
    "DEFAULT",
    "x_%(create)s",
    "[",
    "*",
    "(?P<x>a)(?P<x>b)",
    "a{99999999999}",
    "(?L)a",
]

NAMES = [
    "hw_architecture",
    "architecture",
    "hw_disk_bus",
    "hw_vif_model",
    "HW_VIF_MODEL",
    "hw_numa_cpus.0",
    "hw_numa_cpusX0",
    "trait:HW_CPU_X86_AVX2",
    "os_command_line",
    "os_glance_stage_host",
    "xos_glancex",
    "x_hw_disk_bus",
    "h",
    "a\nb",
]

VALUES_OF_BOTH = ["", "@", "!", " @ ", "%%"]
VALUES = {
    RuleFormat.ROLES: [
        *VALUES_OF_BOTH,
        "admin",
        "Admin, LICENCE",
        "member,admin,",
        "\n  @",
        "member ,\n\n  # a comment\n  licence",
        "member, @",
        "!, admin",
        ",",
        "@!",
        "#admin",
        "admin ; licence",
        "service",
    ],
    RuleFormat.POLICIES: [
        *VALUES_OF_BOTH,
        "glance_creator",
        "Glance_Creator",
        "licence",
        "nested",
        "open",
        "closed",
        "context_is_admin",
        "no_such_policy",
        "get_image",
        "@!",
        "#open",
    ],
}
# Mostly refused, in one of the formats or both.
ODD_VALUES = ["@,!", "admin,!, @", "licence,open", ",", "%", "%(read)s"]


@st.composite
def files(draw: st.DrawFn, rule_format: RuleFormat) -> str:
    """Draw a file: now and then one that is refused."""
    usual = st.sampled_from(EXPRESSIONS[:22])
    odd = st.sampled_from(EXPRESSIONS)
    sections = draw(st.lists(usual, max_size=5, unique=True))
    if draw(st.integers(0, 4)) == 0:
        sections.insert(draw(st.integers(0, len(sections))), draw(odd))
    return "".join(
        f"[{expression}]\n{draw(options(rule_format))}"
        for expression in sections
        if expression
    )


@st.composite
def options(draw: st.DrawFn, rule_format: RuleFormat) -> str:
    """Draw the four operations of a section, in any order and spelling."""
    names = draw(st.permutations([each.value for each in Operation]))
    if draw(st.integers(0, 19)) == 0:
        names = names[1:]
    values = VALUES[rule_format]
    if draw(st.integers(0, 9)) == 0:
        values = [*values, *ODD_VALUES * 2]
    return "".join(
        draw(st.sampled_from(["", "", "; why\n", "# why\n\n"]))
        + draw(st.sampled_from([name, name.upper(), f"{name} "]))
        + draw(st.sampled_from(["=", " = ", ": "]))
        + draw(st.sampled_from(values))
        + "\n"
        for name in names
    )
