# SPDX-License-Identifier: Apache-2.0
"""A hook that leaves a command as it is, to begin others with."""

from __future__ import annotations

import argparse
from typing import Any

from cliff import hooks


class UnchangedCommand(hooks.CommandHook):
    """Changes nothing; cliff leaves all four methods to be written."""

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Leave the arguments as they are."""
        return parser

    def get_epilog(self) -> str:
        """Add nothing to the help text."""
        return ""

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Let the command run as it would."""
        return parsed_args

    def after(self, parsed_args: argparse.Namespace, return_code: Any) -> Any:
        """Leave the outcome as it is."""
        del parsed_args
        return return_code
