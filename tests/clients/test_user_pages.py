# SPDX-License-Identifier: Apache-2.0
"""What the pages of the user guide show works, in each client's story."""

from __future__ import annotations

import importlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from nova.tests.fixtures import libvirt
from nova.virt.libvirt.driver import LibvirtDriver
from nova.virt.libvirt.host import Host

from image_props_override.core.override_request import KEY
from image_props_override.core.problems import ProblemCode
from sandbox import images
from sandbox.images import GUEST, PROPERTIES
from tests.clients import heat_engine
from tests.clients.conftest import Shell, run_ansible_module
from tests.clients.identity_and_images import IDENTITY
from tests.clients.installing import Guest
from tests.clients.user_pages import (
    Clients,
    Servers,
    not_run,
    page_file,
    parts_of,
    stories,
)
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.our_services import OurServices

# Set this to write what is printed into the pages; look at the difference.
WRITE = "WRITE_USER_PAGES"

# Of the image, as the pages print them.
KERNEL = "52f2d1c3-70cb-4d1c-9a1b-0d0a2f5f6f10"
RAMDISK = "0c7ad6d2-4f0b-4b54-8d3c-8a1a7d1f7b11"

# Why some of the pages' blocks are not run; by their first lines.
_INSTALLS = "tests/test_wheel.py installs the wheel"
_CONFIGURES = "test_heat.py and test_sdk_clouds.py have such a configuration"
PAGES: Mapping[str, Mapping[str, str]] = {
    "../../README.md": {
        "make demo": "tests/sandbox/test_demo_run.py runs it",
        "                IMAGE          OVERRIDE       NOVA RECORDED  "
        "GUEST HAS      SEEN IN": "printed; docs/evidence/demo.md has it all",
        "pip install nova-image-props-override": _INSTALLS,
    },
    "ansible.md": {
        "pip install 'nova-image-props-override[ansible]' ansible-core": (
            "test_ansible.py runs Ansible with this variable"
        ),
    },
    "hardware.md": {},
    "heat.md": {
        "pip install nova-image-props-override": _INSTALLS,
        "[DEFAULT]": _CONFIGURES,
        "resource_registry:": _CONFIGURES,
    },
    "nfv.md": {},
    "novaclient.md": {
        "pip install 'nova-image-props-override[client]' python-novaclient": (
            _INSTALLS
        ),
    },
    "openstackclient.md": {
        "pip install 'nova-image-props-override[client]'": _INSTALLS,
    },
    "openstacksdk.md": {
        "pip install 'nova-image-props-override[client]'": _INSTALLS,
        "clouds:": _CONFIGURES,
    },
    "os-installers.md": {
        "<general>": "a part of an answer file; nobody has run AutoYaST",
        "ExecStart=/usr/bin/coreos-installer install -i /etc/target.ign"
        " /dev/vda": "a part of a unit; nobody has run Fedora CoreOS",
    },
    "tasks.md": {},
}
# Pages that install the server web1, whose guest has to end.
INSTALLING = ("ansible.md", "openstacksdk.md", "os-installers.md")


