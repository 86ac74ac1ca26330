# SPDX-License-Identifier: Apache-2.0
"""``openstack image property override list`` and ``preview``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cliff.columns import FormattableColumn
from openstack import exceptions as sdk_exceptions
from osc_lib.cli import format_columns
from osc_lib.command import command

from image_props_override.clients.cloud_catalogue import catalogue_of
from image_props_override.clients.compute_requests import (
    PREVIEW_PATH,
    Feature,
)
from image_props_override.clients.openstackclient.cloud_feature import (
    EPILOG,
    required_feature,
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

if TYPE_CHECKING:
    _Column = FormattableColumn[Any]
else:
    # Older releases of cliff have no type parameter there.
    _Column = FormattableColumn


class ListImagePropertyOverride(command.Lister):
    """List the image properties that exist, and which you may override."""

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
            help="List additional fields in output",
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
        """Return headers and rows."""
        clients: Any = self.app.client_manager
        feature = required_feature(clients.compute, "this command")
        headers: tuple[str, ...] = ("Name", "Type", "Legal Values", "Allowed")
        if parsed_args.long:
            headers += (
                *("Minimum", "Maximum", "Class", "Legacy Names"),
                *("Rule", "Description"),
            )
        rows = (
            (
                each["name"],
                each["kind"],
                LegalValuesColumn(each),
                each["allowed"],
                each["minimum"],
                each["maximum"],
                each["class"],
                format_columns.ListColumn(each["legacy_aliases"]),
                each["rule"],
                each["description"],
            )
            for each in _named(feature, parsed_args.name)
        )
        return headers, (row[: len(headers)] for row in rows)


class LegalValuesColumn(_Column):
    """A property's legal values; bounds are shown to people only.

    Programs find those in columns of their own.
    """

    def human_readable(self) -> str:
        """Return one line."""
        if values := self._value["legal_values"]:
            return ", ".join(values)
        low, high = self._value["minimum"], self._value["maximum"]
        if low is None and high is None:
            return ""
        return f"{'' if low is None else low}..{'' if high is None else high}"

    def machine_readable(self) -> list[str]:
        """Return the values, or an empty list where they are not listed."""
        return list(self._value["legal_values"])


class PreviewImagePropertyOverride(command.ShowOne):
    """Show which image properties a server would have, without booting it.

    Tells where each would come from, and everything for which the server
    would be refused; the exit status is 1 then.
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
        parser.add_argument(
            "--flavor",
            metavar="<flavor>",
            required=True,
            help="Flavor of the server (name or ID)",
        )
        add_override_options(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Return columns and values."""
        clients: Any = self.app.client_manager
        feature = required_feature(clients.compute, "this command")
        answer = clients.compute.post(
            PREVIEW_PATH,
            json={"preview": _asked(parsed_args, clients)},
            microversion=feature.microversion,
        )
        sdk_exceptions.raise_from_response(answer)
        preview = answer.json()["preview"]
        self._is_bootable = preview["bootable"]
        return ("bootable", "problems", "properties"), (
            preview["bootable"],
            ProblemsColumn(
                [
                    {**each, "message": for_shells(each["message"])}
                    for each in preview["problems"]
                ]
            ),
            PropertiesColumn(preview["properties"]),
        )

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Return the exit status: scripts go on only if it would boot."""
        status: int = super().run(parsed_args)
        return status if self._is_bootable else 1


class ProblemsColumn(_Column):
    """Why a server would be refused; to people, one line for each reason."""

    def human_readable(self) -> str:
        """Return the lines."""
        return "\n".join(_problem_line(each) for each in self._value)


class PropertiesColumn(_Column):
    """A server's properties; to people, one line for each."""

    def human_readable(self) -> str:
        """Return the lines."""
        return "\n".join(_property_line(each) for each in self._value)


def _asked(parsed_args: argparse.Namespace, clients: Any) -> dict[str, Any]:
    """Return what a preview is asked for, with the names looked up."""
    flavor = clients.compute.find_flavor(
        parsed_args.flavor, ignore_missing=False
    )
    asked: dict[str, Any] = {"flavorRef": flavor.id}
    if parsed_args.image:
        image = clients.image.find_image(
            parsed_args.image, ignore_missing=False
        )
        asked["imageRef"] = image.id
    else:
        volume = clients.sdk_connection.block_storage.find_volume(
            parsed_args.volume, ignore_missing=False
        )
        asked["volumeId"] = volume.id
    overrides = getattr(parsed_args, DESTINATION)
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
    return f"{told['name']}{value} ({', '.join(story)})"


def _named(feature: Feature, pattern: str) -> list[Mapping[str, Any]]:
    """Return the properties that a name or a pattern chooses."""
    # A list's member or a trait, too, is a name.
    meant = resolve_name(pattern, catalogue_of(feature.properties))
    if isinstance(meant, PropertyName):
        pattern = meant.definition.name
    return [
        each
        for each in feature.properties
        if any(fnmatchcase(name, pattern) for name in _names(each))
    ]


def _names(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield a property's name and its legacy names."""
    yield told["name"]
    yield from told["legacy_aliases"]
    # The one that stands for two properties, and so is no alias of either.
    if told["name"] in VMWARE_ADAPTER_TYPE_SETS:
        yield VMWARE_ADAPTER_TYPE
