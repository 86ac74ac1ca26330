# SPDX-License-Identifier: Apache-2.0
"""Servers whose kernel command line is longer than what Nova keeps.

Our services put it together again; a stock nova-compute would give the guest
another line. So what would start a guest there is refused.
"""

from __future__ import annotations

from typing import Any

import webob.exc
from nova.context import RequestContext

from image_props_override.core.boot.long_values import (
    is_long,
    joined,
    split,
)
from image_props_override.core.properties.limits import (
    COMMAND_LINE,
    IMAGE_PREFIX,
)
from image_props_override.nova_plugin.boot.host_reports import HostReports
from image_props_override.nova_plugin.lifecycle.service_support import (
    Support,
    support_of_compute,
)
from image_props_override.nova_plugin.nova_privates import stored_images

_WAY_OUT = (
    "Ask the operator to run nova-compute-image-props there, or stop the "
    "server and give it a line of at most 255 bytes"
)


def keep_long_lines() -> None:
    """Let all of Nova in this process keep and read long lines whole.

    Each service reads for itself, so each has to call this; again is
    harmless.
    """
    stored_images.keep_images_through(written=split, read=joined)


def long_line_of(instance: Any) -> str | None:
    """Return a server's command line if Nova alone would cut it, or None.

    Args:
        instance: The server, with its system metadata.
    """
    whole = joined(instance.system_metadata, IMAGE_PREFIX)
    line = whole.get(f"{IMAGE_PREFIX}{COMMAND_LINE}")
    return line if line is not None and is_long(line) else None


def refuse_start_on_host(context: RequestContext, instance: Any) -> None:
    """Let no guest start on a host that would give it another line.

    The server's nova-compute is asked; what does not answer would.

    Args:
        context: Targets the cell of the instance.
        instance: The server.

    Raises:
        webob.exc.HTTPConflict: It would. It is not one of Nova's errors,
            because the controllers of evacuate and restore know none that is
            a conflict; every controller hands this one on.
    """
    line = long_line_of(instance)
    if line is None or not instance.host:
        return
    support = support_of_compute(context, instance.host)
    if support is not Support.REAPPLIES:
        raise webob.exc.HTTPConflict(
            explanation=f"{_has(line)}, and the server's nova-compute "
            f"{support.value}: the guest would start with another line. "
            f"{_WAY_OUT}"
        )


def refuse_move(
    host_reports: HostReports, instance: Any, *, back: bool = True
) -> None:
    """Let no server move as long as a host would give it another line.

    Args:
        host_reports: What the hosts report.
        instance: The server.
        back: Whether it may come back to its host.

    Raises:
        webob.exc.HTTPConflict: A host would.
    """
    line = long_line_of(instance)
    if line is None:
        return
    besides = () if back else (instance.host,)
    lacking = host_reports.lacking_long_lines(besides)
    if lacking:
        raise webob.exc.HTTPConflict(
            explanation=f"{_has(line)}, and {lacking}. {_WAY_OUT}"
        )


def _has(line: str) -> str:
    size_bytes = len(line.encode())
    return (
        f"The server's os_command_line has {size_bytes} bytes, of which Nova "
        "keeps 255"
    )
