# SPDX-License-Identifier: Apache-2.0
"""``openstack server create`` and ``server show`` with overrides.

cliff loads the hooks by their entry points, in groups named after the
commands.
"""

from __future__ import annotations

import argparse
from typing import Any

from cliff import hooks
from osc_lib import exceptions
from osc_lib.cli import format_columns

from image_props_override.clients.compute_requests import (
    DiscoveryError,
    RequestsWithOverrides,
    feature_microversion,
)
from image_props_override.clients.override_arguments import (
    DESTINATION,
    OPTION,
    add_override_option,
)
from image_props_override.core.override_request import KEY


class ShowHook(hooks.CommandHook):
    """Adds the field ``image_props_override`` to what is shown."""

    def __init__(self, command: Any) -> None:
        """Belong to one run of a command."""
        super().__init__(command)
        self._command = command
        self._requests: RequestsWithOverrides | None = None

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Leave the arguments as they are."""
        return parser

    def get_epilog(self) -> str:
        """Add nothing to the help text."""
        return ""

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Let the command's requests be at the feature's microversion."""
        overrides = getattr(parsed_args, DESTINATION, None) or {}
        compute = self._command.app.client_manager.compute
        try:
            microversion = feature_microversion(compute)
        except DiscoveryError as error:
            raise exceptions.CommandError(str(error)) from error
        if microversion is None:
            if overrides:
                raise exceptions.CommandError(
                    f"{OPTION}: the compute service of this cloud does not "
                    "offer image_props_override (nova-image-props-override "
                    "is not installed there)"
                )
            return parsed_args
        chosen = compute.default_microversion
        if chosen and _number(chosen) < _number(microversion):
            if overrides:
                raise exceptions.CommandError(
                    f"--os-compute-api-version {microversion} or greater is "
                    f"required to support the {OPTION} option"
                )
            # The user wants an older answer, which has no such field.
            return parsed_args
        self._requests = RequestsWithOverrides(microversion, overrides)
        self._run_with(self._requests, compute)
        return parsed_args

    def _run_with(self, requests: RequestsWithOverrides, compute: Any) -> None:
        """Let the command itself run inside of the requests' block."""
        take_action = self._command.take_action

        def take_action_with_overrides(args: argparse.Namespace) -> Any:
            with requests.on(compute):
                return take_action(args)

        self._command.take_action = take_action_with_overrides

    def after(self, parsed_args: argparse.Namespace, return_code: Any) -> Any:
        """Add the field to the columns and values that the command shows.

        cliff calls the argument a return code; for a command that shows
        something it is the pair of columns and values.
        """
        del parsed_args
        columns, values = return_code
        row = dict(zip(columns, values, strict=True))
        recorded = self._requests.recorded if self._requests else {}
        # Diagnostics, for one, are shown without the server's id.
        if row.get("id") not in recorded:
            return return_code
        row[KEY] = format_columns.DictColumn(recorded[row["id"]])
        return tuple(zip(*sorted(row.items()), strict=True))


class CreateHook(ShowHook):
    """Adds the option to ``server create``."""

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Add the option."""
        add_override_option(parser)
        return parser


def _number(microversion: str) -> tuple[int, ...]:
    return tuple(int(part) for part in microversion.split("."))
