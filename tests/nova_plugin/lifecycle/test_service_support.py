# SPDX-License-Identifier: Apache-2.0
"""Services are asked over RPC whether they re-apply overrides.

The servers are real ones of oslo.messaging, on its in-process transport.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import oslo_messaging
import pytest
from nova import context, objects, rpc
from nova.conductor import rpcapi
from nova.conf import CONF
from nova.tests.fixtures import RPCFixture

from image_props_override.nova_plugin.lifecycle import service_support
from image_props_override.nova_plugin.lifecycle.service_support import (
    ServiceSupport,
    Support,
    SupportEndpoint,
    support_of_compute,
    support_of_conductor,
)


class StockEndpoint:
    """An endpoint as each service of Nova has; it knows nothing of ours."""

    target = oslo_messaging.Target(namespace="baseapi", version="1.1")

    def ping(self, context: Any, arg: Any) -> Any:
        """Answer."""
        del context
        return arg


class LaterEndpoint(SupportEndpoint):
    """The endpoint of a later release, with another form of the record."""

    def record_versions(self, context: Any) -> list[int]:
        """Return a version that this release does not know."""
        del context
        return [service_support.RECORD_VERSION + 1]


class EarlierEndpoint(SupportEndpoint):
    """The endpoint of an earlier release, which has a row each."""

    def record_versions(self, context: Any) -> list[int]:
        """Return what that release returned."""
        del context
        return [2]


class BrokenEndpoint(SupportEndpoint):
    """An endpoint that fails."""

    def record_versions(self, context: Any) -> list[int]:
        """Fail."""
        del context
        raise ValueError("broken")


ENDPOINTS = {
    "ours": (StockEndpoint(), SupportEndpoint()),
    "stock": (StockEndpoint(),),
    "later": (StockEndpoint(), LaterEndpoint()),
    "earlier": (StockEndpoint(), EarlierEndpoint()),
    "broken": (StockEndpoint(), BrokenEndpoint()),
}


@pytest.fixture(scope="module")
def messaging() -> Iterator[None]:
    """Messaging, as Nova's services set it up, without a server."""
    with RPCFixture("nova.test"):
        yield


@pytest.fixture(scope="module")
def servers(messaging: None) -> Iterator[None]:
    """Of each kind a nova-compute and a nova-conductor, named after it."""
    del messaging
    started = []
    for kind, endpoints in ENDPOINTS.items():
        for topic in ("compute", f"conductor-{kind}"):
            server = oslo_messaging.get_rpc_server(
                rpc.TRANSPORT,
                oslo_messaging.Target(topic=topic, server=kind),
                list(endpoints),
                executor="threading",
                serializer=rpc.RequestContextSerializer(None),
            )
            server.start()
            started.append(server)
    yield
    # Each takes up to a second.
    with ThreadPoolExecutor() as pool:
        list(pool.map(stop, started))


def stop(server: Any) -> None:
    """Stop a server and wait until it is."""
    server.stop()
    server.wait()


@pytest.fixture(autouse=True)
def short_wait_for_who_is_missing(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wait briefly where nobody answers, and long for those who do."""
    asked = getattr(request.node, "callspec", None)
    if asked is None or "missing" in asked.params.values():
        monkeypatch.setattr(service_support, "ANSWER_TIMEOUT_SECONDS", 1)


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize(
    ("kind", "support"),
    [
        ("ours", Support.REAPPLIES),
        ("stock", Support.STOCK),
        ("later", Support.OTHER_RELEASE),
        ("earlier", Support.OTHER_RELEASE),
        ("broken", Support.SILENT),
        ("missing", Support.SILENT),
    ],
)
def test_support(
    monkeypatch: pytest.MonkeyPatch, kind: str, support: Support
) -> None:
    """Who answers decides: ours, a stock service, another release, nobody."""
    monkeypatch.setattr(rpcapi, "RPC_TOPIC", f"conductor-{kind}")
    admin = context.get_admin_context()
    assert support_of_compute(admin, kind) is support
    assert support_of_conductor(admin) is support
    assert support_of_conductor(admin, kind) is support


@pytest.mark.parametrize(
    ("error", "support"),
    [
        # As of a real broker: the class of Nova's peer is not rebuilt.
        (oslo_messaging.RemoteError("UnsupportedVersion"), Support.STOCK),
        (oslo_messaging.RemoteError("NoSuchMethod"), Support.STOCK),
        (oslo_messaging.RemoteError("ValueError"), Support.SILENT),
        (oslo_messaging.MessagingTimeout(), Support.SILENT),
        (oslo_messaging.MessageDeliveryFailure(), Support.SILENT),
        (ConnectionRefusedError(), Support.SILENT),
    ],
)
@pytest.mark.usefixtures("messaging")
def test_failures(error: Exception, support: Support) -> None:
    """Whatever keeps us from asking, the answer is not yes."""
    call = "oslo_messaging.rpc.client._CallContext.call"
    with mock.patch(call, side_effect=error):
        admin = context.get_admin_context()
        assert support_of_compute(admin, "any") is support


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize(
    ("conductor", "compute", "told"),
    [
        ("ours", "ours", None),
        # Shelved and offloaded: no nova-compute has the server.
        ("ours", None, None),
        ("stock", None, "lost: nova-conductor does not re-apply"),
        ("ours", "stock", "lost: the server's nova-compute does not re-apply"),
        ("stock", "ours", "lost: nova-conductor does not re-apply"),
        (
            "ours",
            "missing",
            "might be lost: the server's nova-compute does not answer. Try "
            "again later",
        ),
        (
            "stock",
            "missing",
            "nova-conductor does not re-apply overrides and the server's "
            "nova-compute does not answer",
        ),
    ],
)
def test_lacking(
    monkeypatch: pytest.MonkeyPatch,
    conductor: str,
    compute: str | None,
    told: str | None,
) -> None:
    """One sentence tells which service lacks it, what to do, and no host."""
    monkeypatch.setattr(rpcapi, "RPC_TOPIC", f"conductor-{conductor}")
    server = objects.Instance(host=compute)
    reason = ServiceSupport().lacking(context.get_admin_context(), server)
    if told is None:
        assert reason is None
    else:
        assert reason is not None
        assert told in reason
        assert "nova-compute-image-props" in reason
        # Of a server to be rescued it would take the disk.
        assert "rebuild" not in reason
        assert "missing" not in reason


@pytest.mark.usefixtures("messaging")
def test_cells() -> None:
    """nova-compute is asked in its cell, nova-conductor in the API's."""
    cell = oslo_messaging.get_rpc_transport(CONF, "fake://cell")
    targeted = context.get_admin_context()
    targeted.mq_connection = cell
    asked = {}
    client = oslo_messaging.get_rpc_client

    def record(transport: Any, target: Any, **kwargs: Any) -> Any:
        asked[target.topic] = transport
        return client(transport, target, **kwargs)

    with mock.patch("oslo_messaging.get_rpc_client", record):
        ServiceSupport().lacking(targeted, objects.Instance(host="any"))
    assert asked == {"conductor": rpc.TRANSPORT, "compute": cell}


def test_earlier_api() -> None:
    """A nova-api of an earlier release may use this release's services."""
    admin = context.get_admin_context()
    assert 2 in SupportEndpoint().record_versions(admin)
