# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/reference/api.md are real requests and answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tests import PROJECT
from tests.functional.nova_in_process import OURS, NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

PAGE = PROJECT / "docs" / "reference" / "api.md"
FILES = PROJECT / "docs" / "examples" / "api"

# Of the examples.
IMAGE = "1b6fae2e-3b4e-4e8d-9a4f-2f0a2f1a6c11"
KERNEL = "52f2d1c3-70cb-4d1c-9a1b-0d0a2f5f6f10"
SERVER = "9168b536-cd40-4630-b43f-b259807c6e87"
FLAVORS: dict[str, dict[str, str]] = {
    "general-2": {},
    "pinned-2": {"hw:cpu_policy": "dedicated"},
}
MICROVERSION = "2.105"


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    Attributes:
        method: Of HTTP.
        path: Below ``/v2.1``.
        status: Of the answer.
        request: Name of the file that is sent.
        answer: Name of the file that is answered.
        shortened: Whether the file leaves out what is Nova's own.
        stopped: Whether the server is stopped first.
    """

    method: str
    path: str
    status: int
    request: str | None = None
    answer: str | None = None
    shortened: bool = False
    stopped: bool = False


ACTION = f"/servers/{SERVER}/action"
CATALOGUE = "/os-image-props-override"
PREVIEW = f"{CATALOGUE}/preview"

# In this order: a server's life.
STORY = (
    Exchange(
        "GET", CATALOGUE, 200, None, "catalogue-response.json", shortened=True
    ),
    Exchange(
        "POST", PREVIEW, 200, "preview-request.json", "preview-response.json"
    ),
    Exchange(
        "POST",
        PREVIEW,
        200,
        "preview-refused-request.json",
        "preview-refused-response.json",
    ),
    Exchange(
        "POST",
        PREVIEW,
        200,
        "preview-volume-request.json",
        "preview-volume-response.json",
    ),
    Exchange(
        "POST",
        "/servers",
        400,
        "create-refused-request.json",
        "create-refused-response.json",
    ),
    Exchange(
        "POST",
        "/servers",
        202,
        "create-request.json",
        "create-response.json",
        shortened=True,
    ),
    Exchange(
        "GET",
        f"/servers/{SERVER}",
        200,
        None,
        "show-response.json",
        shortened=True,
    ),
    Exchange(
        "GET",
        "/servers/detail",
        200,
        None,
        "detail-response.json",
        shortened=True,
    ),
    Exchange(
        "PUT",
        f"/servers/{SERVER}",
        200,
        "update-request.json",
        "update-response.json",
        shortened=True,
    ),
    Exchange(
        "POST",
        ACTION,
        202,
        "rebuild-keep-request.json",
        "rebuild-keep-response.json",
        shortened=True,
    ),
    Exchange(
        "POST",
        ACTION,
        202,
        "rebuild-request.json",
        "rebuild-response.json",
        shortened=True,
    ),
    Exchange("POST", ACTION, 202, "rebuild-drop-request.json"),
    Exchange(
        "POST",
        PREVIEW,
        200,
        "preview-server-request.json",
        "preview-server-response.json",
        shortened=True,
    ),
    Exchange(
        "PUT",
        f"/servers/{SERVER}",
        200,
        "change-request.json",
        "change-response.json",
        shortened=True,
        stopped=True,
    ),
)


def read(name: str) -> Any:
    """Return an example."""
    return json.loads((FILES / name).read_text())


def prepare(nova: NovaInProcess) -> None:
    """Make the images and flavors of the examples."""
    properties = {
        "kernel_id": KERNEL,
        "os_command_line": "console=ttyS0",
        "os_distro": "debian",
        # The flavor of the previews wins over it.
        "hw_cpu_policy": "shared",
    }
    nova.add_image({}, id=KERNEL)
    nova.add_image(properties, id=IMAGE)
    for identifier, extra_specs in FLAVORS.items():
        nova.api.post_flavor(
            {
                "flavor": {
                    "id": identifier,
                    "name": identifier,
                    "ram": 2048,
                    "vcpus": 2,
                    "disk": 20,
                }
            }
        )
        if extra_specs:
            nova.api.post_extra_spec(identifier, {"extra_specs": extra_specs})


def check_contains(answer: Any, example: Any) -> None:
    """Check that an answer has all that a shortened example has."""
    if isinstance(example, dict):
        assert isinstance(answer, dict)
        for key, value in example.items():
            assert key in answer
            check_contains(answer[key], value)
    elif isinstance(example, list) and example and "name" in example[0]:
        by_name = {each["name"]: each for each in answer}
        for each in example:
            check_contains(by_name[each["name"]], each)
    else:
        assert answer == example


def test_examples(nova: NovaInProcess) -> None:
    """Each request is answered as its example says."""
    prepare(nova)
    server: dict[str, Any] = {}
    # Of this Nova, and what stands in its place in the examples.
    names = {OURS: MICROVERSION}
    for step in STORY:
        if server:
            nova._wait_for_state_change(server, "ACTIVE")
        if step.stopped:
            nova.api.post_server_action(server["id"], {"os-stop": None})
            nova._wait_for_state_change(server, "SHUTOFF")
        sent = (FILES / step.request).read_text() if step.request else ""
        answer = nova.request(
            step.method,
            f"/v2.1{step.path.replace(SERVER, server.get('id', ''))}",
            OURS,
            headers={
                "X-Roles": "member,reader",
                "Content-Type": "application/json",
            },
            data=sent.replace(SERVER, server.get("id", "")),
        )
        assert answer.status_code == step.status, answer.text
        document = answer.json()
        if step.answer == "create-response.json":
            server = document["server"]
            names |= {
                server["id"]: SERVER,
                server["adminPass"]: read(step.answer)["server"]["adminPass"],
            }
        text = answer.text
        for ours, theirs in names.items():
            text = text.replace(ours, theirs)
        text = re.sub(r"http://[^/]+/", "http://openstack.example.com/", text)
        if not step.answer:
            continue
        if step.shortened:
            check_contains(json.loads(text), read(step.answer))
        else:
            assert json.loads(text) == read(step.answer)
    shown = nova.api.get_server(server["id"])
    changed = read("change-request.json")["server"]["image_props_override"]
    assert shown["image_props_override"] == changed


# What docs/reference/api.md shows: a link to a file, and its text.
_SHOWN = re.compile(
    r"\(\.\./examples/api/([a-z-]+\.json)\):\n\n```json\n(.*?)```", re.DOTALL
)


def test_page_shows_the_files() -> None:
    """Every example is on the page, word for word, and is a step above."""
    shown = dict(_SHOWN.findall(PAGE.read_text()))
    files = {path.name: path.read_text() for path in FILES.glob("*.json")}
    assert shown == files
    used = {name for each in STORY for name in (each.request, each.answer)}
    assert used - {None} == set(files)


def test_page_has_all_calls() -> None:
    """The page has a section for each call of the examples."""
    text = PAGE.read_text()
    for step in STORY:
        path = step.path.replace(SERVER, "{server_id}")
        assert f"\n## {step.method} {path}\n" in text
