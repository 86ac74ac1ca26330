# SPDX-License-Identifier: Apache-2.0
"""A kernel or RAM disk that cannot be had: refused, and nothing is revealed.

Nova's harness has no Glance with projects. What Glance answers about an image
of another project's is put there: 404, or 403 where its policy says so.
tests/sandbox/test_hidden_kernel.py asks a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests
from nova import exception

from image_props_override.nova_plugin.rules import policies
from tests.functional.api.previewing import ask
from tests.functional.api.test_preview_of_change import answer_to_preview
from tests.functional.lifecycle.rebuilding import Overrides, answer_to_rebuild
from tests.functional.lifecycle.test_stopped_server import (
    answer_to_change,
    stopped,
)
from tests.functional.nova_in_process import OURS, NovaInProcess, lenient
from tests.functional.request.audit_trail import entries
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

ABSENT = "9168b536-cd40-4630-b43f-b259807c6e87"
PLAIN_USER = "member,reader"


@dataclass
class Place:
    """A Nova with an image and a stopped server, and a Glance that hides.

    Attributes:
        nova: Where.
        image: A disk to boot from.
        server: Booted from it, and stopped.
        hidden: What Glance raises for an image, by the id.
        asked: The images that Glance was asked for.
    """

    nova: NovaInProcess
    image: str
    server: dict[str, Any]
    hidden: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def hide(self, answer: type[exception.NovaException]) -> str:
        """Return the id of an image that is another project's."""
        image = self.nova.add_image({}, disk_format="aki")
        self.hidden[image] = answer(image_id=image)
        return image


@pytest.fixture
def place(nova: NovaInProcess) -> Iterator[Place]:
    """A place where nothing is hidden yet."""
    image = nova.image_with()
    place = Place(nova, image, stopped(nova, imageRef=image))
    show = nova.glance.show

    def show_or_hide(context: Any, image_id: str, **kw: Any) -> Any:
        place.asked.append(image_id)
        if image_id in place.hidden:
            raise place.hidden[image_id]
        return show(context, image_id, **kw)

    with mock.patch.object(nova.glance, "show", show_or_hide):
        yield place


def create(
    place: Place, overrides: Overrides, roles: str = PLAIN_USER
) -> requests.Response:
    """Return the answer to a create request."""
    return place.nova.request(
        "POST",
        "/v2.1/servers",
        OURS,
        headers={"X-Roles": roles},
        json=place.nova.body(overrides, imageRef=place.image),
    )


def change(place: Place, overrides: Overrides) -> requests.Response:
    """Return the answer to a change of the stopped server."""
    return answer_to_change(place.nova, place.server, overrides)


def rebuild(place: Place, overrides: Overrides) -> requests.Response:
    """Return the answer to a rebuild of the stopped server."""
    return answer_to_rebuild(
        place.nova, place.server, overrides, image=place.image
    )


def preview(place: Place, overrides: Overrides) -> requests.Response:
    """Return the preview of a boot."""
    answer: requests.Response = ask(
        place.nova, overrides, imageRef=place.image
    )
    return answer


def preview_of_change(place: Place, overrides: Overrides) -> requests.Response:
    """Return the preview of a change of the stopped server."""
    return answer_to_preview(
        place.nova,
        {"serverId": place.server["id"], "image_props_override": overrides},
    )


Way = Callable[[Place, Overrides], requests.Response]


def done(place: Place, way: Way, overrides: Overrides) -> None:
    """Have a request accepted, and wait until the server is at rest."""
    # The harness rebuilds a stopped server before Nova has answered.
    with lenient():
        answer = way(place, overrides)
    assert answer.ok, answer.text
    place.nova._wait_for_state_change(place.server, "SHUTOFF")


AUDITED: tuple[Way, ...] = (create, change, rebuild)
WAYS = (*AUDITED, preview, preview_of_change)


def lines(answer: requests.Response) -> list[str]:
    """Return what a refusal, or a preview, says is wrong."""
    if answer.status_code == 200:
        problems = answer.json()["preview"]["problems"]
        return [
            f"{each['property']}: {each['message']} [{each['code']}]"
            for each in problems
        ]
    (fault,) = answer.json().values()
    told = str(fault["message"]).removeprefix("Invalid image_props_override")
    return [
        line.removeprefix(": ").removeprefix("- ")
        for line in told.splitlines()
        if not line.startswith(",")
    ]


def status_of_refusal(way: Way, status: int) -> int:
    """Return the status of an answer that refuses, or that previews it."""
    return 200 if way in (preview, preview_of_change) else status


def without_id(answer: requests.Response, image: str) -> tuple[object, ...]:
    """Return all of an answer but what differs each time."""
    headers = {
        name: value
        for name, value in answer.headers.items()
        if not name.lower().endswith("request-id")
    }
    return answer.status_code, headers, answer.text.replace(image, "ID")


