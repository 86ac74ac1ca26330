# SPDX-License-Identifier: Apache-2.0
"""Ways to read the audit trail of a Nova in-process."""

from __future__ import annotations

import json
from typing import Any

import pytest
from oslo_messaging.notify import _impl_test as sent_notifications

from image_props_override.nova_plugin.request import audit


def lines(trail: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of the audit trail."""
    return [
        record.getMessage()
        for record in trail.records
        if record.name == audit.LOGGER
    ]


def entries(trail: pytest.LogCaptureFixture) -> dict[str, Any]:
    """Return the entries by property."""
    read = [
        json.loads(line.removeprefix(audit.LINE_PREFIX))
        for line in lines(trail)
    ]
    by_property = {entry["property"]: entry for entry in read}
    assert len(by_property) == len(read)
    return by_property


def notifications() -> list[dict[str, Any]]:
    """Return ours of those that Nova's harness was given to send."""
    return [
        message
        for _, message, _, _ in sent_notifications.NOTIFICATIONS
        if message["event_type"].startswith(audit.EVENT_PREFIX)
    ]
