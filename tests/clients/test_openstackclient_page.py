# SPDX-License-Identifier: Apache-2.0
"""The examples of two pages in docs/user print what the pages say."""

from __future__ import annotations

import re
import shlex

from sandbox.images import GUEST, PROPERTIES
from tests import PROJECT
from tests.clients.conftest import Shell
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"^\$ openstack ((?:.*\\\n)*.*)\n", re.MULTILINE)


def examples(page: str) -> list[tuple[str, str]]:
    """Return each command of a page, and what is printed below it."""
    found: list[tuple[str, str]] = []
    for block in _BLOCK.findall(page):
        _, *parts = _EXAMPLE.split(block)
        found += zip(parts[::2], parts[1::2], strict=True)
    return found


def test_the_pages_examples(openstack: Shell, nova: NovaInProcess) -> None:
    """The commands of both, one after the other, print what they say."""
    # The sandbox's, but for its kernel and RAM disk, whose ids would differ.
    image = nova.image_with(**PROPERTIES[GUEST])
    nova.glance.images[image]["name"] = GUEST
    nova._create_flavor(name="small", vcpu=2)
    run_examples(openstack, nova, "openstackclient.md")
    properties = nova.glance.images[image]["properties"]
    properties["kernel_id"] = nova.image_with()
    run_examples(openstack, nova, "tasks.md")


def run_examples(openstack: Shell, nova: NovaInProcess, name: str) -> None:
    """Run the commands of a page, and compare what they print."""
    page = (PROJECT / "docs" / "user" / name).read_text()
    found = examples(page)
    assert len(found) == page.count("\n$ openstack ")
    for command, printed in found:
        outcome = openstack(*shlex.split(command.replace("\\\n", "")))
        assert outcome.stdout + outcome.stderr == printed, command
        # What was asked for goes on after the answer.
        for server in nova.api.get_servers(detail=True):
            nova._wait_for_server_parameter(
                server, {"OS-EXT-STS:task_state": None}
            )
