# SPDX-License-Identifier: Apache-2.0
"""``openstack complete`` with the options that hooks add.

cliff gathers the words to complete from commands that it makes without a
name, and those load no hooks: it would leave out every option that a hook
has added.
"""

from __future__ import annotations

import argparse
from typing import Any

from cliff import hooks

from image_props_override.clients.openstackclient.server_hooks import (
    CreateHook,
    RebuildHook,
)

_HOOKS = {
    "server create": CreateHook,
    "server rebuild": RebuildHook,
}


class CompletionHook(hooks.CommandHook):
    """Adds our options to the words that the shell completes."""

    def get_parser(
        self, parser: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """Leave the arguments as they are."""
        return parser

    def get_epilog(self) -> str:
        """Add nothing to the help text."""
        return ""

    def before(self, parsed_args: argparse.Namespace) -> argparse.Namespace:
        """Let the command find our options."""
        command: Any = self.cmd
        get_actions = command.get_actions

        def get_actions_of_hooks_too(words: list[str]) -> list[Any]:
            actions: list[Any] = get_actions(words)
            hook = _HOOKS.get(" ".join(words))
            if hook is None:
                return actions
            parser = argparse.ArgumentParser(add_help=False)
            hook(command).get_parser(parser)
            return [*actions, *parser._get_optional_actions()]

        command.get_actions = get_actions_of_hooks_too
        return parsed_args

    def after(self, parsed_args: argparse.Namespace, return_code: Any) -> Any:
        """Leave the outcome as it is."""
        del parsed_args
        return return_code
