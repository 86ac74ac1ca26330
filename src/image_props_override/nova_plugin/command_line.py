# SPDX-License-Identifier: Apache-2.0
"""The command ``image-props-override``, for operators."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from image_props_override.nova_plugin.doctor import command as doctor
from image_props_override.nova_plugin.install import paste_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: Those behind the command's name; by default the process's.
    """
    parsed = parser().parse_args(arguments)
    status: int = parsed.run(parsed)
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser, of which the reference pages are written, too."""
    command = argparse.ArgumentParser(
        prog="image-props-override",
        description="Overriding image properties at boot, for operators",
    )
    commands = command.add_subparsers(required=True, metavar="COMMAND")
    doctor.add_parser(commands)
    paste_command.add_parser(commands)
    return command