REQUESTS: dict[str, Overrides] = {
    "kernel": {"kernel_id": "IMAGE"},
    "both": {"ramdisk_id": "IMAGE", "kernel_id": "IMAGE"},
    "RAM disk alone": {"ramdisk_id": "IMAGE"},
    "capitals": {"kernel_id": "image"},
    "with other problems": {
        "foo": "x",
        "hw_numa_nodes": "3",
        "kernel_id": "IMAGE",
        "os_command_line": "%default% quiet",
        "ramdisk_id": "nonsense",
    },
}


def with_image(overrides: Overrides, image: str) -> Overrides:
    """Return overrides with IMAGE, or image in capitals, replaced."""
    words = {"IMAGE": image, "image": image.upper()}
    return {
        name: words.get(value or "", value)
        for name, value in overrides.items()
    }


@pytest.mark.parametrize(
    "glance", [exception.ImageNotFound, exception.ImageNotAuthorized]
)
def test_hidden_image(
    place: Place, trail: pytest.LogCaptureFixture, glance: type[Exception]
) -> None:
    """Answer and audit trail are those of an id that does not exist."""

    def told(way: Way, overrides: Overrides, image: str) -> object:
        trail.clear()
        answer = way(place, with_image(overrides, image))
        assert f"there is no image {image} that you can see" in answer.text
        assert answer.status_code == status_of_refusal(way, 400)
        audited = {
            name: (entry["outcome"], entry["code"], entry["reason"])
            for name, entry in entries(trail).items()
        }
        assert bool(audited) is (way in AUDITED)
        return without_id(answer, image), str(audited).replace(image, "ID")

    for way in WAYS:
        for overrides in REQUESTS.values():
            hidden = place.hide(glance)
            assert told(way, overrides, hidden) == told(way, overrides, ABSENT)


# Images that a rule or a policy forbids, whatever they are.
FORBIDDEN: tuple[Callable[[Place], str], ...] = (
    lambda _place: ABSENT,
    lambda place: place.hide(exception.ImageNotFound),
    lambda place: place.nova.image_with(),
    lambda place: place.nova.add_image({}, disk_format="qcow2"),
    lambda place: place.nova.add_image({}, status="queued"),
)


def answer_about_forbidden(place: Place, way: Way) -> requests.Response:
    """Return the answer, the same for each; Glance was asked for none."""
    answers = []
    for make in FORBIDDEN:
        image = make(place)
        place.asked.clear()
        answer = way(place, {"kernel_id": image, "os_command_line": "quiet"})
        assert image not in place.asked
        answers.append(without_id(answer, image))
    assert answers == answers[:1] * len(FORBIDDEN)
    return answer


def test_denied_by_rules(place: Place) -> None:
    """The rule comes first: whether there is such an image is not said."""
    with place.nova.configured(deny=["kernel_id"]):
        for way in WAYS:
            answer = answer_about_forbidden(place, way)
            denial, line = lines(answer)
            assert denial.startswith("kernel_id: may not be overridden")
            assert denial.endswith("[rule_denies]")
            assert line.endswith("[kernel_missing]")


def test_denied_by_policy(
    place: Place, set_policies: Callable[[dict[str, str]], None]
) -> None:
    """So does the policy, which says no more than its name."""
    rules = (policies.CREATE, policies.REBUILD, policies.UPDATE)
    set_policies(dict.fromkeys(rules, "role:installer"))
    for way in AUDITED:
        assert answer_about_forbidden(place, way).status_code == 403


def refusals(place: Place, overrides: Overrides) -> list[str]:
    """Return what is wrong with overrides, the same in every way."""
    told = []
    for way in WAYS:
        answer = way(place, overrides)
        assert answer.status_code == status_of_refusal(way, 400), answer.text
        told.append(lines(answer))
    assert told == told[:1] * len(WAYS)
    return told[0]


@pytest.mark.parametrize("status", ["queued", "saving", "deactivated"])
def test_not_active(place: Place, status: str) -> None:
    """Whoever may see it is told why it cannot be booted."""
    image = place.nova.add_image({}, status=status)
    assert refusals(place, {"kernel_id": image}) == [
        f"kernel_id: image {image} is {status}; it can be used once it is "
        "active [image_not_found]"
    ]


def test_deleted(place: Place) -> None:
    """A deleted image is an absent one."""
    image = place.nova.image_with()
    place.nova.glance.delete(None, image)
    (deleted,) = refusals(place, {"kernel_id": image})
    (absent,) = refusals(place, {"kernel_id": ABSENT})
    assert deleted.replace(image, ABSENT) == absent


