# SPDX-License-Identifier: Apache-2.0
"""The page of microversions: which one overrides need in each release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tools.reference.property_facts import releases

# Nova's release to the greatest microversion of its own. A test compares the
# page with the installed Nova, on each release.
_NOVAS_MAXIMUM: Final = {29: 96, 31: 100, 32: 100, 33: 103, 34: 104}

_TOP = """\
# Microversions

Overrides need the first compute API microversion after Nova's own maximum. The
number differs between releases of Nova. This page is written by
`python -m tools.reference`.

| OpenStack | Nova | Nova's maximum | overrides | new image properties |
|---|---|---|---|---|
"""
_REST = """\

## Find the number

Clients of this project ask the cloud for it. In a program of your own, send
this request and use the `microversion` of the answer:

```
GET /v2.1/os-image-props-override
OpenStack-API-Version: compute latest
```

404 means that the cloud does not offer overrides. During an upgrade, processes
of two releases may answer with different numbers. If a later request gets 406
or 400 because of that, ask again.

## What changes with it

Each release has one such microversion. From it on:

- `POST /servers` accepts `server.image_props_override`.
- A rebuild accepts `rebuild.image_props_override`, and
  the answer has `server.image_props_override`.
- `PUT /servers/{server_id}` accepts `server.image_props_override`, and the
  answer has it.
- `GET /servers/{server_id}` and `GET /servers/detail` return it for each
  server.
- `GET /os-image-props-override` and
  `POST /os-image-props-override/preview` are new.

Everything else is as in Nova's maximum. Below it, the API is Nova's alone: a
request with the key gets 400, no answer has it, and the new paths return 404.

Servers that have overrides keep them at **every** microversion:

- A rebuild without the key keeps the overrides.
- Operations that would lose overrides are refused with 409, and a resize to a
  flavor that contradicts them with 400.

[REST API](api.md) describes each call.
"""


def text() -> str:
    """Return all of the page."""
    return _TOP + "\n".join(_rows()) + "\n" + _REST


def _rows() -> Iterator[str]:
    before: set[str] | None = None
    for release, nova, names in releases():
        new = [] if before is None else sorted(names - before)
        first = f"({len(names)} in all)" if before is None else ""
        shown = ", ".join(f"`{each}`" for each in new) or first or "none"
        maximum = _NOVAS_MAXIMUM[nova]
        yield (
            f"| {release} | {nova} | 2.{maximum} | **2.{maximum + 1}** "
            f"| {shown} |"
        )
        before = names
