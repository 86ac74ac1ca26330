# SPDX-License-Identifier: Apache-2.0
"""``openstack server image property list``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from osc_lib.command import command

from image_props_override.clients.cloud_catalogue import catalogue_of
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
from image_props_override.clients.server_properties import (
    Origin,
    properties_of_server,
)
from image_props_override.core.override_request import KEY


class ListServerImageProperty(command.Lister):
    """List the image properties of a server, and where each comes from.

    Origins are "override", "image" and "nova", which chooses some values
    where the image has none. What was "removed" has no value.
    """

    _epilog: Any = EPILOG

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the command's arguments."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "server", metavar="<server>", help="Server (name or ID)"
        )
        parser.add_argument(
            "--long",
            action="store_true",
            help="List the image's own values, too",
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
        """Return headers and rows."""
        clients: Any = self.app.client_manager
        compute = compute_of(self.app)
        feature = required_feature(compute, "this command")
        server = overridden_server(
            compute, parsed_args.server, feature.microversion
        )
        properties = properties_of_server(
            server[KEY],
            self._recorded_properties(server),
            self._image(server, clients.image),
            catalogue_of(feature.properties),
        )
        for each in properties:
            if each.origin is Origin.OVERRIDE and each.value is None:
                self.log.warning(
                    "Nova does not show the value of %s, which was "
                    "overridden with %s.",
                    each.name,
                    server[KEY][each.name],
                )
        headers: tuple[str, ...] = ("Property", "Value", "Origin")
        if parsed_args.long:
            headers += ("Image Value",)
        rows = (
            (each.name, each.value, each.origin.value, each.image_value)
            for each in properties
        )
        return headers, (row[: len(headers)] for row in rows)

    def _recorded_properties(
        self, server: Mapping[str, Any]
    ) -> Mapping[str, str] | None:
        """Return what Nova returns of the server's image, or None."""
        if not server["image"]:
            why = "The server boots from a volume"
        elif "properties" in server["image"]:
            properties: Mapping[str, str] = server["image"]["properties"]
            return properties
        else:
            why = "This cloud's Nova is older than 31"
        self.log.warning(
            "%s: Nova shows only the server's overrides, not its other "
            "image properties.",
            why,
        )
        return None

    def _image(
        self, server: Mapping[str, Any], images: Any
    ) -> Mapping[str, Any] | None:
        """Return the image as it is now, or None."""
        if not server["image"]:
            return None
        identifier = server["image"]["id"]
        answer = images.get(f"/images/{identifier}", raise_exc=False)
        if answer.ok:
            image: Mapping[str, Any] = answer.json()
            return image
        self.log.warning(
            "Cannot read image %s (%s): its values cannot be distinguished "
            "from Nova's defaults.",
            identifier,
            answer.status_code,
        )
        return None
