# SPDX-License-Identifier: Apache-2.0
"""What an operation on a server is refused with because of its state."""

from __future__ import annotations

from nova import exception


class _Conflict(exception.InstanceIsLocked):
    """Nova's controllers answer 409.

    No lock is meant. Of the errors that a compute API may raise, this is the
    one that the controllers of rebuild, rescue and shelve all answer with
    409 and its own words; a class apart would be an unexpected error, 500.
    """

    msg_fmt = "%(reason)s"


class OverridesWouldBeLost(_Conflict):
    """A service cannot keep overrides."""


class AnotherOperationFirst(_Conflict):
    """The server has changed since the request began."""

    msg_fmt = (
        "Another operation on the server came first, and nothing was "
        "changed. Try again when the server has no task"
    )
