# SPDX-License-Identifier: Apache-2.0
"""``openstack server set`` and ``unset`` with overrides."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from osc_lib import exceptions

from image_props_override.clients.changed_overrides import (
    NotOverriddenError,
    with_less,
    with_more,
)
from image_props_override.clients.compute_requests import (
    Feature,
    preview_of_change,
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
from image_props_override.clients.openstackclient.refusals import (
    refusals_for_shells,
)
from image_props_override.clients.openstackclient.server_change import (
    ServerChange,
)
from image_props_override.clients.openstackclient.unchanged_command import (
    UnchangedCommand,
)
from image_props_override.clients.override_arguments import (
    DESTINATION,
    OPTION,
    add_override_options,
    add_unset_option,
    option_of,
)
from image_props_override.core.override_request import KEY


class SetHook(UnchangedCommand):
    """Adds the options to ``server set``."""

    def __init__(self, command: Any) -> None:
        """Belong to one run of a command."""
        super().__init__(command)
        self._command = command

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Add the options."""
        add_override_options(parser, can_drop_all=True)
        return parser

    def get_epilog(self) -> str:
        """Return what the options do, and what they need."""
        return (
            f"{OPTION} and the related options change the overrides of a "
            "stopped or shelved server. It keeps its disk and its other "
            f"overrides. The change takes effect at the next start. {EPILOG}"
        )

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Let the command change the overrides, too."""
        given = getattr(parsed_args, DESTINATION, None)
        if given is not None:
            feature = required_feature(
                compute_of(self._command.app),
                f"the {self._option(given)} option",
            )
            self._run_with(feature, given)
        return parsed_args

    def _run_with(
        self, feature: Feature, given: Mapping[str, str | None]
    ) -> None:
        app = self._command.app
        compute = compute_of(app)
        take_action = self._command.take_action

        def take_action_with_overrides(args: argparse.Namespace) -> Any:
            server = overridden_server(
                compute, args.server, feature.microversion
            )
            wanted = self._wanted(server[KEY], given, feature.properties)
            asked = (feature.microversion, server["id"], wanted)
            # Afterwards the cloud would know of no change.
            preview = preview_of_change(compute, *asked) or {}
            change = ServerChange(*asked)
            try:
                with refusals_for_shells(), change.by(app):
                    return take_action(args)
            finally:
                if change.is_made:
                    self._show(preview.get("warnings", ()))

        self._command.take_action = take_action_with_overrides

    def _show(self, warnings: Iterable[Mapping[str, str]]) -> None:
        for each in warnings:
            self._command.log.warning(
                "%s: %s", each["property"], each["message"]
            )

    @staticmethod
    def _option(given: Mapping[str, str | None]) -> str:
        return option_of(given)

    @staticmethod
    def _wanted(
        recorded: Mapping[str, str | None],
        given: Mapping[str, str | None],
        properties: Iterable[Mapping[str, Any]],
    ) -> dict[str, str | None]:
        """Return all that the server is to override."""
        return with_more(recorded, given, properties)


class UnsetHook(SetHook):
    """Adds the option to ``server unset``."""

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Add the option."""
        add_unset_option(parser)
        return parser

    @staticmethod
    def _option(given: Mapping[str, str | None]) -> str:
        del given
        return OPTION

    @staticmethod
    def _wanted(
        recorded: Mapping[str, str | None],
        given: Mapping[str, str | None],
        properties: Iterable[Mapping[str, Any]],
    ) -> dict[str, str | None]:
        try:
            return with_less(recorded, given, properties)
        except NotOverriddenError as error:
            raise exceptions.CommandError(str(error)) from error
