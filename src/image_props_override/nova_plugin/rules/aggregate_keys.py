# SPDX-License-Identifier: Apache-2.0
"""Which properties isolate hosts in this cloud, as its aggregates tell."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable

from nova import context, objects
from oslo_config import cfg
from oslo_log import log as logging

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)

LOG = logging.getLogger(__name__)

# Each reading that fails is told in the log, and can take as long as the
# database's time-outs; one request can ask for hundreds of properties.
RETRY_SECONDS = 5

FILTER = "AggregateImagePropertiesIsolation"


def is_isolating(conf: cfg.ConfigOpts) -> bool:
    """Return whether the scheduler keeps hosts apart by image properties.

    Args:
        conf: Nova's configuration, which nova-api shares with the scheduler.
    """
    return (
        FILTER in conf.filter_scheduler.enabled_filters
        or conf.scheduler.enable_isolated_aggregate_filtering
    )


class AggregateKeys:
    """The image properties that aggregates name in their metadata.

    Aggregates change at run time. They are read when an override is asked
    for and the last reading is older than the given time, so a request costs
    nothing in between, and one without overrides never does. A reading that
    failed is believed too, for ``RETRY_SECONDS`` at most.
    """

    def __init__(
        self,
        catalogue: PropertyCatalogue,
        refresh_seconds: float,
        read_metadata_keys: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        """Read nothing yet.

        Args:
            catalogue: The image properties that exist.
            refresh_seconds: How old a reading may be.
            read_metadata_keys: Returns the keys of all aggregates'
                metadata; the default asks Nova's database.
        """
        self._catalogue = catalogue
        self._refresh_seconds = refresh_seconds
        self._read = read_metadata_keys or _metadata_keys
        self._lock = threading.Lock()
        self._names: frozenset[str] | None = None
        self._good_until = -math.inf

    def __call__(self) -> frozenset[str] | None:
        """Return the canonical names; None if they cannot be read now."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._names = self._canonical_names()
                seconds = self._refresh_seconds
                if self._names is None:
                    seconds = min(seconds, RETRY_SECONDS)
                self._good_until = time.monotonic() + seconds
            return self._names

    def _canonical_names(self) -> frozenset[str] | None:
        try:
            keys = list(self._read())
        # Whatever the database raises: without an answer, all is refused.
        except Exception:
            LOG.exception("The aggregates cannot be read: overrides refused")
            return None
        names = (resolve_name(key, self._catalogue) for key in keys)
        return frozenset(
            name.canonical for name in names if isinstance(name, PropertyName)
        )


def _metadata_keys() -> set[str]:
    aggregates = objects.AggregateList.get_all(context.get_admin_context())
    return {key for aggregate in aggregates for key in aggregate.metadata}
