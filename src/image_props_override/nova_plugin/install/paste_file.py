# SPDX-License-Identifier: Apache-2.0
"""The text of an ``api-paste.ini``, with Nova's factories or with ours.

Only the names of factories change, wherever Nova's stand: sections may have
other names, and filters, comments, blanks and line ends stay as they are.
Imports the standard library only, and so works without Nova, too.
"""

from __future__ import annotations

import configparser
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

OPTION: Final = "paste.app_factory"
_NOVA: Final = "nova.api.openstack.compute"
_OURS: Final = "image_props_override.nova_plugin.wsgi"
NOVAS_COMPUTE: Final = f"{_NOVA}:APIRouterV21.factory"

# Nova's factory to ours.
FACTORIES: Final[Mapping[str, str]] = {
    NOVAS_COMPUTE: f"{_OURS}:compute_app",
    f"{_NOVA}.versions:Versions.factory": f"{_OURS}:versions_app",
    f"{_NOVA}.versions:VersionsV2.factory": f"{_OURS}:version_app",
}
_NOVAS: Final = {ours: novas for novas, ours in FACTORIES.items()}

_COMPUTE_SECTION: Final = "app:osapi_compute_app_v21"
_BY_HAND: Final = "Change the file by hand, as etc/api-paste.ini.sample shows"

# As configparser reads files. A line that is indented may belong to the option
# above it, so only those at the margin are understood.
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SECTION: Final = re.compile(r"\[(.+)\]")
_FACTORY: Final = re.compile(
    rf"{re.escape(OPTION)}[ \t]*[=:][ \t]*(?P<factory>\S+)\s*"
)


class PasteFileError(ValueError):
    """A file that we do not understand.

    Attributes:
        line: Its number, from 1; None where it is about the whole file.
    """

    def __init__(self, line: int | None, reason: str) -> None:
        """Say what is wrong with a line, and what to do."""
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.line = line


@dataclass(frozen=True)
class FactoryLine:
    """A line that names one of the factories, Nova's or ours.

    Attributes:
        number: The line's number, from 1.
        section: The section that it is in, like ``app:oscomputeversionapp``.
        novas: Nova's factory.
        ours: Our factory that replaces it.
        is_ours: Whether the line names ours.
    """

    number: int
    section: str
    novas: str
    ours: str
    is_ours: bool


def factory_lines(data: bytes) -> list[FactoryLine]:
    """Return the lines that name Nova's factories or ours.

    Args:
        data: What is in the file.

    Raises:
        PasteFileError: nova-api cannot load the file, or we do not
            understand it.
    """
    text = _text(data)
    return list(_factory_lines(text, _parsed(text)))


def with_our_factories(data: bytes) -> bytes:
    """Return the file with overriding switched on.

    Raises:
        PasteFileError: As of `factory_lines`.
    """
    return _with_factories(data, FACTORIES)


def with_novas_factories(data: bytes) -> bytes:
    """Return the file with overriding switched off.

    Raises:
        PasteFileError: As of `factory_lines`.
    """
    return _with_factories(data, _NOVAS)


def _with_factories(data: bytes, replacements: Mapping[str, str]) -> bytes:
    lines = _LINE.findall(_text(data))
    for found in factory_lines(data):
        line = lines[found.number - 1]
        for old, new in replacements.items():
            line = line.replace(old, new)
        lines[found.number - 1] = line
    return "".join(lines).encode()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = len(_LINE.findall(data[: error.start].decode() + "?"))
        raise PasteFileError(
            line, "this is not UTF-8. Save the file as UTF-8"
        ) from error


def _parsed(text: str) -> configparser.RawConfigParser:
    """Return what Paste Deploy reads in the file."""
    parser = configparser.RawConfigParser()
    # Paste Deploy reads the names of options as they are written.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error as error:
        raise PasteFileError(
            _line_of(error),
            f"nova-api cannot load this file: {_reason(error)}",
        ) from error
    return parser


def _line_of(error: configparser.Error) -> int | None:
    if isinstance(error, configparser.MissingSectionHeaderError):
        return error.lineno
    if isinstance(error, configparser.ParsingError) and error.errors:
        return error.errors[0][0]
    line: int | None = getattr(error, "lineno", None)
    return line


def _reason(error: configparser.Error) -> str:
    if isinstance(error, configparser.DuplicateSectionError):
        return f"it has [{error.section}] twice"
    if isinstance(error, configparser.DuplicateOptionError):
        return f"[{error.section}] has {error.option} twice"
    if isinstance(error, configparser.MissingSectionHeaderError):
        return "here should be a [section]"
    return "here should be a [section], OPTION = VALUE, or a # comment"


def _factory_lines(
    text: str, parser: configparser.RawConfigParser
) -> Iterator[FactoryLine]:
    """Yield the lines that name factories.

    Raises:
        PasteFileError: A factory is named in a way that we do not know, or
            none for the compute API.
    """
    section = ""
    has_compute = False
    stranger: tuple[int, str] | None = None
    for number, line in enumerate(_LINE.findall(text), 1):
        words = line.strip()
        if not words or words.startswith(("#", ";")):
            continue
        header = _SECTION.match(line)
        if header:
            section = header[1]
            continue
        match = _FACTORY.fullmatch(line)
        factory = match["factory"] if match else ""
        novas = _NOVAS.get(factory, factory)
        if novas in FACTORIES and factory == parser.get(
            section, OPTION, fallback=None
        ):
            has_compute = has_compute or novas == NOVAS_COMPUTE
            yield FactoryLine(
                number, section, novas, FACTORIES[novas], factory != novas
            )
        elif any(name in line for name in (*FACTORIES, *_NOVAS)):
            raise PasteFileError(
                number,
                f"{words!r} should be '{OPTION} = FACTORY' alone, at the "
                f"beginning of the line. {_BY_HAND}",
            )
        elif section == _COMPUTE_SECTION and stranger is None:
            stranger = number, words
    if not has_compute:
        raise _no_compute_api(stranger)


def _no_compute_api(stranger: tuple[int, str] | None) -> PasteFileError:
    if stranger is None:
        return PasteFileError(
            None,
            f"no line is '{OPTION} = {NOVAS_COMPUTE}'. Name the "
            "api-paste.ini that nova-api loads",
        )
    number, words = stranger
    return PasteFileError(
        number,
        f"{words!r} replaces Nova's compute API ({NOVAS_COMPUTE}). "
        "Overriding needs Nova's own; the two cannot be combined",
    )
