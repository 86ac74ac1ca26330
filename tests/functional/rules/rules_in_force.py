# SPDX-License-Identifier: Apache-2.0
"""An operator's rules, of every kind there is, in force in a Nova."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nova import objects
from nova.conf import CONF

from tests.functional.nova_in_process import NovaInProcess

DENY = [
    "hw_disk_bus",
    "architecture",
    "hw_os_command_line",
    "trait:CUSTOM_DENIED",
    "hw_numa_cpus.*",
    "img_mappings",
]
RULES = """
rules:
  - properties: [hw_video_ram]
    values: {range: [0, 16]}
    action: allow
  - properties: [hw_video_ram]
    action: deny
    reason: 16 MiB are enough
  - properties: [hw_mem_page_size]
    roles: [nfv]
    action: allow
  - properties: [hw_mem_page_size]
    action: deny
  - properties: [hw_vif_model]
    removal: true
    action: deny
"""
PROTECTED = ("hw_watchdog_action", "hypervisor_type", "img_hv_type")
ISOLATING = (
    "os_distro",
    "trait:CUSTOM_ISOLATING",
    "trait:CUSTOM_ISOLATING_OTHER",
)


def only_admins_may_set(*names: str) -> str:
    """Return a file of Glance's property protections.

    Args:
        *names: The properties that it protects; all others are everybody's.
    """
    return f"""
[^({"|".join(names)})$]
create = admin
read = @
update = admin
delete = admin
[.*]
create = @
read = @
update = @
delete = @
"""


@contextmanager
def rules_in_force(nova: NovaInProcess, folder: Path) -> Iterator[None]:
    """Send requests to an API that has them all.

    Args:
        nova: Where.
        folder: Takes the files of the rules.
    """
    rules = folder / "rules.yaml"
    rules.write_text(RULES)
    protections = folder / "protections.conf"
    protections.write_text(only_admins_may_set(*PROTECTED))
    with ExitStack() as stack:
        for key in ISOLATING:
            stack.callback(_isolate(nova, key).destroy)
        CONF.set_override(
            "enabled_filters",
            [
                *CONF.filter_scheduler.enabled_filters,
                "AggregateImagePropertiesIsolation",
            ],
            "filter_scheduler",
        )
        stack.callback(
            CONF.clear_override, "enabled_filters", "filter_scheduler"
        )
        stack.enter_context(
            nova.configured(
                deny=DENY,
                rules_file=str(rules),
                property_protection_file=str(protections),
            )
        )
        yield


def _isolate(nova: NovaInProcess, key: str) -> objects.Aggregate:
    aggregate = objects.Aggregate(nova.context, name=f"hosts by {key}")
    aggregate.create()
    aggregate.update_metadata({key: "required"})
    return aggregate
