# SPDX-License-Identifier: Apache-2.0
"""``openstack image property override list`` and ``preview``."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cliff.columns import FormattableColumn
from openstack import exceptions as sdk_exceptions
from osc_lib import exceptions
from osc_lib.command import command

from image_props_override.clients.changed_overrides import with_more
from image_props_override.clients.cloud_catalogue import catalogue_of
from image_props_override.clients.compute_requests import (
    PREVIEW_PATH,
    Feature,
)
from image_props_override.clients.openstackclient.catalogue_columns import (
    LONG,
    SHORT,
    Room,
    columns_of,
)
from image_props_override.clients.openstackclient.cloud_feature import (
    EPILOG,
    required_feature,
)
from image_props_override.clients.openstackclient.compute_clients import (
    compute_of,
)
from image_props_override.clients.openstackclient.overridden_server import (
    overridden_server,
)
from image_props_override.clients.openstackclient.refusals import for_shells
from image_props_override.clients.override_arguments import (
    DESTINATION,
    add_override_options,
)
from image_props_override.core.override_request import KEY
from image_props_override.core.properties.names import (
    VMWARE_ADAPTER_TYPE,
    VMWARE_ADAPTER_TYPE_SETS,
    PropertyName,
    resolve_name,
)

# difflib's ratio; "hw_nmua_" is near to "hw_numa_" (0.88).
_NEAR = 0.84

if TYPE_CHECKING:
    _Column = FormattableColumn[Any]
else:
    # Older releases of cliff have no type parameter there.
    _Column = FormattableColumn


class ListImagePropertyOverride(command.Lister):
    """List the image properties that exist, and what you may set them to.

    A table shows what fits the terminal, or all values of a single property.
    Other formats, and -c, have all columns.
    """

    _epilog: Any = EPILOG

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the command's arguments."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--name",
            metavar="<pattern>",
            default="*",
            help=(
                "List only properties with such a name or legacy name; * "
                "stands for any characters ('hw_numa_*')"
            ),
        )
        parser.add_argument(
            "--long",
            action="store_true",
            help="Add description and rule to the table",
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterable[list[Any]]]:
        """Return headers and rows."""
        compute = compute_of(self.app)
        feature = required_feature(compute, "this command")
        found = _named(feature, parsed_args.name)
        room = Room.beside(
            [each["name"] for each in found],
            is_long=parsed_args.long,
            has_all_values=len(found) == 1,
        )
        rows = [columns_of(each, room) for each in found]
        headers = tuple(rows[0])
        # A table has what fits a terminal, unless the user names columns.
        if parsed_args.formatter == "table" and not parsed_args.columns:
            headers = LONG if parsed_args.long else SHORT
        return headers, ([row[each] for each in headers] for row in rows)


class PreviewImagePropertyOverride(command.ShowOne):
    """Show which image properties a server would have, without booting it.

    Also shows where each value comes from, and every reason to refuse the
    server; the exit status is then 1. With --server, shows what "server set"
    with the same options would change.
    """

    _epilog: Any = EPILOG

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Belong to one run of the command."""
        super().__init__(*args, **kwargs)
        self._is_bootable = False

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the command's arguments."""
        parser = super().get_parser(prog_name)
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument(
            "--image",
            metavar="<image>",
            help="Image to boot from (name or ID)",
        )
        source.add_argument(
            "--volume",
            metavar="<volume>",
            help="Volume to boot from (name or ID)",
        )
        server = source.add_argument(
            "--server",
            metavar="<server>",
            help=(
                "Server whose overrides would be changed (name or ID); it "
                "may be running"
            ),
        )
        size = parser.add_mutually_exclusive_group(required=True)
        size.add_argument(
            "--flavor",
            metavar="<flavor>",
            help="Flavor of the server (name or ID); --server has one",
        )
        # argparse offers no public way to have an option in two groups.
        size._group_actions.append(server)
        add_override_options(parser, can_drop_all=True)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Return columns and values."""
        compute = compute_of(self.app)
        feature = required_feature(compute, "this command")
        connection = self.app.client_manager.sdk_connection
        answer = compute.post(
            PREVIEW_PATH,
            json={"preview": _asked(parsed_args, connection, feature)},
            microversion=feature.microversion,
        )
        sdk_exceptions.raise_from_response(answer)
        preview = answer.json()["preview"]
        self._is_bootable = preview["bootable"]
        row: dict[str, Any] = {
            "bootable": preview["bootable"],
            "problems": ProblemsColumn(
                [
                    {**each, "message": for_shells(each["message"])}
                    for each in preview["problems"]
                ]
            ),
            "properties": PropertiesColumn(preview["properties"]),
        }
        if parsed_args.server:
            row["warnings"] = WarningsColumn(preview["warnings"])
        return tuple(row), tuple(row.values())

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Return the exit status: scripts go on only if it would boot."""
        status: int = super().run(parsed_args)
        return status if self._is_bootable else 1


