# SPDX-License-Identifier: Apache-2.0
"""``openstack server create``, ``rebuild``, ``show``, ``list`` with overrides.

cliff loads the hooks by their entry points, in groups named after the
commands, and makes them anew for each run of a command.
"""

from __future__ import annotations

import argparse
from typing import Any

from osc_lib.cli import format_columns

from image_props_override.clients.compute_requests import (
    Feature,
    RequestsWithOverrides,
)
from image_props_override.clients.openstackclient.cloud_feature import (
    EPILOG,
    required_feature,
    usable_feature,
)
from image_props_override.clients.openstackclient.compute_clients import (
    command_requests_through,
    compute_of,
)
from image_props_override.clients.openstackclient.refusals import (
    refusals_for_shells,
)
from image_props_override.clients.openstackclient.unchanged_command import (
    UnchangedCommand,
)
from image_props_override.clients.override_arguments import (
    DESTINATION,
    OPTION,
    REMOVAL_OPTION,
    add_override_options,
    option_of,
)
from image_props_override.core.override_request import KEY

LIST_COLUMN = "Image Props Override"


class OverridesColumn(format_columns.DictColumn):
    """A server's overrides; a table also names what was removed."""

    def human_readable(self) -> str:
        """Return one line."""
        return ", ".join(
            f"{name} (removed)" if value is None else f"{name}={value!r}"
            for name, value in sorted(self._value.items())
        )


class ShowHook(UnchangedCommand):
    """Adds the field ``image_props_override`` to what is shown."""

    def __init__(self, command: Any) -> None:
        """Belong to one run of a command."""
        super().__init__(command)
        self._command = command
        self._recorded: dict[str, dict[str, str | None]] = {}

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Let the command's requests be at the feature's microversion."""
        # Of "server show" only: what is shown then is another thing.
        if getattr(parsed_args, "diagnostics", False):
            return parsed_args
        compute = compute_of(self._command.app)
        overrides = getattr(parsed_args, DESTINATION, None)
        if overrides is None:
            feature = usable_feature(compute)
        else:
            feature = required_feature(
                compute, f"the {option_of(overrides)} option"
            )
        if feature:
            self._run_with(feature, overrides)
        return parsed_args

    def _run_with(
        self, feature: Feature, overrides: dict[str, str | None] | None
    ) -> None:
        """Let the command itself run inside of the requests' block."""
        requests = RequestsWithOverrides(feature.microversion, overrides)
        self._recorded = requests.recorded
        take_action = self._command.take_action

        def take_action_with_overrides(args: argparse.Namespace) -> Any:
            with (
                refusals_for_shells(),
                command_requests_through(requests.send, self._command.app),
            ):
                return take_action(args)

        self._command.take_action = take_action_with_overrides

    def after(self, parsed_args: argparse.Namespace, return_code: Any) -> Any:
        """Put the field among the columns and values that the command shows.

        A server of an SDK that knows the field has it already, with nothing
        in it where the cloud returns nothing.

        cliff calls the argument a return code; for a command that shows
        something it is the pair of columns and values.
        """
        del parsed_args
        columns, values = return_code
        row = dict(zip(columns, values))
        row.pop(KEY, None)
        if row.get("id") in self._recorded:
            row[KEY] = OverridesColumn(self._recorded[row["id"]])
        return tuple(zip(*sorted(row.items())))


class CreateHook(ShowHook):
    """Adds the options to ``server create``."""

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Add the options."""
        add_override_options(parser)
        return parser

    def get_epilog(self) -> str:
        """Return what the options need."""
        return f"{OPTION}: {EPILOG}"


class RebuildHook(ShowHook):
    """Adds the options to ``server rebuild``."""

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Add the options."""
        add_override_options(parser, can_drop_all=True)
        return parser

    def get_epilog(self) -> str:
        """Return what the options do together, and what they need."""
        return (
            f"{OPTION} and {REMOVAL_OPTION} together replace all overrides "
            "of the server. Without them, the server keeps its overrides. "
            f"{EPILOG}"
        )


class ListHook(ShowHook):
    """Adds a column to ``server list``, for those who name it."""

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Let the requests be at the microversion if the column is named."""
        if self._is_wanted(parsed_args):
            compute = compute_of(self._command.app)
            feature = required_feature(compute, f"column '{LIST_COLUMN}'")
            self._run_with(feature, None)
        return parsed_args

    def after(self, parsed_args: argparse.Namespace, return_code: Any) -> Any:
        """Add the column's header, and its value to each row."""
        if not self._is_wanted(parsed_args):
            return return_code
        headers, rows = return_code
        place = headers.index("ID")
        return (*headers, LIST_COLUMN), (
            (*row, self._column_of(row[place])) for row in rows
        )

    def _column_of(self, server_id: str) -> OverridesColumn | None:
        # Of a server whose cell is down, Nova tells next to nothing.
        if server_id not in self._recorded:
            return None
        return OverridesColumn(self._recorded[server_id])

    @staticmethod
    def _is_wanted(parsed_args: argparse.Namespace) -> bool:
        # cliff takes "-c server_name" for the column "Server Name".
        named = {
            name.strip().lower().replace(" ", "_")
            for name in parsed_args.columns
        }
        return KEY in named
