# SPDX-License-Identifier: Apache-2.0
"""Whether a nova-compute or nova-conductor re-applies overrides.

Our managers answer a question over Nova's own RPC; a stock service has no
such endpoint, and refuses it. So it is the process that is asked, not a mark
that it left behind once.
"""

from __future__ import annotations

import enum
from typing import Any, ClassVar

import oslo_messaging
from nova import rpc
from nova.compute import rpcapi as compute_rpcapi
from nova.conductor import rpcapi as conductor_rpcapi
from nova.context import RequestContext
from nova.objects import base as objects_base
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

NAMESPACE = "image_props_override"
VERSION = "1.0"

# Versions of the record's form in system metadata (core.boot.record): 2 has
# long lines in parts, 3 has a few rows for all overrides. A service that does
# not read the one that this nova-api writes would lose overrides.
RECORD_VERSION = 3
# What this release reads; a nova-api of an earlier one asks for an earlier.
READABLE_RECORD_VERSIONS = (2, RECORD_VERSION)

# A service that is alive answers within milliseconds; a user waits for this.
ANSWER_TIMEOUT_SECONDS = 10

# Nova's clients would try for ever to send. One attempt more than none: a
# connection that idled may have been cut.
_CONNECTION_RETRIES = 1

# What a service raises that has no such endpoint. Over a real broker it
# arrives as RemoteError, which tells the name of the class.
_NO_SUCH_ENDPOINT = ("UnsupportedVersion", "NoSuchMethod")


class SupportEndpoint:
    """What our managers answer to the question; an endpoint of RPC."""

    target: ClassVar = oslo_messaging.Target(
        namespace=NAMESPACE, version=VERSION
    )

    def record_versions(self, context: RequestContext) -> list[int]:
        """Return the versions of the record that this service re-applies."""
        del context
        return list(READABLE_RECORD_VERSIONS)


class Support(enum.Enum):
    """What a service does with overrides, in words that follow its name."""

    REAPPLIES = "re-applies overrides"
    STOCK = "does not re-apply overrides"
    OTHER_RELEASE = "has another release of nova-image-props-override"
    SILENT = "does not answer"


def support_of_compute(context: RequestContext, host: str) -> Support:
    """Return what the nova-compute of a host does.

    Args:
        context: Targets the cell of the host.
        host: Name of the host, as in Nova's list of services.
    """
    return _ask(context, compute_rpcapi.RPC_TOPIC, host)


def support_of_conductor(
    context: RequestContext, host: str | None = None
) -> Support:
    """Return what a nova-conductor does.

    Args:
        context: Where it targets a cell, conductors of that cell are asked,
            else those that nova-api itself talks to.
        host: Name of the conductor's host; None lets any one answer.
    """
    return _ask(context, conductor_rpcapi.RPC_TOPIC, host)


class ServiceSupport:
    """Whether the services of a server re-apply its overrides."""

    def lacking(self, context: RequestContext, instance: Any) -> str | None:
        """Return why an operation would lose overrides, or None.

        It costs two calls over RPC, so do not ask for a server that has no
        overrides. What does not answer is taken to lose them. The reason is
        for users: it does not have the names of hosts.

        Args:
            context: Targets the cell of the instance, as Nova's API leaves
                it when it has looked the instance up.
            instance: Nova's instance. Without a host, because it was never
                started or is shelved, no nova-compute is asked.
        """
        services = {}
        # nova-api casts its tasks to the conductors of its own, not of the
        # cell. Which of them will take the task nobody knows beforehand.
        services["nova-conductor"] = support_of_conductor(
            _without_cell(context)
        )
        if instance.host:
            services["the server's nova-compute"] = support_of_compute(
                context, instance.host
            )
        lacks = {
            name: support
            for name, support in services.items()
            if support is not Support.REAPPLIES
        }
        if not lacks:
            return None
        reason = " and ".join(
            f"{name} {support.value}" for name, support in lacks.items()
        )
        LOG.info(
            "Overrides would be lost on host %(host)s: %(reason)s",
            {"host": instance.host, "reason": reason},
            instance=instance,
        )
        if {*lacks.values()} == {Support.SILENT}:
            return (
                "The server's image_props_override might be lost: "
                f"{reason}. Try again later. If this persists, ask the "
                "operator whether nova-compute-image-props and "
                "nova-conductor-image-props run there"
            )
        return (
            "The server's image_props_override would be lost: "
            f"{reason}. Ask the operator to run nova-compute-image-props and "
            "nova-conductor-image-props there"
        )


def forget_boot_files(context: RequestContext, instance: Any) -> bool:
    """Have a server's nova-compute fetch its kernel again at the next start.

    Args:
        context: Targets the cell of the instance.
        instance: The server; it has a host.

    Returns:
        Whether it will.
    """
    try:
        client = _client(context, compute_rpcapi.RPC_TOPIC, instance.host)
        client.call(context, "forget_boot_files", instance=instance)
    except Exception as error:
        LOG.warning(
            "%(host)s does not fetch its kernel again: %(error)s",
            {"host": instance.host, "error": error},
            instance=instance,
        )
        return False
    return True


def _without_cell(context: RequestContext) -> RequestContext:
    """Return a copy that targets no cell."""
    return RequestContext.from_dict(context.to_dict())


def _client(context: RequestContext, topic: str, host: str | None) -> Any:
    target = oslo_messaging.Target(
        topic=topic, namespace=NAMESPACE, version=VERSION
    )
    serializer = objects_base.NovaObjectSerializer()
    client = rpc.ClientRouter(rpc.get_client(target, serializer=serializer))
    return client.client(context).prepare(
        server=host,
        timeout=ANSWER_TIMEOUT_SECONDS,
        retry=_CONNECTION_RETRIES,
    )


def _ask(context: RequestContext, topic: str, host: str | None) -> Support:
    try:
        client = _client(context, topic, host)
        versions = client.call(context, "record_versions")
    except (oslo_messaging.UnsupportedVersion, oslo_messaging.NoSuchMethod):
        return Support.STOCK
    except Exception as error:
        if getattr(error, "exc_type", None) in _NO_SUCH_ENDPOINT:
            return Support.STOCK
        # Whatever it is that keeps us from asking: nothing must be lost.
        LOG.warning(
            "No answer from %(topic)s of %(host)s: %(error)s",
            {"topic": topic, "host": host or "any host", "error": error},
        )
        return Support.SILENT
    if RECORD_VERSION in versions:
        return Support.REAPPLIES
    return Support.OTHER_RELEASE
