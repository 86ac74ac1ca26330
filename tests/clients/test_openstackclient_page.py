# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/user/openstackclient.md print what the page says."""

from __future__ import annotations

import re
import shlex

from sandbox.images import GUEST, PROPERTIES
from tests import PROJECT
from tests.clients.conftest import Shell
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

PAGE = PROJECT / "docs" / "user" / "openstackclient.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"^\$ openstack ((?:.*\\\n)*.*)\n", re.MULTILINE)


def examples() -> list[tuple[str, str]]:
    """Return each command of the page, and what is printed below it."""
    found: list[tuple[str, str]] = []
    for block in _BLOCK.findall(PAGE.read_text()):
        _, *parts = _EXAMPLE.split(block)
        found += zip(parts[::2], parts[1::2], strict=True)
    return found


def test_the_pages_examples(openstack: Shell, nova: NovaInProcess) -> None:
    """The commands of the page, one after the other, print what it says."""
    # The sandbox's, but for its kernel and RAM disk, whose ids would differ.
    image = nova.image_with(**PROPERTIES[GUEST])
    nova.glance.images[image]["name"] = GUEST
    nova._create_flavor(name="small", vcpu=2)
    found = examples()
    assert len(found) == PAGE.read_text().count("\n$ openstack ")
    for command, printed in found:
        outcome = openstack(*shlex.split(command.replace("\\\n", "")))
        assert outcome.stdout + outcome.stderr == printed, command
        # What was asked for goes on after the answer.
        for server in nova.api.get_servers(detail=True):
            nova._wait_for_server_parameter(
                server, {"OS-EXT-STS:task_state": None}
            )
