# SPDX-License-Identifier: Apache-2.0
"""``openstack complete`` with the options that hooks add.

cliff gathers the words to complete from commands that it makes without a
name, and those load no hooks: it would leave out every option that a hook
has added.
"""

from __future__ import annotations

import argparse
from typing import Any

from image_props_override.clients.openstackclient.server_change_hooks import (
    SetHook,
    UnsetHook,
)
from image_props_override.clients.openstackclient.server_hooks import (
    CreateHook,
    RebuildHook,
)
from image_props_override.clients.openstackclient.unchanged_command import (
    UnchangedCommand,
)

_HOOKS = {
    "server create": CreateHook,
    "server rebuild": RebuildHook,
    "server set": SetHook,
    "server unset": UnsetHook,
}


class CompletionHook(UnchangedCommand):
    """Adds our options to the words that the shell completes."""

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
