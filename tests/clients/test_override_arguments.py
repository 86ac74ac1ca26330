# SPDX-License-Identifier: Apache-2.0
"""What the options collect, and how they must be written."""

from __future__ import annotations

import argparse

import pytest

from image_props_override.clients.override_arguments import (
    DESTINATION,
    add_override_options,
    option_of,
)

SET = "--image-prop-override"
REMOVE = "--no-image-prop-override"
DROP = "--no-image-prop-overrides"


def parse(*words: str) -> argparse.Namespace:
    """Return what a command with options of its own gets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("server", nargs="?")
    parser.add_argument("--image")
    parser.add_argument("--image-property")
    add_override_options(parser, can_drop_all=True)
    return parser.parse_args(words)


def collected(*words: str) -> object:
    """Return what the options collect."""
    return getattr(parse(*words), DESTINATION)


@pytest.mark.parametrize(
    ("words", "overrides"),
    [
        ([], None),
        ([SET, "a=1", f"{SET}=b=2"], {"a": "1", "b": "2"}),
        ([SET, "line=a=b c=d"], {"line": "a=b c=d"}),
        ([SET, "a=1", SET, "a=2"], {"a": "2"}),
        ([REMOVE, "a", SET, "b=2"], {"a": None, "b": "2"}),
        ([REMOVE, "a", REMOVE, "a"], {"a": None}),
        ([DROP], {}),
        ([DROP, DROP], {}),
    ],
    ids=[
        "nothing",
        "two",
        "only the first equal sign separates",
        "the last one wins",
        "removal",
        "removal twice",
        "drop all",
        "drop all twice",
    ],
)
def test_collected(words: list[str], overrides: object) -> None:
    """One dictionary: None is a removal, empty is dropping all."""
    assert collected(*words) == overrides


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([SET], "expected one argument"),
        ([SET, "hw_disk_bus"], "expected KEY=VALUE"),
        ([SET, "=ide"], "expected KEY=VALUE"),
        ([SET, "a="], f"to remove the image's property: {REMOVE} a\n"),
        ([REMOVE], "expected one argument"),
        ([REMOVE, "hw_disk_bus=ide"], "expected KEY, like hw_disk_bus"),
        ([REMOVE, ""], "expected KEY, like hw_disk_bus"),
        ([SET, "a=1", REMOVE, "a"], "a is both overridden and removed"),
        ([REMOVE, "a", SET, "a=1"], "a is both overridden and removed"),
        ([DROP, SET, "a=1"], f"not allowed with argument {DROP}"),
        ([SET, "a=1", DROP], f"not allowed with argument {SET} or"),
        ([DROP, REMOVE, "a"], f"not allowed with argument {DROP}"),
    ],
)
def test_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has no one meaning is an error that says why."""
    with pytest.raises(SystemExit):
        parse(*words)
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--image-p", "--image-prop"])
def test_abbreviations_of_others(option: str) -> None:
    """They mean what they mean without our options."""
    assert parse(option, "x").image_property == "x"


@pytest.mark.parametrize(
    "words",
    [
        ["--image-prop-over", "a=1"],
        ["--image-prop-o=a=1"],
        ["--no-image-prop-overrid", "a"],
        ["--no-image", "a"],
    ],
)
def test_no_abbreviations_of_ours(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One letter of difference drops all: they are written in full."""
    with pytest.raises(SystemExit):
        parse(*words)
    assert "unrecognized arguments" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("overrides", "option"),
    [({}, DROP), ({"a": None}, REMOVE), ({"a": None, "b": "1"}, SET)],
)
def test_option_of(overrides: dict[str, str | None], option: str) -> None:
    """Messages name an option that the user has given."""
    assert option_of(overrides) == option
