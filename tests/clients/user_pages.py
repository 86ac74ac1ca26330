# SPDX-License-Identifier: Apache-2.0
"""Reads the pages of the user guide, and runs what they show.

A page is a story for each client. A task has the clients side by side, in the
form that docs/_site/client_tabs.py shows as tabs; a reader who stays with one
of them goes down the page. What stands outside tasks is of the openstack
command's story.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests import PROJECT
from tests.clients.conftest import Outcome, Shell
from tests.functional.nova_in_process import OURS, NovaInProcess

USER_GUIDE = PROJECT / "docs" / "user"
OPENSTACK = "openstack"

# What the pages print for the microversion of the newest Nova.
_PRINTED_MICROVERSION = "2.105"
_TASK = re.compile(
    r"((?:^<details(?: open)?><summary>.+?</summary>\n.*?^</details>\n)+)",
    re.MULTILINE | re.DOTALL,
)
_CLIENT = re.compile(
    r"^<details(?: open)?><summary>(.+?)</summary>\n(.*?)^</details>\n",
    re.MULTILINE | re.DOTALL,
)
_BLOCK = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(
    r"^\$ ((?:openstack|nova) (?:.*\\\n)*.*)\n", re.MULTILINE
)
# Diagrams; and scripts of os-installers.md, which tests/docs runs.
_ELSEWHERE = ("mermaid", "bash")
_RUN = ("console", "sh", "sh fails", "python", "http", "yaml")

Servers = dict[str, dict[str, str | None]]


@dataclass(frozen=True)
class Block:
    """A fence of a page.

    Attributes:
        language: What stands behind the first fence.
        text: The lines within.
    """

    language: str
    text: str


@dataclass
class Part:
    """A task with its clients, or what stands between two tasks.

    Attributes:
        is_task: Whether the clients stand side by side.
        blocks: What each client's story has here.
    """

    is_task: bool
    blocks: Mapping[str, list[Block]]


def parts_of(page: str) -> list[Part]:
    """Return a page's tasks and what is between them, in order."""
    parts = []
    for text in _TASK.split(page):
        clients = _CLIENT.findall(text)
        parts.append(
            Part(
                is_task=bool(clients),
                blocks={
                    client: blocks_of(shown)
                    for client, shown in clients or [(OPENSTACK, text)]
                },
            )
        )
    return parts


def blocks_of(text: str) -> list[Block]:
    """Return the fences of a text."""
    return [Block(*found) for found in _BLOCK.findall(text)]


def not_run(page: str) -> set[str]:
    """Return the first line of each block that no story runs."""
    return {
        block.text.partition("\n")[0]
        for part in parts_of(page)
        for blocks in part.blocks.values()
        for block in blocks
        if block.language not in (*_RUN, *_ELSEWHERE)
        or (block.language == "yaml" and not is_task_or_resource(block))
    }


def is_task_or_resource(block: Block) -> bool:
    """Whether YAML is for Ansible or Heat, and not a configuration."""
    return block.text.startswith(("- name: ", "resources:\n"))


