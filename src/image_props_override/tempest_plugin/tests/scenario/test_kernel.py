# SPDX-License-Identifier: Apache-2.0
"""A kernel of a server's own, and none although the image has one."""

from __future__ import annotations

from typing import ClassVar

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.tests.scenario import checking

CONF = config.CONF


class KernelTest(checking.CheckingTest):
    """Needs an image that boots with a kernel.

    Attributes:
        kernel: The image's kernel, and its RAM disk if it has one.
    """

    kernel: ClassVar[dict[str, str]]

    @classmethod
    def resource_setup(cls) -> None:
        """Skip where the image has no kernel."""
        super().resource_setup()
        cls.kernel = {
            name: cls.own[name]
            for name in cls.kernel_properties
            if name in cls.own
        }
        if "kernel_id" not in cls.kernel:
            raise cls.skipException("the image has no kernel_id")

    @decorators.idempotent_id("1b8f3c7e-6a0d-4f0c-9d5e-2f4c1b7a9e01")
    @decorators.attr(type="slow")
    def test_own_kernel(self) -> None:
        """A guest of an image without a kernel boots one, with its line."""
        line = "os_command_line"
        others = {
            name: value
            for name, value in self.own.items()
            if name not in self.kernel and name != line
        }
        image_id = self.copy_of_image(others)
        wish = {
            **self.kernel,
            line: f"{self.own.get(line, '')} image_props_override=1".strip(),
        }
        overrides = self.taken(wish, image_id, None)
        if overrides != wish:
            raise self.nothing_left()
        server = self.boot(overrides, image_id=image_id)
        self.assertEqual(overrides, self.record_of(server["id"]))
        guest = self.look_into(server["id"])
        self.check(guest, line, overrides[line], "own kernel")
        self.delete_server(server["id"])

    @decorators.idempotent_id("1b8f3c7e-6a0d-4f0c-9d5e-2f4c1b7a9e02")
    @decorators.attr(type="slow")
    def test_no_kernel(self) -> None:
        """libvirt starts the guest from its disk."""
        if not CONF.image_props_override.libvirt_uri:
            raise self.skipException(
                "[image_props_override] libvirt_uri unset: a guest without"
                " a kernel may print nothing"
            )
        wish = dict.fromkeys((*self.kernel, "os_command_line"))
        if "os_command_line" not in self.own:
            del wish["os_command_line"]
        overrides = self.taken(wish, None, None, "removed")
        if "kernel_id" not in overrides:
            raise self.nothing_left()
        server = self.boot(overrides)
        domain = self.domain_of(server["id"])
        assert domain is not None
        self.assertIsNone(domain.root.find("os/kernel"))
        self.assertEqual(overrides, self.record_of(server["id"]))
        self.delete_server(server["id"])
