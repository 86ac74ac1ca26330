# SPDX-License-Identifier: Apache-2.0
"""Where Nova fails, the answer and the log are those of stock Nova."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from nova import exception, objects
from nova.compute import api as compute_api

from tests.functional.lifecycle.rebuilding import (
    answer_to_rebuild,
    rebuilt,
    refusal,
)
from tests.functional.nova_in_process import IMAGE, NOVAS_LAST, NovaInProcess
from tests.functional.services.our_services import OneHostOfOurs

HARNESS = OneHostOfOurs

# Method and path of a request, its body, and what of Nova fails.
ROUTES: dict[str, tuple[str, str, dict[str, Any] | None, str]] = {
    "create": ("POST", "/servers", {}, "_provision_instances"),
    "show": ("GET", "/servers/{id}", None, "get"),
    "detail": ("GET", "/servers/detail", None, "get_all"),
    "update": (
        "PUT",
        "/servers/{id}",
        {"server": {"name": "other"}},
        "update_instance",
    ),
    "rebuild": (
        "POST",
        "/servers/{id}/action",
        {"rebuild": {"imageRef": IMAGE}},
        "_checks_for_create_and_rebuild",
    ),
}


def fail(*_args: Any, **_kwargs: Any) -> None:
    """Do what no controller of Nova's expects."""
    raise exception.UnexpectedTaskStateError(
        instance_uuid="of-a-test", expected={}, actual={}
    )


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[Any, ...]]:
    """Return what was logged of errors, and whether with a traceback."""
    return [
        (
            record.name,
            record.levelno,
            record.getMessage(),
            bool(record.exc_info),
        )
        for record in caplog.records
        if record.levelno >= logging.WARNING
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "failing"), ROUTES.values(), ids=ROUTES
)
def test_unexpected_error(
    nova: OneHostOfOurs,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    failing: str,
) -> None:
    """Status, text and log of each route are the same with the package."""
    server = nova.boot()
    if body == {}:
        body = nova.body()
    path = f"/v2.1{path.format(id=server['id'])}"

    def ask(microversion: str | None = None) -> Any:
        caplog.clear()
        answer = nova.request(method, path, microversion, json=body)
        return answer.status_code, answer.text, logged(caplog)

    with monkeypatch.context() as patch:
        patch.setattr(compute_api.API, failing, fail)
        ours = ask(NOVAS_LAST)
        with nova.without_the_package():
            stock = ask(NOVAS_LAST)
    assert ours[0] == 500
    assert "UnexpectedTaskStateError" in ours[1]
    assert len([each for each in ours[2] if each[-1]]) == 1
    assert ours == stock


def test_another_operation_first(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild with overrides that comes second is a conflict, not a 500."""
    server = nova.boot({"hw_boot_menu": "true"})
    save = objects.Instance.save

    def come_second(
        instance: Any, expected_task_state: Any = None, **kwargs: Any
    ) -> None:
        if expected_task_state == [None]:
            fail()
        save(instance, expected_task_state=expected_task_state, **kwargs)

    kept, changed = None, {"hw_boot_menu": "false"}
    with monkeypatch.context() as patch:
        patch.setattr(objects.Instance, "save", come_second)
        for overrides in (kept, changed, {}):
            status, message = refusal(nova, server, overrides)
            assert status == 409
            assert "Another operation on the server came first" in message
    assert nova.instance(server).task_state is None
    after = rebuilt(nova, server, changed)
    assert after["image_props_override"] == changed


def test_server_without_overrides(
    nova: NovaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild that overrides nothing is Nova's own."""
    server = nova.boot()
    with monkeypatch.context() as patch:
        patch.setattr(compute_api.API, "_checks_for_create_and_rebuild", fail)
        answer = answer_to_rebuild(nova, server, {})
    assert answer.status_code == 500
