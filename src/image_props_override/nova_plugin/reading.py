# SPDX-License-Identifier: Apache-2.0
"""What is read now and then, and believed in between."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from oslo_log import log as logging

LOG = logging.getLogger(__name__)

# Each reading that fails is told in the log, and can take as long as the
# time-outs of what is read; one request can ask for hundreds of properties.
RETRY_SECONDS = 5

_Read = TypeVar("_Read")


class Reading(Generic[_Read]):
    """Something that changes at run time, and is not read for each request.

    It is read when it is asked for and the last reading is older than the
    given time, so it costs nothing where nobody asks. A reading that failed
    is believed too, for ``RETRY_SECONDS`` at most.
    """

    def __init__(
        self,
        read: Callable[[], _Read | None],
        refresh_seconds: float,
        on_failure: str,
    ) -> None:
        """Read nothing yet.

        Args:
            read: Returns it, None if there is nothing to believe, or raises
                anything.
            refresh_seconds: How old a reading may be.
            on_failure: What the log is to say of a reading that failed.
        """
        self._read = read
        self._refresh_seconds = refresh_seconds
        self._on_failure = on_failure
        self._lock = threading.Lock()
        self._last: _Read | None = None
        self._good_until = -math.inf

    def __call__(self) -> _Read | None:
        """Return the last reading; None if there is none to believe."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                seconds = self._refresh_seconds
                try:
                    self._last = self._read()
                # Whatever the database or the other service raises.
                except Exception:
                    LOG.exception(self._on_failure)
                    self._last = None
                    seconds = min(seconds, RETRY_SECONDS)
                self._good_until = time.monotonic() + seconds
            return self._last
