# SPDX-License-Identifier: Apache-2.0
"""Which benchmarks there are."""

from __future__ import annotations

from typing import Final

from benchmarks.showing import (
    core,
    load,
    request,
    sandbox_start,
    service_start,
    workaround,
)

# In the order of a reader's questions.
SECTIONS: Final = {
    "workaround": workaround.SECTION,
    "request": request.SECTION,
    "load": load.SECTION,
    "service-start": service_start.SECTION,
    "core": core.SECTION,
    "sandbox-start": sandbox_start.SECTION,
}
# In the order of running: the clouds that the first makes are used by others.
ORDER: Final = (
    "sandbox-start",
    "request",
    "load",
    "workaround",
    "service-start",
    "core",
)
