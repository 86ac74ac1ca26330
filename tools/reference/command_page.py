# SPDX-License-Identifier: Apache-2.0
"""The page of commands and options; `make docs` also makes a man page of it.

The options come from the commands' own parsers. argparse's layout differs
between releases of Python, so the page has its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Final

from image_props_override.clients.openstackclient import (
    image_property_override,
    server_change_hooks,
    server_hooks,
    server_image_property,
    server_install,
)
from image_props_override.nova_plugin.command_line import parser
from tools.reference.markdown import prose

_TOP = """\
# Commands

This page is written by `python -m tools.reference` from the commands' own
parsers. `--help` behind a command prints the same. For what each command is
for, with examples, see
[The openstack command](../user/openstackclient.md) and
[Decide what may be overridden](../operator/admin.md).
"""
_OWN: Final = {
    "image property override list": (
        image_property_override.ListImagePropertyOverride
    ),
    "image property override preview": (
        image_property_override.PreviewImagePropertyOverride
    ),
    "server image property list": (
        server_image_property.ListServerImageProperty
    ),
    "server install": server_install.InstallServer,
}
_EXTENDED: Final = {
    "server create": server_hooks.CreateHook,
    "server rebuild": server_hooks.RebuildHook,
    "server set": server_change_hooks.SetHook,
    "server unset": server_change_hooks.UnsetHook,
}
# Of openstackclient's groups of options, those for tables and the like.
_OF_EVERY_COMMAND: Final = ("formatter", "formatters")


def text() -> str:
    """Return all of the page."""
    return "\n".join((_TOP, *_operators(), *_openstack())).rstrip() + "\n"


def _operators() -> Iterator[str]:
    command = parser()
    yield "## For operators\n"
    yield f"`{command.prog}`: {prose(command.description)}\n"
    (commands,) = (
        action
        for action in command._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    for name, each in commands.choices.items():
        yield f"### {command.prog} {name}\n"
        yield f"{prose(each.description)}\n"
        yield from _options(each._actions)


def _openstack() -> Iterator[str]:
    yield "## openstack: commands of this package\n"
    for name, command in _OWN.items():
        command_parser = command(None, None).get_parser(f"openstack {name}")
        usual = {
            id(action)
            for group in command_parser._action_groups
            if str(group.title).lower().endswith(_OF_EVERY_COMMAND)
            for action in group._group_actions
        }
        yield f"### openstack {name}\n"
        yield f"{prose(command_parser.description)}\n"
        yield from _options(
            action
            for action in command_parser._actions
            if id(action) not in usual
        )
        yield "`-f`, `-c` and openstack's other options of tables work, too.\n"
    yield "## openstack: options for its own commands\n"
    for name, hook in _EXTENDED.items():
        yield f"### openstack {name} (options added)\n"
        added = hook(_NoCommand()).get_parser(
            argparse.ArgumentParser(add_help=False)
        )
        yield from _options(added._actions)


class _NoCommand:
    """What a hook is added to, where only its options are asked for."""


def _options(actions: Iterable[argparse.Action]) -> Iterator[str]:
    for action in actions:
        if action.dest == "help" or action.help == argparse.SUPPRESS:
            continue
        yield f"- {_usage(action)}: {_prose(action)}"
    yield ""


def _usage(action: argparse.Action) -> str:
    value = action.metavar or action.dest
    shown = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return f"`{shown}`"
    operand = "" if action.nargs == 0 else f" {shown}"
    return ", ".join(f"`{each}{operand}`" for each in action.option_strings)


def _prose(action: argparse.Action) -> str:
    filled = (action.help or "").replace("%(default)s", str(action.default))
    return prose(filled.replace("%%", "%"))
