# SPDX-License-Identifier: Apache-2.0
"""The options that override image properties, the same in every command line.

What they collect is one dictionary, or None where none of them was given:
property to value, None for a removal; empty for "drop all overrides".
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

OPTION = "--image-prop-override"
REMOVAL_OPTION = "--no-image-prop-override"
DROP_ALL_OPTION = "--no-image-prop-overrides"
DESTINATION = "image_props_override"

_NEED = "(requires nova-image-props-override in the cloud)"
_OURS = {OPTION, REMOVAL_OPTION, DROP_ALL_OPTION}


class _Collecting(argparse.Action):
    """Adds one property to what was collected so far."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Add one argument."""
        del parser, option_string
        name, value = self._read(str(values))
        collected = getattr(namespace, self.dest, None)
        if collected == {}:
            raise argparse.ArgumentError(
                self, f"not allowed with argument {DROP_ALL_OPTION}"
            )
        collected = dict(collected or {})
        if name in collected and (value is None) != (collected[name] is None):
            raise argparse.ArgumentError(
                self, f"{name} is both overridden and removed"
            )
        collected[name] = value
        setattr(namespace, self.dest, collected)

    def _read(self, argument: str) -> tuple[str, str | None]:
        """Return property and value; None removes the property."""
        raise NotImplementedError


class OverrideAction(_Collecting):
    """Collects ``KEY=VALUE`` arguments; of a key given twice the last wins.

    So do the other options of the form ``KEY=VALUE``
    (``osc_lib.cli.parseractions.KeyValueAction``).
    """

    def _read(self, argument: str) -> tuple[str, str | None]:
        name, separator, value = argument.partition("=")
        if not separator or not name:
            raise argparse.ArgumentError(
                self,
                "expected KEY=VALUE, like hw_disk_bus=virtio, not "
                f"{argument!r}",
            )
        if not value:
            raise argparse.ArgumentError(
                self,
                f"{name} has no value; to remove the image's property: "
                f"{REMOVAL_OPTION} {name}",
            )
        return name, value


class RemovalAction(_Collecting):
    """Collects ``KEY`` arguments: properties to do without."""

    def _read(self, argument: str) -> tuple[str, str | None]:
        if not argument or "=" in argument:
            raise argparse.ArgumentError(
                self, f"expected KEY, like hw_disk_bus, not {argument!r}"
            )
        return argument, None


class DropAllAction(argparse.Action):
    """Asks for no overrides at all."""

    def __init__(self, **kwargs: Any) -> None:
        """Be an option without an argument."""
        super().__init__(nargs=0, **kwargs)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Refuse to be given together with what would be dropped."""
        del parser, values, option_string
        if getattr(namespace, self.dest, None):
            raise argparse.ArgumentError(
                self,
                f"not allowed with argument {OPTION} or {REMOVAL_OPTION}",
            )
        setattr(namespace, self.dest, {})


def option_of(overrides: Mapping[str, str | None]) -> str:
    """Return the option that a user gave, for messages about it."""
    if not overrides:
        return DROP_ALL_OPTION
    if all(value is None for value in overrides.values()):
        return REMOVAL_OPTION
    return OPTION


def override_options(
    *, can_drop_all: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each option, and the other arguments of ``add_argument``.

    What they collect is ``DESTINATION``.

    Args:
        can_drop_all: Whether the server may have overrides to drop.
    """
    yield (
        OPTION,
        {
            "metavar": "<key=value>",
            "dest": DESTINATION,
            "action": OverrideAction,
            "help": (
                "Image property to override for this server (repeat option "
                f"to override several) {_NEED}"
            ),
        },
    )
    yield (
        REMOVAL_OPTION,
        {
            "metavar": "<key>",
            "dest": DESTINATION,
            "action": RemovalAction,
            "help": (
                "Image property to remove for this server (repeat option to "
                f"remove several) {_NEED}"
            ),
        },
    )
    if can_drop_all:
        yield (
            DROP_ALL_OPTION,
            {
                "dest": DESTINATION,
                "action": DropAllAction,
                "help": (
                    "Drop all overrides: the server gets the properties of "
                    f"its image {_NEED}"
                ),
            },
        )


def add_override_options(
    parser: argparse.ArgumentParser, *, can_drop_all: bool = False
) -> None:
    """Give a parser the options, in full spelling only.

    Args:
        parser: A command's.
        can_drop_all: Whether the server may have overrides to drop.
    """
    for option, arguments in override_options(can_drop_all=can_drop_all):
        parser.add_argument(option, **arguments)
    _take_no_abbreviations(parser)


def add_unset_option(parser: argparse.ArgumentParser) -> None:
    """Give a parser the option that drops single overrides.

    It collects the properties as keys of ``DESTINATION``.

    Args:
        parser: A command's.
    """
    parser.add_argument(
        OPTION,
        metavar="<key>",
        dest=DESTINATION,
        action=RemovalAction,
        help=(
            "Override to drop: the server gets the value of its image "
            f"(repeat option to drop several overrides) {_NEED}"
        ),
    )
    _take_no_abbreviations(parser)


def _take_no_abbreviations(parser: argparse.ArgumentParser) -> None:
    """Let the options be written in full only.

    ``--image-prop`` means ``--image-property`` to scripts that exist; with
    ours beside it, argparse would call it ambiguous, and take it for ours in
    commands without the other. argparse offers no public way to keep an
    option out of the search for abbreviations.
    """
    search = parser._get_option_tuples

    def without_ours(option_string: str) -> list[Any]:
        return [
            each
            for each in search(option_string)
            if _OURS.isdisjoint(each[0].option_strings)
        ]

    parser._get_option_tuples = without_ours  # type: ignore[method-assign]
