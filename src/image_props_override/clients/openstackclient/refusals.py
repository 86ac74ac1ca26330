# SPDX-License-Identifier: Apache-2.0
"""What the cloud refuses, in words for people at a shell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openstack import exceptions as sdk_exceptions
from osc_lib import exceptions

from image_props_override.core.override_request import KEY
from image_props_override.core.problems import CATALOGUE_HINT

_CATALOGUE_COMMAND = "'openstack image property override list'"


def for_shells(words: str) -> str:
    """Return the API's words, with a command where they name a request."""
    return words.replace(CATALOGUE_HINT, _CATALOGUE_COMMAND)


@contextmanager
def refusals_for_shells() -> Iterator[None]:
    """Report refusals of overrides without the request that failed.

    Others are left as they are.

    Raises:
        osc_lib.exceptions.CommandError: The cloud refused overrides; the
            message is the cloud's, with all problems.
    """
    try:
        yield
    except Exception as error:
        words = _words_of(error)
        if KEY not in words:
            raise
        raise exceptions.CommandError(for_shells(words)) from error


def _words_of(error: Exception) -> str:
    """Return what the cloud says to people in an error, or nothing."""
    if isinstance(error, sdk_exceptions.HttpException):
        return error.details or ""
    # novaclient's, which openstackclient 6 uses and later ones do not need.
    has_code = isinstance(getattr(error, "code", None), int)
    return str(getattr(error, "message", "")) if has_code else ""
