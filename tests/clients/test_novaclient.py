# SPDX-License-Identifier: Apache-2.0
"""``nova boot --image-prop-override``, ``nova rebuild`` and ``nova show``."""

from __future__ import annotations

from tests.clients.conftest import Shell
from tests.functional.nova_in_process import OURS, NovaInProcess

Requests = list[tuple[str, str]]


def test_the_specs_own_line(
    nova_shell: Shell, nova: NovaInProcess, compute_requests: Requests
) -> None:
    """The command line that the Nova spec prints does what it says."""
    # Nova's own m1.small has one VCPU, which no two NUMA nodes can share.
    (small,) = (f for f in nova.api.get_flavors() if f["name"] == "m1.small")
    nova.api.delete_flavor(small["id"])
    nova._create_flavor(name="m1.small", vcpu=2)
    outcome = nova_shell(
        "boot",
        *("--image", nova.kernel_image_with()),
        *("--image-prop-override", "hw_os_command_line=console=ttyS0"),
        *("--image-prop-override", "hw_numa_nodes=2"),
        *("--flavor", "m1.small"),
        "a-server",
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    (server,) = nova.api.get_servers(detail=True)
    assert server["image_props_override"] == {
        "hw_numa_nodes": "2",
        "os_command_line": "console=ttyS0",
    }
    assert ("POST /v2.1/servers", OURS) in compute_requests