class CapableHost(OurServices):
    """A host with emulated TPMs, huge pages, and CPUs for pinned guests."""

    def setUp(self) -> None:
        """Start Nova; nobody looks whether swtpm is installed here."""
        self.flags(swtpm_enabled=True, group="libvirt")
        self.flags(cpu_shared_set="0-3", group="compute")
        self.flags(cpu_dedicated_set="4-7", group="compute")
        # As in the sandbox.
        self.flags(
            backend="castellan.tests.unit.key_manager.mock_key_manager"
            ".MockKeyManager",
            group="key_manager",
        )
        for patch in (
            mock.patch.object(LibvirtDriver, "_check_vtpm_support"),
            mock.patch.object(Host, "tpm_models", ["tpm-tis", "tpm-crb"]),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        super().setUp()

    def start_compute(self, *args: Any, **kwargs: Any) -> Any:
        """Start it, with some of its memory in huge pages."""
        host = kwargs.pop("host_info")
        pages = libvirt.create_mempages([(4, 1048576), (2048, 2048)])
        for cell in host.numa_topology.cells:
            cell.mempages = pages
        return super().start_compute(*args, host_info=host, **kwargs)


HARNESS = CapableHost


@pytest.fixture(scope="module")
def sandbox_cloud(started_nova: NovaInProcess) -> NovaInProcess:
    """The sandbox's images, flavors and network, as far as pages use them."""
    nova = started_nova
    for identifier in (KERNEL, RAMDISK):
        nova.add_image({}, id=identifier)
    for name in images.OS_INSTALLER_IMAGES:
        nova.add_image({}, name=name)
    nova.add_image(
        {"kernel_id": KERNEL, "ramdisk_id": RAMDISK, **PROPERTIES[GUEST]},
        name=GUEST,
    )
    nova._create_flavor(name="small", vcpu=2)
    nova._create_flavor(
        name="nfv", vcpu=2, extra_spec={"hw:mem_page_size": "any"}
    )
    (network, *others) = nova.neutron._networks
    nova.neutron._networks[network] |= {"name": "sandbox", "shared": True}
    for other in others:
        del nova.neutron._networks[other]
    return nova


@pytest.fixture(scope="module")
def heat(
    sandbox_cloud: NovaInProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[heat_engine.Command]:
    """Give commands to Heat's engine."""
    said = tmp_path_factory.mktemp("heat") / "stderr"
    with heat_engine.running(sandbox_cloud.api.project_id, said) as command:
        yield command


@pytest.fixture
def clients(
    nova: NovaInProcess,
    openstack: Shell,
    nova_shell: Shell,
    heat: heat_engine.Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Clients:
    """All clients, which find the cloud as after ``. sandbox/openrc``."""
    sleep = time.sleep
    # Clients look at a server each one to five seconds. Nova's harness counts
    # its own, shorter waits.
    monkeypatch.setattr(
        time, "sleep", lambda seconds: sleep(0.05 if seconds >= 1 else seconds)
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

    def run_heat(name: str, template: dict[str, Any]) -> dict[str, Any]:
        stack = f"{name}-{tmp_path.name}"
        return heat({"name": stack, "template": json.dumps(template)})

    return Clients(nova, openstack, nova_shell, run_ansible, run_heat)


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
        if name in INSTALLING:
            Guest(clients.nova, "web1").end_unseen()
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
        first, *others = task.values()
        assert all(each == first for each in others), task


# Cases of docs/user/errors.md that are too long to print.
LONG: Mapping[str, dict[str, str]] = {
    "request_too_many": {f"hw_numa_cpus.{n}": "0" for n in range(513)},
    "name_too_long": {f"trait:CUSTOM_{'X' * 243}": "required"},
    "value_too_long": {"os_command_line": "x" * 2048},
}
# Options of nova.conf that a case needs.
CONFIGURED: Mapping[str, dict[str, Any]] = {
    "no_host_supports": {"refuse_unsupported": True},
    "rule_denies": {"deny": ["hw_disk_bus"]},
}
_CASE = re.compile(
    r"^### (\w+)\n(.*?)^```text\n([\[{].*?\n)?(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.usefixtures("sandbox_cloud")
def test_errors(nova: NovaInProcess) -> None:
    """Each code has a case, whose message is the one that the page prints."""
    page = page_file("errors.md")
    text = page.read_text()
    cases = _CASE.findall(text)
    assert {code for code, *_ in cases} == {each.value for each in ProblemCode}
    differences = []
    for code, said, sent, printed in cases:
        message = _refusal(nova, code, json.loads(sent or "null"))
        assert f"[{code}]" in message
        if f"{message}\n" != printed:
            before = f"### {code}\n{said}```text\n{sent}"
            differences.append((before + printed, f"{before}{message}\n"))
    if os.environ.get(WRITE):
        for was, now in differences:
            text = text.replace(was, now, 1)
        page.write_text(text)
    else:
        assert differences == []


def _refusal(nova: NovaInProcess, code: str, sent: Any) -> str:
    """Return the API's message for a case, without its first words."""
    ids = {each["name"]: each["id"] for each in nova.glance.detail(None)}
    fields = {"imageRef": ids[GUEST], "flavorRef": _flavor(nova, "small")}
    overrides = LONG.get(code, sent)
    printed_id = sent.get("kernel_id", "") if isinstance(sent, dict) else ""
    if code in ("kernel_missing", "default_absent"):
        fields["imageRef"] = ids[images.BLANK]
    if code == "default_absent":
        overrides["kernel_id"] = KERNEL
    if code == "image_format_invalid":
        overrides["kernel_id"] = nova.add_image({}, disk_format="qcow2")
    if code == "flavor_wins":
        fields["flavorRef"] = nova._create_flavor(
            vcpu=2, extra_spec={"hw:cpu_policy": "dedicated"}
        )
    if code in ("needs_move", "fixed_at_boot", "image_gone"):
        answer = _refused_change(nova, code, overrides, fields)
    elif code in CONFIGURED:
        with nova.configured(**CONFIGURED[code]):
            answer = nova.answer_to(nova.body(overrides, **fields))
    else:
        answer = nova.answer_to(nova.body(overrides, **fields))
    (fault,) = answer.json().values()
    message = str(fault["message"])
    if printed_id:
        message = message.replace(overrides["kernel_id"], printed_id)
    return message.removeprefix("Invalid image_props_override: ")


def _refused_change(
    nova: NovaInProcess, code: str, overrides: Any, fields: dict[str, str]
) -> Any:
    """Return the answer to a change of a stopped server."""
    created: Any = {}
    if code == "image_gone":
        created = {"hw_disk_bus": "scsi"}
        fields = {**fields, "imageRef": nova.image_with(hw_disk_bus="ide")}
    server = nova.boot(created, **fields)
    nova.api.post_server_action(server["id"], {"os-stop": None})
    nova._wait_for_state_change(server, "SHUTOFF")
    if code == "image_gone":
        nova.glance.delete(None, fields["imageRef"])
    return nova.request(
        "PUT",
        f"/v2.1/servers/{server['id']}",
        OURS,
        json={"server": {KEY: overrides}},
    )


def _flavor(nova: NovaInProcess, name: str) -> str:
    flavors = {each["name"]: each["id"] for each in nova.api.get_flavors()}
    return str(flavors[name])
