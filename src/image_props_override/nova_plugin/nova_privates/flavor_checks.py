# SPDX-License-Identifier: Apache-2.0
"""Nova's checks of image against flavor, of which releases differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nova.virt import hardware


def flavor_checks(names: Iterable[str]) -> list[Callable[[Any, Any], object]]:
    """Return the checks that the installed Nova has, of those named.

    Each takes a flavor and image metadata, and raises what it finds.
    """
    return [
        getattr(hardware, name) for name in names if hasattr(hardware, name)
    ]