def test_swapped(place: Place) -> None:
    """Each is in the other's place: both are named, and the question asked."""
    kernel = place.nova.add_image({}, disk_format="aki")
    ramdisk = place.nova.add_image({}, disk_format="ari")
    question = "did you swap kernel_id and ramdisk_id? [image_format_invalid]"
    assert refusals(place, {"kernel_id": ramdisk, "ramdisk_id": kernel}) == [
        f"kernel_id: image {ramdisk} is a RAM disk (disk_format ari), not a "
        f"kernel; {question}",
        f"ramdisk_id: image {kernel} is a kernel (disk_format aki), not a RAM "
        f"disk; {question}",
    ]


def test_disk(place: Place) -> None:
    """A disk is neither; tests/core/boot/test_kernel.py has all formats."""
    image = place.nova.add_image({}, disk_format="qcow2")
    kernel, ramdisk = refusals(
        place, {"kernel_id": image, "ramdisk_id": image}
    )
    disk = f"image {image} is a disk (disk_format qcow2), not a"
    assert kernel.startswith(f"kernel_id: {disk} kernel; ")
    assert ramdisk.startswith(f"ramdisk_id: {disk} RAM disk; ")
    assert kernel.endswith("is aki or raw [image_format_invalid]")
    assert ramdisk.endswith("is ari or raw [image_format_invalid]")


def test_accepted(place: Place) -> None:
    """Formats of their own, and what clouds have instead."""
    for kernel, ramdisk in (("aki", "ari"), ("raw", "raw"), (None, None)):
        asked: Overrides = {
            "kernel_id": place.nova.add_image({}, disk_format=kernel),
            "ramdisk_id": place.nova.add_image({}, disk_format=ramdisk),
        }
        for look in (preview, preview_of_change):
            assert lines(look(place, asked)) == []
        for way in AUDITED:
            done(place, way, asked)


def test_kernel_of_the_image_itself(nova: NovaInProcess) -> None:
    """What nobody overrides is Nova's business: it boots as before."""
    disk = nova.add_image({}, disk_format="qcow2")
    image = nova.image_with(kernel_id=disk)
    for overrides in (None, {"hw_boot_menu": "true"}):
        server = nova.boot(overrides, imageRef=image)
        assert nova.instance(server).kernel_id == disk


RULES = """
rules:
  - properties: [kernel_id]
    roles: [kernel-tester]
    action: allow
  - properties: [kernel_id]
    values: {{listed: [{first}, {second}]}}
    action: allow
  - properties: [kernel_id]
    removal: true
    action: allow
  - properties: [kernel_id]
    action: deny
    reason: only the kernels of the operating team
"""


def test_rules_by_value(place: Place, tmp_path: Path) -> None:
    """Only two kernels are allowed, in any spelling, and no other in any."""
    first, second, other = (place.nova.image_with() for _ in range(3))
    path = tmp_path / "rules.yaml"
    # As an operator may write it.
    path.write_text(RULES.format(first=first.upper(), second=second))
    with place.nova.configured(rules_file=str(path)):
        for way in AUDITED:
            for kernel in (first, second):
                for spelling in (kernel, kernel.upper()):
                    done(place, way, {"kernel_id": spelling})
                    if way is not create:
                        instance = place.nova.instance(place.server)
                        assert instance.kernel_id == kernel
            for spelling, status in spellings_of(other).items():
                answer = way(place, {"kernel_id": spelling})
                assert answer.status_code == status, (spelling, answer.text)
                assert "only the kernels of the operating" in answer.text


def spellings_of(image: str) -> dict[str, int]:
    """Return an id as UUIDs are spelled, with the status of a denial."""
    return {
        image: 403,
        image.upper(): 403,
        f"{image[:18]}{image[18:].upper()}": 403,
        # No id to Glance either; the rule is named all the same.
        f"{{{image}}}": 400,
        image.replace("-", ""): 400,
        f" {image}": 400,
        f"{image}\n": 400,
        f"urn:uuid:{image}": 400,
    }


def test_role_that_may_more(place: Place, tmp_path: Path) -> None:
    """Another role may boot any kernel that Glance shows it."""
    path = tmp_path / "rules.yaml"
    path.write_text(RULES.format(first=ABSENT, second=ABSENT))
    kernel = place.nova.image_with()
    hidden = place.hide(exception.ImageNotFound)
    with place.nova.configured(rules_file=str(path)):
        statuses = {
            roles: [
                create(place, {"kernel_id": image}, roles).status_code
                for image in (kernel, hidden)
            ]
            for roles in (PLAIN_USER, f"{PLAIN_USER},kernel-tester")
        }
    assert statuses == {
        PLAIN_USER: [403, 403],
        f"{PLAIN_USER},kernel-tester": [202, 400],
    }
