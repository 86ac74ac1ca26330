# SPDX-License-Identifier: Apache-2.0
"""Compares, property by property, what was asked for with what is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from image_props_override.tempest_plugin.guest.checks import Check, Guest, Seen


@dataclass(frozen=True)
class Server:
    """One server, as its user and Nova describe it.

    Attributes:
        name: The server's name.
        overrides: What its user asked for.
        record: What Nova says was overridden: ``image_props_override``.
        properties: What Nova says the server's image properties are; None
            where it does not say (Nova 29).
        guest: What really runs; None on Nova's fake driver.
    """

    name: str
    overrides: Mapping[str, str]
    record: Mapping[str, str]
    properties: Mapping[str, str] | None
    guest: Guest | None


@dataclass(frozen=True)
class Row:
    """One property of one server; values are None where there is none.

    Attributes:
        image_property: The property's name.
        server: The server's name.
        image: The image's value.
        override: The value that its user asked for.
        recorded: The value that Nova recorded.
        seen: What the guest has; None on Nova's fake driver.
        problems: What does not agree, a line each; empty if all does.
    """

    image_property: str
    server: str
    image: str | None
    override: str | None
    recorded: str | None
    seen: Seen | None
    problems: tuple[str, ...]


def compare(
    checks: Iterable[Check],
    image_properties: Mapping[str, str],
    servers: Iterable[Server],
) -> list[Row]:
    """Return a row for each check and server, a check's rows together."""
    servers = list(servers)
    return [
        _row(check, image_properties.get(check.image_property), server)
        for check in checks
        for server in servers
    ]


def _row(check: Check, image: str | None, server: Server) -> Row:
    name = check.image_property
    override = server.overrides.get(name)
    in_record = server.record.get(name)
    in_properties = (server.properties or {}).get(name)
    seen = None if server.guest is None else check.look(server.guest)
    expected = image if override is None else override
    cells = [("Nova: image_props_override", in_record, override)]
    if server.properties is not None:
        cells.append(("Nova: image properties", in_properties, expected))
    if seen is not None:
        cells.append((seen.where, seen.value, expected))
    return Row(
        image_property=name,
        server=server.name,
        image=image,
        override=override,
        recorded=in_properties if in_record is None else in_record,
        seen=seen,
        problems=tuple(
            f"{name} of {server.name} is {shown(found)} instead of"
            f" {shown(right)} ({where})"
            for where, found, right in cells
            if found != right
        ),
    )


def shown(value: str | None) -> str:
    """Return a cell's text."""
    return "-" if value is None else value
