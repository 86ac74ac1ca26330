# SPDX-License-Identifier: Apache-2.0
"""The auditor, as nova.conf configures it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from nova.conf import CONF
from oslo_messaging.conffixture import ConfFixture

from image_props_override.core.attempt import Attempt, Purpose
from image_props_override.core.override_request import OverrideRequest
from image_props_override.core.problems import Problem, ProblemCode
from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.request import audit
from image_props_override.nova_plugin.request.audit import (
    Auditor,
    load_auditor,
)
from tests.core.catalogue import CATALOGUE


class Notifier:
    """Keeps what it is to send."""

    def __init__(self) -> None:
        """Have nothing sent yet."""
        self.sent: list[tuple[Any, str, dict[str, Any]]] = []

    def info(self, context: Any, event: str, payload: dict[str, Any]) -> None:
        """Keep a notification."""
        self.sent.append((context, event, payload))


def refused() -> Attempt:
    """Return an attempt that leaves one entry."""
    problem = Problem("", "it is a list", ProblemCode.REQUEST_NOT_AN_OBJECT)
    request = OverrideRequest({}, (problem,))
    return Attempt(
        "req-1", None, None, Purpose.CREATE, request, request.problems
    )


def load(**chosen: object) -> Auditor:
    """Return the auditor of a nova.conf with these options."""
    options.register(CONF)
    for name, value in chosen.items():
        CONF.set_override(name, value, options.GROUP.name)
    try:
        with ConfFixture(CONF) as messaging:
            messaging.transport_url = "fake:/"
            return load_auditor(CONF, CATALOGUE)
    finally:
        for name in chosen:
            CONF.clear_override(name, options.GROUP.name)


def test_defaults() -> None:
    """Nothing is masked, and no notifications are sent."""
    assert load() == Auditor(mask=(), notifier=None)


def test_notifier() -> None:
    """The notifier names the service and does not wait for a lost bus."""
    notifier = load(audit_notifications=True).notifier
    assert notifier is not None
    assert notifier.publisher_id == f"api.{CONF.host}"
    assert notifier.retry == 0


def test_mask(caplog: pytest.LogCaptureFixture) -> None:
    """Names may be any spelling; a pattern that matches nothing is told."""
    auditor = load(audit_mask=["architecture", "nosuch*"])
    assert auditor.mask == ("hw_architecture", "nosuch*")
    assert "audit_mask: 'nosuch*' matches no image property" in caplog.text
    assert "architecture'" not in caplog.text


def test_events() -> None:
    """The event's type is the outcome; no context is sent along."""
    notifier = Notifier()
    with Auditor((), notifier).audited(refused()):
        pass
    ((context, event, payload),) = notifier.sent
    assert context == {}
    assert event == "image_props_override.refused"
    assert payload["request_id"] == "req-1"


def test_error_in_the_request_is_passed_on() -> None:
    """The request's own error stays what it was, and its kind is noted."""
    attempt = refused()
    with (
        pytest.raises(KeyError, match="mine"),
        Auditor((), None).audited(attempt),
    ):
        raise KeyError("mine")
    assert attempt.failure == "KeyError"


def test_error_in_telling_is_kept_from_the_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A trail that cannot be written is logged, and that is all."""

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(audit, "audit_entries", broken)
    with Auditor((), None).audited(refused()):
        pass
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "req-1" in record.getMessage()
