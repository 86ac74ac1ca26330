# SPDX-License-Identifier: Apache-2.0
"""A real Glance hides images from users, and so does the refusal of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import accounts, images
from sandbox.demo import boot
from sandbox.settings import Settings

ABSENT = "9168b536-cd40-4630-b43f-b259807c6e87"
PATH = "/os-image-props-override"


@pytest.fixture
def kernel(fake_cloud_up: Settings) -> Iterator[Any]:
    """An admin's image, which its project may share."""
    glance = accounts.connect(fake_cloud_up).image
    image = glance.create_image(
        "hidden-kernel",
        data=b"x",
        disk_format="aki",
        container_format="aki",
        visibility="shared",
    )
    yield image
    glance.delete_image(image, ignore_missing=True)


class User:
    """User demo, who asks for a kernel."""

    def __init__(self, cloud: Settings) -> None:
        """Log in."""
        connection = accounts.connect(cloud, boot.USER)
        self.project_id = connection.current_project_id
        self.compute = connection.compute
        self.guest = images.id_of(connection.image, images.GUEST)
        self.microversion = self.compute.get(
            PATH, microversion="latest"
        ).json()["microversion"]
        self.flavor = self.compute.find_flavor("small").id

    def _post(self, path: str, kind: str, kernel: str, **fields: Any) -> Any:
        body = {
            "imageRef": self.guest,
            "flavorRef": self.flavor,
            "image_props_override": {"kernel_id": kernel},
            **fields,
        }
        return self.compute.post(
            path, json={kind: body}, microversion=self.microversion
        )

    def refusal(self, kernel: str) -> tuple[int, str]:
        """Return the answer to a boot, less the kernel's id."""
        answer = self._post(
            "/servers", "server", kernel, name="never", networks="none"
        )
        return answer.status_code, answer.text.replace(kernel, "ID")

    def problems(self, kernel: str) -> list[str]:
        """Return what a preview says is wrong, less the kernel's id."""
        answer = self._post(f"{PATH}/preview", "preview", kernel)
        assert answer.status_code == 200, answer.text
        return [
            each["message"].replace(kernel, "ID")
            for each in answer.json()["preview"]["problems"]
        ]


def test_hidden_kernel(fake_cloud_up: Settings, kernel: Any) -> None:
    """Until it is shared it is like one that does not exist, and again."""
    glance = accounts.connect(fake_cloud_up).image
    user = User(fake_cloud_up)
    absent = user.refusal(ABSENT)
    assert absent[0] == 400
    assert "there is no image ID that you can see" in absent[1]
    assert user.refusal(kernel.id) == absent
    assert user.problems(kernel.id) == user.problems(ABSENT) != []
    # A member may boot it, whether or not the offer is accepted yet.
    glance.add_member(kernel, member_id=user.project_id)
    assert user.problems(kernel.id) == []
    glance.deactivate_image(kernel)
    assert user.problems(kernel.id) == [
        "image ID is deactivated; it can be used once it is active"
    ]
    glance.remove_member(user.project_id, kernel)
    assert user.refusal(kernel.id) == absent
    glance.delete_image(kernel)
    assert user.refusal(kernel.id) == absent
