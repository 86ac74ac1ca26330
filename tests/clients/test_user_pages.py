# SPDX-License-Identifier: Apache-2.0
"""What the pages of the user guide show works, in each client's story."""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.images import GUEST, PROPERTIES
from tests.clients import heat_engine
from tests.clients.conftest import Shell, run_ansible_module
from tests.clients.identity_and_images import IDENTITY
from tests.clients.user_pages import (
    Clients,
    Servers,
    not_run,
    page_file,
    parts_of,
    stories,
)
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OurServices

HARNESS = OurServices

# Set this to write what is printed into the pages; look at the difference.
WRITE = "WRITE_USER_PAGES"

# Of the image, as the pages print them.
KERNEL = "52f2d1c3-70cb-4d1c-9a1b-0d0a2f5f6f10"
RAMDISK = "0c7ad6d2-4f0b-4b54-8d3c-8a1a7d1f7b11"

# Each page, and why some of its blocks are not run, by their first lines.
PAGES: Mapping[str, Mapping[str, str]] = {
    "tasks.md": {},
}


@pytest.fixture
def sandbox_cloud(nova: NovaInProcess) -> None:
    """The sandbox's image, flavors and network, as far as pages use them."""
    for identifier in (KERNEL, RAMDISK):
        nova.add_image({}, id=identifier)
    image = nova.image_with(
        kernel_id=KERNEL, ramdisk_id=RAMDISK, **PROPERTIES[GUEST]
    )
    nova.glance.images[image]["name"] = GUEST
    nova._create_flavor(name="small", vcpu=2)
    (network, *others) = nova.neutron._networks
    nova.neutron._networks[network] |= {"name": "sandbox", "shared": True}
    for other in others:
        del nova.neutron._networks[other]


@pytest.fixture
def clients(
    nova: NovaInProcess,
    sandbox_cloud: None,
    openstack: Shell,
    nova_shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Clients]:
    """All clients, which find the cloud as after ``. sandbox/openrc``."""
    sleep = time.sleep
    # Clients look at a server each two to five seconds.
    monkeypatch.setattr(
        time, "sleep", lambda seconds: sleep(min(seconds, 0.05))
    )
    for name, value in {
        "AUTH_URL": f"{IDENTITY}/v3",
        "USERNAME": "admin",
        "PASSWORD": "any",
        "PROJECT_NAME": "demo",
        "USER_DOMAIN_ID": "default",
        "PROJECT_DOMAIN_ID": "default",
    }.items():
        monkeypatch.setenv(f"OS_{name}", value)

    def run_ansible(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        # Not at import: before Nova says how threads work.
        module = importlib.import_module(
            f"image_props_override.ansible_modules.{name}"
        )
        return run_ansible_module(module, arguments)

    with heat_engine.running(
        nova.api.project_id, tmp_path / "heat"
    ) as command:

        def run_heat(name: str, template: dict[str, Any]) -> dict[str, Any]:
            return command({"name": name, "template": json.dumps(template)})

        yield Clients(nova, openstack, nova_shell, run_ansible, run_heat)


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str, clients: Clients) -> None:
    """Every block runs, prints what the page says, and all clients agree."""
    page = page_file(name)
    text = page.read_text()
    assert not_run(text) == PAGES[name].keys()
    parts = parts_of(text)
    # What each task has led to, by the client.
    seen: dict[int, dict[str, Servers]] = {}
    for client in stories(parts):
        clients.variables.clear()
        for number, part in enumerate(parts):
            for block in part.blocks.get(client, ()):
                clients.run(block)
            if part.is_task:
                seen.setdefault(number, {})[client] = clients.servers()
        clients.nova.delete_servers()
    if os.environ.get(WRITE):
        for printed, actual in clients.differences:
            text = text.replace(printed, actual, 1)
        page.write_text(text)
    else:
        assert clients.differences == []
    for task in seen.values():
        assert len({json.dumps(each, sort_keys=True) for each in task.values()}) == 1, task
