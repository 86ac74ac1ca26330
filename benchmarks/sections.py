# SPDX-License-Identifier: Apache-2.0
"""Which benchmarks there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from benchmarks.showing import (
    core,
    load,
    request,
    sandbox_start,
    scale,
    service_start,
    workaround,
)

# In the order of a reader's questions.
SECTIONS: Final = {
    "workaround": workaround.SECTION,
    "request": request.SECTION,
    "load": load.SECTION,
    "scale": scale.SECTION,
    "service-start": service_start.SECTION,
    "core": core.SECTION,
    "sandbox-start": sandbox_start.SECTION,
}
# In the order of running, with the clouds that each starts: those that the
# first makes are used by others.
CLOUDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sandbox-start": ("fake", "guests", "distributed"),
    "request": ("distributed",),
    "load": ("distributed",),
    "workaround": ("guests",),
    "service-start": ("fake",),
    "core": (),
    "scale": ("distributed",),
}
# What takes as long as most of the others runs only when it is named.
BY_ITSELF: Final = ("scale",)
