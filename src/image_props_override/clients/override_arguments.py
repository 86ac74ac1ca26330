# SPDX-License-Identifier: Apache-2.0
"""``--image-prop-override KEY=VALUE``, the same in every command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

OPTION = "--image-prop-override"
DESTINATION = "image_props_override"


class OverrideAction(argparse.Action):
    """Collects ``KEY=VALUE`` arguments in a dictionary."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Add one argument; refuse one without a key, or a key again."""
        del parser, option_string
        name, separator, value = str(values).partition("=")
        if not separator or not name:
            raise argparse.ArgumentError(
                self,
                f"expected KEY=VALUE, like hw_disk_bus=virtio, not {values!r}",
            )
        overrides = dict(getattr(namespace, self.dest, None) or {})
        if name in overrides:
            raise argparse.ArgumentError(self, f"{name} is given twice")
        overrides[name] = value
        setattr(namespace, self.dest, overrides)


def add_override_option(parser: argparse.ArgumentParser) -> None:
    """Give a parser the option; what it collects is ``DESTINATION``."""
    parser.add_argument(
        OPTION,
        metavar="<key=value>",
        dest=DESTINATION,
        action=OverrideAction,
        help=(
            "Image property to override for this server (repeat option to "
            "override several). Needs a compute API with "
            "nova-image-props-override; its microversion is found out."
        ),
    )
    _keep_abbreviations(parser)


def _keep_abbreviations(parser: argparse.ArgumentParser) -> None:
    """Leave the abbreviations of other options as they were.

    ``--image-prop`` means ``--image-property`` to scripts that exist; with
    ours beside it, argparse would call it ambiguous. argparse offers no
    public way to keep an option out of the search for abbreviations.
    """
    search = parser._get_option_tuples

    def without_ours(option_string: str) -> list[Any]:
        found = search(option_string)
        others = [
            each for each in found if OPTION not in each[0].option_strings
        ]
        return others or found

    parser._get_option_tuples = without_ours  # type: ignore[method-assign]
