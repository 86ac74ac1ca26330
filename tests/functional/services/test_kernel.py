# SPDX-License-Identifier: Apache-2.0
"""Kernel and RAM disk of a server's own: rescued, and a rebuild that fails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.lifecycle.test_kernel import (
    check,
    check_guest,
    no_kernel,
    own_kernel,
)
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

NOWHERE = {"trait:CUSTOM_NOWHERE": "required"}


@pytest.mark.parametrize("asked", [own_kernel, no_kernel])
@pytest.mark.parametrize("has_image", [False, True])
def test_rescued(nova: OneHostOfOurs, asked: Any, has_image: bool) -> None:
    """With or without a rescue image, the guest has the server's kernel."""
    overrides = asked(nova)
    server = nova.boot(overrides, imageRef=nova.kernel_image_with())
    image = nova.kernel_image_with() if has_image else None
    assert nova.rescue(server, image) == "RESCUE"
    # The harness's stand-in: no files are fetched.
    fetched = nova.driver._create_image.call_args.kwargs["disk_images"]
    assert (fetched["image_id"] == image) is has_image
    for name in ("kernel_id", "ramdisk_id"):
        assert (fetched[name] or "") == (overrides.get(name) or ""), name
    check(nova, server, overrides)
    assert nova.unrescue(server) == "ACTIVE"
    check_guest(nova, server, overrides)


@pytest.mark.parametrize("asked", [own_kernel, no_kernel])
def test_rebuild_finds_no_host(nova: OneHostOfOurs, asked: Any) -> None:
    """All places that know of the kernel are as before."""
    overrides = asked(nova)
    image = nova.kernel_image_with()
    server = nova.boot(overrides, imageRef=image)
    other = nova.kernel_image_with(**NOWHERE)
    assert nova.rebuild(server, other, image_props_override={}) == "ERROR"
    check_guest(nova, server, overrides)
    assert nova.api.get_server(server["id"])["image"]["id"] == image
