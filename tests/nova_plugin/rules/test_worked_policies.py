# SPDX-License-Identifier: Apache-2.0
"""The policies of the operator guide do what their comments say.

Each is loaded as nova-api loads it; only the path of the rules file differs.
"""

from __future__ import annotations

import re

import pytest
from nova.conf import scheduler
from oslo_config import cfg

from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.core.rules.ordered_rules import (
    Caller,
    OverrideRules,
)
from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.rules.configured_rules import load_rules
from tests import PROJECT

CATALOGUE = catalogue_from_nova()
FOLDER = PROJECT / "docs" / "examples" / "policies"
PAGE = PROJECT / "docs" / "operator" / "admin.md"
POLICIES = ("open", "nfv", "regulated")
RULES_FILE = "/etc/nova/image_props_override.yaml"
APPROVED = "0f5b3c7e-6f0a-4b39-9d5a-0a51f0f6c00"


def configured(policy: str) -> cfg.ConfigOpts:
    """Return what nova-api would read of a policy's lines of nova.conf."""
    conf = cfg.ConfigOpts()
    options.register(conf)
    scheduler.register_opts(conf)
    conf(["--config-file", str(FOLDER / f"{policy}.conf")], project="nova")
    return conf


def rules_of(policy: str) -> OverrideRules:
    """Return a policy's rules."""
    conf = configured(policy)
    group = options.GROUP.name
    assert conf[group].rules_file == RULES_FILE
    # oslo.config keeps what is set with the group, which all share.
    conf.set_override("rules_file", str(FOLDER / f"{policy}.yaml"), group)
    try:
        return load_rules(conf, CATALOGUE)
    finally:
        conf.clear_override("rules_file", group)


# policy, role besides "member", property, value, whether it is allowed
DECISIONS = [
    ("open", "", "hw_disk_bus", "scsi", True),
    ("open", "", "trait:HW_X", "required", True),
    ("open", "", "os_shutdown_timeout", "600", True),
    ("open", "", "os_shutdown_timeout", "0601", False),
    ("open", "", "os_shutdown_timeout", None, True),
    ("nfv", "", "hw_vif_model", "e1000e", True),
    ("nfv", "", "hw_mem_page_size", "large", False),
    ("nfv", "nfv", "hw_mem_page_size", "large", True),
    ("nfv", "nfv", "hw_mem_page_size", "1048576", True),
    ("nfv", "nfv", "hw_mem_page_size", "16GB", False),
    ("nfv", "", "hw_numa_nodes", "2", False),
    ("nfv", "nfv", "hw_numa_nodes", "2", True),
    ("nfv", "", "hw_numa_cpus.0", "0-1", False),
    ("nfv", "nfv", "hw_numa_cpus.0", "0-1", True),
    ("nfv", "", "hw_cpu_policy", None, False),
    ("nfv", "nfv", "hw_cpu_policy", "dedicated", True),
    ("nfv", "nfv", "trait:CUSTOM_NFV_DPDK", "required", True),
    ("nfv", "", "trait:CUSTOM_NFV_DPDK", "required", False),
    ("nfv", "nfv", "trait:HW_X", "required", False),
    ("nfv", "nfv", "os_distro", "debian", False),
    ("nfv", "nfv", "vmware_ostype", "debian", False),
    ("regulated", "", "hw_vif_model", "virtio", True),
    ("regulated", "", "hw_machine_type", "q35", False),
    ("regulated", "", "kernel_id", f"{APPROVED}1", True),
    ("regulated", "", "kernel_id", f"{APPROVED}1".upper(), True),
    ("regulated", "", "kernel_id", f"{APPROVED}2", False),
    ("regulated", "", "ramdisk_id", f"{APPROVED}2", True),
    ("regulated", "", "kernel_id", None, True),
    ("regulated", "", "os_command_line", "console=ttyS0 auto=true", True),
    ("regulated", "", "os_command_line", "auto=true console=ttyS0", False),
    ("regulated", "", "os_command_line", "console=ttyS0 init=$(x)", False),
    ("regulated", "", "os_command_line", None, True),
    ("regulated", "", "os_secure_boot", "required", True),
    ("regulated", "", "os_secure_boot", "disabled", False),
    ("regulated", "", "os_secure_boot", None, False),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_decisions(policy: str) -> None:
    """Every rule of a policy decides about some row of the table."""
    rules = rules_of(policy)
    decided = set()
    for name_of, role, spelling, value, allowed in DECISIONS:
        if name_of != policy:
            continue
        name = resolve_name(spelling, CATALOGUE)
        assert isinstance(name, PropertyName)
        caller = Caller("project", frozenset({"member", "reader", role}))
        decision = rules.decide(name, value, caller)
        assert decision.allowed is allowed, (spelling, value, decision)
        decided |= set(
            re.findall(r"rule (\d+) of the operator's", decision.reason)
        )
    written = (FOLDER / f"{policy}.yaml").read_text().count("- properties:")
    assert decided == {str(number) for number in range(1, written + 1)}


@pytest.mark.parametrize("policy", POLICIES)
def test_options_exist(policy: str) -> None:
    """oslo.config does not complain about an option that it does not know."""
    known = {option.name for option in options.OPTIONS}
    text = (FOLDER / f"{policy}.conf").read_text()
    named = set(re.findall(r"^(\w+) =", text, re.MULTILINE))
    assert named
    assert named <= known


@pytest.mark.parametrize("policy", POLICIES)
def test_the_page_shows_the_files(policy: str) -> None:
    """Word for word, with a link to each."""
    page = PAGE.read_text()
    for file in (f"{policy}.conf", f"{policy}.yaml"):
        assert f"\n{(FOLDER / file).read_text()}```\n" in page
        assert f"(../examples/policies/{file})" in page
