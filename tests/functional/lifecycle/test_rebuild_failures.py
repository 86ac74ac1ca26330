# SPDX-License-Identifier: Apache-2.0
"""A rebuild that fails on its way through the API leaves all as it was."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from nova import exception, objects
from nova.conductor import rpcapi as conductor_rpcapi
from nova.image import glance
from oslo_db.exception import DBError
from oslo_messaging import MessagingTimeout

from tests.functional.lifecycle.rebuilding import (
    Overrides,
    answer_to_rebuild,
    kept,
    rebuilt,
)
from tests.functional.nova_in_process import NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

BOOTED: Overrides = {"hw_disk_bus": "scsi", "hw_vif_model": None}
NEW: Overrides = {"hw_disk_bus": "sata", "hw_boot_menu": "true"}

GLANCE_GONE = exception.GlanceConnectionFailed(server="glance", reason="x")
NO_DATABASE = DBError("no database")
NO_BROKER = MessagingTimeout("no broker")

# owner, method, which of its calls fails, error
STEPS: dict[str, tuple[Any, str, int, Exception]] = {
    "Glance": (glance.API, "get", 1, GLANCE_GONE),
    "the server is saved": (objects.Instance, "save", 1, NO_DATABASE),
    "system metadata is saved": (objects.Instance, "save", 2, NO_DATABASE),
    "the action is noted": (
        objects.InstanceAction,
        "action_start",
        1,
        NO_DATABASE,
    ),
    "RequestSpec is saved": (objects.RequestSpec, "save", 1, NO_DATABASE),
    "the task is sent": (
        conductor_rpcapi.ComputeTaskAPI,
        "rebuild_instance",
        1,
        NO_BROKER,
    ),
}


def failing(
    method: Callable[..., Any], call: int, error: Exception
) -> Callable[..., Any]:
    """Return a method of which one call fails."""
    calls = itertools.count(1)

    def failing_once(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise error
        return method(*args, **kwargs)

    return failing_once


def test_each_step(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Record, properties, RequestSpec and the server's state stay."""
    image = nova.kernel_image_with(hw_vif_model="e1000", os_type="linux")
    other = nova.image_with(os_type="windows", hw_vif_model="e1000")
    server = nova.boot(BOOTED, imageRef=image)
    before = kept(nova, server)
    for step, new_image in itertools.product(STEPS.values(), (image, other)):
        owner, name, call, error = step
        with monkeypatch.context() as patched:
            once = failing(getattr(owner, name), call, error)
            patched.setattr(owner, name, once)
            answer = answer_to_rebuild(nova, server, NEW, new_image)
        assert answer.status_code >= 400, step
        assert kept(nova, server) == before, step
    after = rebuilt(nova, server, NEW, other)
    assert after["image_props_override"] == NEW


def test_busy_server(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another request is doing to the server is not undone."""
    server = nova.boot({"hw_disk_bus": "scsi"})
    save = objects.Instance.save

    def overtaken(instance: Any, *args: Any, **kwargs: Any) -> Any:
        busy = objects.Instance.get_by_uuid(nova.context, instance.uuid)
        busy.task_state = "rebuilding"
        save(busy)
        return save(instance, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(objects.Instance, "save", overtaken)
        answer = answer_to_rebuild(nova, server, NEW)
    assert answer.status_code >= 400
    instance = nova.instance(server)
    assert instance.task_state == "rebuilding"
    assert instance.system_metadata["image_hw_disk_bus"] == "scsi"
    instance.task_state = None
    instance.save()
