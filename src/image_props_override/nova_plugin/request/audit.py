# SPDX-License-Identifier: Apache-2.0
"""The audit trail: a log line, and a notification, for each override."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import oslo_messaging
from oslo_config import cfg
from oslo_log import log as logging

from image_props_override.core.attempt import Attempt
from image_props_override.core.audit_entry import AuditEntry, audit_entries
from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.name_patterns import (
    canonical_patterns,
)
from image_props_override.nova_plugin import conf as options

# A name of its own, so that operators can send it where they want.
LOGGER = "image_props_override.audit"
LINE_PREFIX = "override: "
EVENT_PREFIX = "image_props_override."

LOG = logging.getLogger(__name__)
AUDIT_LOG = logging.getLogger(LOGGER)


@dataclass(frozen=True)
class Auditor:
    """Records each override, in the log and, if configured, on the bus.

    Attributes:
        mask: Canonical patterns of properties whose values are masked.
        notifier: Sends the notifications, or None.
    """

    mask: tuple[str, ...]
    notifier: oslo_messaging.Notifier | None

    @contextmanager
    def audited(self, attempt: Attempt) -> Iterator[None]:
        """Record the outcome of an attempt when the block ends.

        Whatever goes wrong in telling is logged, and changes nothing for
        the request.
        """
        try:
            yield
        except BaseException as error:
            attempt.failure = type(error).__name__
            raise
        finally:
            self._tell(attempt)

    def _tell(self, attempt: Attempt) -> None:
        try:
            for entry in audit_entries(attempt, self.mask):
                AUDIT_LOG.info("%s%s", LINE_PREFIX, entry.line())
                self._notify(entry)
        except Exception:
            LOG.exception(
                "The audit trail of request %s is not complete",
                attempt.request_id,
            )

    def _notify(self, entry: AuditEntry) -> None:
        if self.notifier:
            # No context: it would bring along more than the entry tells.
            self.notifier.info(
                {}, f"{EVENT_PREFIX}{entry.outcome}", entry.payload()
            )


def load_auditor(
    conf: cfg.ConfigOpts, catalogue: PropertyCatalogue
) -> Auditor:
    """Return the auditor that ``nova.conf`` configures.

    Args:
        conf: Nova's configuration, with our options registered.
        catalogue: The image properties that exist.
    """
    section = conf[options.GROUP.name]
    mask = canonical_patterns(section.audit_mask, catalogue)
    options.warn_of_unknown("audit_mask", mask, catalogue)
    notifier = _notifier(conf) if section.audit_notifications else None
    return Auditor(mask, notifier)


def _notifier(conf: cfg.ConfigOpts) -> oslo_messaging.Notifier:
    """Return a notifier on the bus that Nova's own notifications take.

    Not that of ``nova.rpc.get_notifier``: it is silent under
    ``notification_format = versioned``, and otherwise warns of each event
    type that is not Nova's.
    """
    return oslo_messaging.Notifier(
        oslo_messaging.get_notification_transport(conf),
        publisher_id=f"api.{conf.host}",
        # By default it is tried forever, and a request would wait for it.
        retry=0,
    )