@dataclass
class Clients:
    """All clients of one cloud, for one story.

    Attributes:
        nova: The cloud.
        openstack: Runs ``openstack``.
        nova_shell: Runs ``nova``.
        run_ansible: Runs a module by its name and arguments.
        run_heat: Creates or updates a stack, by its name and template.
    """

    nova: NovaInProcess
    openstack: Shell
    nova_shell: Shell
    run_ansible: Callable[[str, dict[str, Any]], dict[str, Any]]
    run_heat: Callable[[str, dict[str, Any]], dict[str, Any]]
    variables: dict[str, Any] = field(default_factory=dict)
    # (what a page prints, what was printed) of each example that differs.
    differences: list[tuple[str, str]] = field(default_factory=list)

    def run(self, block: Block) -> None:
        """Do what a block shows; what is not to be run is left out."""
        if block.language == "console":
            self._compare_examples(block.text)
        elif block.language in ("sh", "sh fails"):
            self._run_commands(block)
        elif block.language == "python":
            exec(block.text, self.variables)
        elif block.language == "http":
            self._send(block.text)
        elif block.language == "yaml" and is_task_or_resource(block):
            self._apply(yaml.safe_load(block.text))
        self.settle()

    def settle(self) -> None:
        """Wait for what goes on after an answer, which must end well."""
        for server in self.nova.api.get_servers(detail=True):
            if server["status"] == "BUILD":
                self.nova._wait_for_state_change(server, "ACTIVE")
            settled = self.nova._wait_for_server_parameter(
                server, {"OS-EXT-STS:task_state": None}
            )
            well = settled["status"] in ("ACTIVE", "SHUTOFF")
            assert well, (settled["status"], settled.get("fault"))

    def servers(self) -> Servers:
        """Return the overrides of each server by its name."""
        return {
            server["name"]: server["image_props_override"]
            for server in self.nova.api.get_servers(detail=True)
        }

    def _compare_examples(self, text: str) -> None:
        _, *found = _EXAMPLE.split(text)
        assert len(found) // 2 == text.count("\n$ ") + text.startswith("$ ")
        for command, printed in zip(found[::2], found[1::2], strict=True):
            outcome = self._command(command)
            actual = outcome.stdout + outcome.stderr
            if actual != printed:
                shown = f"$ {command}\n"
                self.differences.append((shown + printed, shown + actual))
            self.settle()

    def _run_commands(self, block: Block) -> None:
        for line in block.text.replace("\\\n", "").splitlines():
            outcome = self._command(line)
            assert bool(outcome.status) == ("fails" in block.language), (
                line,
                outcome,
            )
            self.settle()

    def _command(self, text: str) -> Outcome:
        program, *words = shlex.split(text.replace("\\\n", ""))
        shells = {OPENSTACK: self.openstack, "nova": self.nova_shell}
        return shells[program](*words)

    def _send(self, text: str) -> None:
        head, _, body = text.partition("\n\n")
        request_line, *headers = head.splitlines()
        method, path, _version = self._with_ids(request_line).split()
        answer = self.nova.request(
            method,
            path,
            headers={
                name: value.replace(_PRINTED_MICROVERSION, OURS)
                for name, value in (each.split(": ", 1) for each in headers)
            },
            data=self._with_ids(body),
        )
        assert answer.ok, answer.text

    def _with_ids(self, text: str) -> str:
        return re.sub(r"\b([A-Z]+)_ID\b", lambda each: self._id(each[1]), text)

    def _id(self, kind: str) -> str:
        """Return the id that a placeholder stands for: the last one's."""
        if kind == "SERVER":
            return str(self.nova.api.get_servers()[0]["id"])
        name = {"FLAVOR": "small", "NFV": "nfv", "IMAGE": "guest"}[kind]
        named = (
            *self.nova.api.get_flavors(),
            *self.nova.glance.images.values(),
        )
        return str(next(each["id"] for each in named if each["name"] == name))

    def _apply(self, document: Any) -> None:
        if isinstance(document, dict):
            name = document["resources"]["server"]["properties"]["name"]
            template = {"heat_template_version": "2021-04-16", **document}
            answer = self.run_heat(name, template)
            assert answer["state"].endswith("_COMPLETE"), answer
            return
        for task in document:
            (module,) = task.keys() - {"name", "register"}
            result = self.run_ansible(module, task[module])
            assert not result.get("failed"), result


def stories(parts: list[Part]) -> Iterator[str]:
    """Yield the clients of a page that have anything to run."""
    clients = dict.fromkeys(
        client
        for part in parts
        for client, blocks in part.blocks.items()
        if any(block.language in _RUN for block in blocks)
    )
    yield from clients


def page_file(name: str) -> Path:
    """Return the file of a page of the user guide."""
    return USER_GUIDE / name