class ProblemsColumn(_Column):
    """Why a server would be refused; to people, one line for each reason."""

    def human_readable(self) -> str:
        """Return the lines."""
        return "\n".join(_problem_line(each) for each in self._value)


class WarningsColumn(_Column):
    """Why a guest may not boot; to people, one line for each reason."""

    def human_readable(self) -> str:
        """Return the lines."""
        return "\n".join(
            f"{each['property']}: {each['message']}" for each in self._value
        )


class PropertiesColumn(_Column):
    """A server's properties; to people, one line for each."""

    def human_readable(self) -> str:
        """Return the lines."""
        return "\n".join(_property_line(each) for each in self._value)


def _asked(
    parsed_args: argparse.Namespace, connection: Any, feature: Feature
) -> dict[str, Any]:
    """Return what a preview is asked for, with the names looked up."""
    overrides = getattr(parsed_args, DESTINATION)
    if parsed_args.server:
        server = overridden_server(
            connection.compute, parsed_args.server, feature.microversion
        )
        wanted = server[KEY]
        if overrides is not None:
            wanted = with_more(wanted, overrides, feature.properties)
        return {"serverId": server["id"], KEY: wanted}
    flavor = connection.compute.find_flavor(
        parsed_args.flavor, ignore_missing=False
    )
    asked: dict[str, Any] = {"flavorRef": flavor.id}
    if parsed_args.image:
        image = connection.image.find_image(
            parsed_args.image, ignore_missing=False
        )
        asked["imageRef"] = image.id
    else:
        volume = connection.block_storage.find_volume(
            parsed_args.volume, ignore_missing=False
        )
        asked["volumeId"] = volume.id
    if overrides is not None:
        asked[KEY] = overrides
    return asked


def _problem_line(problem: Mapping[str, Any]) -> str:
    subject = f"{problem['property']}: " if problem["property"] else ""
    return f"{subject}{problem['message']} [{problem['code']}]"


def _property_line(told: Mapping[str, Any]) -> str:
    value = "" if told["value"] is None else f"={told['value']}"
    story = [told["origin"]]
    if told["origin"] != "image" and told["image_value"] is not None:
        story.append(f"image: {told['image_value']}")
    if told.get("supported") is False:
        story.append("no host supports it")
    return f"{told['name']}{value} ({', '.join(story)})"


def _named(feature: Feature, pattern: str) -> list[Mapping[str, Any]]:
    """Return the properties that a name or a pattern chooses.

    Raises:
        osc_lib.exceptions.CommandError: There is none.
    """
    # A list's member or a trait, too, is a name.
    meant = resolve_name(pattern, catalogue_of(feature.properties))
    chosen = pattern
    if isinstance(meant, PropertyName):
        chosen = meant.definition.name
    found = [
        each
        for each in feature.properties
        if any(fnmatchcase(name, chosen) for name in _names(each))
    ]
    if found:
        return found
    if "*" not in pattern:
        raise exceptions.CommandError(for_shells(str(meant)))
    raise exceptions.CommandError(
        f"--name: no image property matches '{pattern}'; "
        f"{_near(pattern, feature)}"
    )


def _near(pattern: str, feature: Feature) -> str:
    """Return what the user may have meant, as the end of a sentence."""
    text = pattern.replace("*", "")
    names = [each["name"] for each in feature.properties if each["allowed"]]
    if any(text in name for name in names):
        return f"did you mean '*{text}*'?"
    starts = {name[: len(text)] for name in names}
    if near := difflib.get_close_matches(text, starts, 1, _NEAR):
        return f"did you mean '{near[0]}*'?"
    return "without --name, all are listed"


def _names(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield a property's name and its legacy names."""
    yield told["name"]
    yield from told["legacy_aliases"]
    # The one that stands for two properties, and so is no alias of either.
    if told["name"] in VMWARE_ADAPTER_TYPE_SETS:
        yield VMWARE_ADAPTER_TYPE
